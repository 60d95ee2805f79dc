"""Inputs survive the way into evidence and back exactly, through canonical JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.assess import AssessmentInputs, BlockRef, Evidence, HourlyMark, from_bundle, to_bundle
from keeper.consensus import ConsensusConfig, LastChange
from keeper.errors import EvidenceError
from keeper.store import canonical_json
from keeper.types import Mode, OptionQuote, Quote, Rejection, RejectionReason
from tests.keeper.market_cases import CONSENSUS, MODEL, assessor, inputs, parameters, quotes

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TIME = st.integers(0, 2**40)
MONEY = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal("1e12"), places=18).map(abs)
VOLATILITY = st.floats(1e-6, 20.0)
UNDERLYING = st.integers(1, 8)
QUOTES = st.builds(
    Quote,
    source=TEXT,
    domain=TEXT,
    underlying=UNDERLYING,
    price=MONEY,
    half_spread=MONEY,
    source_time=st.none() | TIME,
    received_at=TIME,
)
OPTIONS = st.builds(
    OptionQuote,
    source=TEXT,
    underlying=UNDERLYING,
    expiry=TIME,
    strike=MONEY,
    is_call=st.booleans(),
    mark_volatility=VOLATILITY,
    forward=MONEY,
    open_interest=st.floats(0, 1e9),
    source_time=TIME,
    bid_volatility=st.none() | VOLATILITY,
    ask_volatility=st.none() | VOLATILITY,
)
REJECTIONS = st.builds(
    Rejection, source=TEXT, underlying=UNDERLYING, reason=st.sampled_from(RejectionReason), detail=TEXT
)
MARKS = st.builds(
    HourlyMark,
    at=TIME,
    spots=st.tuples(MONEY, MONEY),
    volatilities=st.tuples(VOLATILITY, VOLATILITY),
)
CONFIGS = st.builds(
    ConsensusConfig,
    max_age_seconds=st.integers(1, 10**6),
    max_age_of_domain=st.lists(st.tuples(TEXT, st.integers(1, 10**6)), max_size=2).map(tuple),
    jump_limit=MONEY,
)


@settings(max_examples=60, deadline=None)
@given(
    found=st.lists(QUOTES, max_size=3).map(tuple),
    rejections=st.lists(REJECTIONS, max_size=3).map(tuple),
    options=st.lists(OPTIONS, max_size=3).map(tuple),
    recent=st.lists(MARKS, max_size=3).map(tuple),
    previous=st.dictionaries(UNDERLYING, MONEY, max_size=3),
    changes=st.dictionaries(st.tuples(TEXT, UNDERLYING), st.builds(LastChange, MONEY, TIME), max_size=3),
    mode=st.sampled_from(Mode),
    consensus=CONFIGS,
    now=TIME,
)
def test_any_evidence_round_trips_through_canonical_json(
    found, rejections, options, recent, previous, changes, mode, consensus, now
):
    given_inputs = AssessmentInputs(now, BlockRef(5, "0xab"), (), options, (1, 2), (), recent)
    bundle = to_bundle(
        inputs=given_inputs,
        model=MODEL,
        consensus=consensus,
        quotes=found,
        rejections=rejections,
        previous=previous,
        last_changes=changes,
        mode=mode,
        accounts=(),
        margin_rows=(),
    )
    read = from_bundle(json.loads(canonical_json(bundle)))
    assert read == Evidence(
        now=now,
        block=BlockRef(5, "0xab"),
        model=MODEL,
        consensus=consensus,
        quotes=found,
        rejections=rejections,
        option_quotes=options,
        previous=previous,
        last_changes=changes,
        mode=mode,
        expiries=(1, 2),
        recent=recent,
    )


def whole() -> dict:
    given_inputs = inputs()
    return to_bundle(
        inputs=given_inputs,
        model=MODEL,
        consensus=CONSENSUS,
        quotes=quotes(),
        rejections=(),
        previous={},
        last_changes={},
        mode=Mode.NORMAL,
        accounts=assessor().assess(given_inputs, parameters()).accounts,
        margin_rows=assessor().assess(given_inputs, parameters()).margin_rows,
    )


def test_a_real_round_is_canonical_and_names_every_account():
    document = json.loads(canonical_json(whole()))
    assert [row["account"] for row in document["accounts"]] == [1, 2, 3, 4]
    assert from_bundle(document).option_quotes == inputs().option_quotes


@pytest.mark.parametrize(
    "spoil",
    [
        {"format": 2},
        {"model": {}},
        {"model": {**MODEL.canonical(), "version": 99}},
        {"quotes": [{"source": "kraken"}]},
        {"quotes": 3},
        {"mode": "asleep"},
        {"previous": {"one": "1"}},
        {"previous": {"1": "a price"}},
        {"block": {"number": 1}},
        {"rejections": [{"source": "a", "underlying": 1, "reason": "bored", "detail": ""}]},
        {"recent": [[1]]},
        {"consensus": []},
    ],
)
def test_a_document_that_is_no_bundle(spoil):
    with pytest.raises(EvidenceError):
        from_bundle({**whole(), **spoil})


@pytest.mark.parametrize("key", ["format", "now", "block", "model", "quotes", "mode", "recent", "expiries"])
def test_a_bundle_without_a_part(key):
    document = whole()
    del document[key]
    with pytest.raises(EvidenceError, match="not an evidence bundle: KeyError"):
        from_bundle(document)
