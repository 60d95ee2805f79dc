"""What the keeper shows of itself: an account whose data failed is unknown, never healthy."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.assess import AccountAssessment
from keeper.daemon.status import (
    HEALTHY,
    LIQUIDATABLE,
    UNKNOWN,
    WARNING,
    account_table,
    health_of,
    status_document,
)
from tests.keeper.daemon.daemon_cases import computed, own_round
from tests.keeper.market_cases import observation

KNOWN = AccountAssessment(
    account=1,
    portfolio_nonce=1,
    legs=2,
    equity_low=1_000.0,
    equity_high=1_100.0,
    own_requirement=500.0,
    initial_ratio_bps=12_000,
    maintenance_ratio_bps=10_000,
)


@pytest.mark.parametrize(
    ("low", "high", "health"),
    [
        (600.0, 700.0, HEALTHY),
        (599.9, 700.0, WARNING),
        (400.0, 500.0, WARNING),
        (400.0, 499.9, LIQUIDATABLE),
    ],
)
def test_health_at_the_edges(low, high, health):
    assert health_of(dataclasses.replace(KNOWN, equity_low=low, equity_high=high)) == health


@given(
    missing=st.sets(st.sampled_from(("equity_low", "equity_high", "own_requirement")), min_size=1),
    equity=st.floats(-1e9, 1e9),
)
def test_whatever_is_missing_the_account_is_unknown(missing, equity):
    whole = dataclasses.replace(KNOWN, equity_low=equity, equity_high=equity)
    assert health_of(dataclasses.replace(whole, **dict.fromkeys(missing))) == UNKNOWN


def test_without_a_round_the_keeper_is_syncing():
    document = status_document(None, signer=2, done_number=-1)
    assert (document["mode"], document["reason"]) == ("syncing", "no round yet")
    assert account_table(None) == []


def test_the_status_of_a_round_names_prices_and_their_sources():
    document = json.loads(json.dumps(status_document(own_round(), signer=1, done_number=7)))
    assert (document["mode"], document["done_round"], document["missing"]) == ("normal", 7, {})
    assert document["sequences"] == {"0": 4, "1": 4, "4": 4, "5": 4}
    bitcoin = document["prices"][0]
    assert len(bitcoin["accepted"]) == 7
    assert bitcoin["price"] == str(own_round().prices[0].price)


def test_a_halted_keeper_says_what_is_missing_and_shows_no_accounts():
    halted = computed(seen=dataclasses.replace(observation(), quotes=()))
    document = status_document(halted, signer=1, done_number=7)
    assert document["mode"] == "halted"
    assert set(document["missing"]) == {"1", "2"}
    assert account_table(halted) == []


def test_accounts_without_a_surface_are_unknown_in_the_table():
    blind = dataclasses.replace(observation(), option_quotes=())
    rows = account_table(computed(seen=blind))
    assert [row["health"] for row in rows] == [UNKNOWN, UNKNOWN, HEALTHY, HEALTHY]
    assert rows[0]["equity_low"] is None
    assert "no surface for 1/" in rows[0]["reason"]
