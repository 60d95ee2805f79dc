"""The recorded hours of Black Thursday through the same keepers and contracts: 11-14 March 2020, both coins."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keeper.symbols import BTC, ETH
from tests.e2e.performances import SUMMARY_KEYS, perform, prices_of

pytestmark = [pytest.mark.chain, pytest.mark.data]

SINCE, UNTIL = "2020-03-11T00:00", "2020-03-15T00:00"
HOURS = 96
# Gemini's flat bar opens at 04:00; its close is what is known at 05:00.
GEMINI_FLAT_BAR_KNOWN_AT = int(datetime(2020, 3, 13, 5, tzinfo=UTC).timestamp())


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    data = os.environ.get("TAILGUARD_DATA")
    if data is None:
        pytest.skip(
            "TAILGUARD_DATA is unset: recorded venue prices are not here; the seeded crash always runs"
        )
    record = Path(data) / "hourly_multivenue_2020_2022"
    folder = tmp_path_factory.mktemp("replay") / "thursday"
    return perform(folder, "--replay", str(record), "--since", SINCE, "--until", UNTIL)


def test_every_hour_is_priced_and_the_audit_finds_no_mismatch(replayed) -> None:
    assert replayed.exit_code == 0, replayed.output[-4000:]
    summary = replayed.summary
    assert set(summary) == SUMMARY_KEYS
    assert summary["rounds"] == summary["rounds_verified"] == HOURS + 1
    assert summary["rounds_mismatched"] == 0


def test_every_account_under_water_is_liquidated_or_proven_solvent(replayed) -> None:
    """The command exits non-zero if after any round an account is under water by the contract and not in auction."""
    assert replayed.exit_code == 0, replayed.output[-4000:]
    assert replayed.summary["liquidations"] >= 5


def test_frozen_poloniex_never_votes(replayed) -> None:
    rounds = list(replayed.evidences())
    assert len(rounds) == HOURS + 1
    for evidence in rounds:
        assert any(quote.source == "poloniex" for quote in evidence.quotes)
        for price in prices_of(evidence):
            assert "poloniex" not in {vote.source for vote in price.accepted}


def test_the_flat_zero_volume_bar_of_gemini_does_not_vote(replayed) -> None:
    (evidence,) = [e for e in replayed.evidences() if e.now - e.now % 3600 == GEMINI_FLAT_BAR_KNOWN_AT]
    for price in prices_of(evidence):
        assert "gemini" not in {vote.source for vote in price.accepted}
    before = [e for e in replayed.evidences() if e.now < GEMINI_FLAT_BAR_KNOWN_AT][-1]
    assert all("gemini" in {vote.source for vote in price.accepted} for price in prices_of(before))


def test_venues_far_apart_widen_the_interval_and_do_not_stop_the_price(replayed) -> None:
    widest = {BTC: 0.0, ETH: 0.0}
    for evidence in replayed.evidences():
        for price in prices_of(evidence):
            widest[price.underlying] = max(widest[price.underlying], float(price.confidence / price.price))
    assert widest[BTC] > 0.01
    assert widest[ETH] > 0.01
    assert replayed.summary["max_price_error"] < 0.05
