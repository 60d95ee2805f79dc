"""The demonstration in short: the whole loop on a real local chain, sound, and the same for the same seed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.e2e.performances import SUMMARY_KEYS, perform, prices_of

pytestmark = pytest.mark.chain

ROUNDS = "14"  # the whole day in fewer, larger steps


@pytest.fixture(scope="module")
def performed(tmp_path_factory):
    return perform(tmp_path_factory.mktemp("demo") / "first", "--seed", "7", "--rounds", ROUNDS)


def test_it_ends_sound_with_every_round_verified(performed) -> None:
    assert performed.exit_code == 0, performed.output[-4000:]
    summary = performed.summary
    assert set(summary) == SUMMARY_KEYS
    assert summary["accounts"] >= 40
    assert summary["rounds"] == summary["rounds_verified"] == int(ROUNDS) + 1
    assert summary["rounds_unverified"] == summary["rounds_mismatched"] == 0


def test_the_crash_reaches_liquidation_and_insurance(performed) -> None:
    summary = performed.summary
    assert summary["liquidations"] >= 5
    assert summary["insolvencies"] >= 1
    paid, shared = Decimal(summary["insurance_paid"]), Decimal(summary["socialised_loss"])
    assert paid > 0
    assert Decimal(summary["bad_debt"]) == paid + shared


def test_the_published_price_stays_near_the_truth_though_one_venue_lies_and_one_is_frozen(performed) -> None:
    assert performed.summary["max_price_error"] < 0.02
    refused = {
        (r.source, r.reason.value) for e in performed.evidences() for p in prices_of(e) for r in p.rejected
    }
    assert any(source == "poloniex" for source, _ in refused)
    assert any(source == "gemini" for source, _ in refused)


def test_the_same_seed_gives_the_same_file_apart_from_cycle_times(performed, tmp_path) -> None:
    again = perform(tmp_path / "second", "--seed", "7", "--rounds", ROUNDS)
    assert again.exit_code == 0, again.output[-4000:]
    timed = {"cycle_seconds_p50", "cycle_seconds_p99"}
    first, second = performed.summary, again.summary
    assert {k: v for k, v in first.items() if k not in timed} == {
        k: v for k, v in second.items() if k not in timed
    }
