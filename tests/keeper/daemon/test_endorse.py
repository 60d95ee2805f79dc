"""A follower signs what it would have computed itself, and names the first thing that it would not."""

from __future__ import annotations

import dataclasses
import json

import pytest

from keeper.canonical import canonical_text
from keeper.daemon.endorse import lanes_withheld, require_endorsable
from keeper.daemon.proposal import LaneRound
from keeper.decide.preflight import Preflight
from keeper.decide.rounds import PublishedMargin
from keeper.errors import EvidenceError, ProposalRefused
from keeper.types import WAD
from keeper.wire import LANE_MARGINS, LANE_SURFACES
from tests.keeper.daemon.daemon_cases import (
    NUMBER,
    POLICY,
    computed,
    context,
    header,
    lanes_of,
    own_round,
    proposal_of,
    view,
)
from tests.keeper.market_cases import MODEL, NOW, observation, quotes


def check(own=None, *, lanes=None, bundle=None, number=NUMBER, model=None, leader=None):
    theirs = own_round() if leader is None else leader
    given = lanes_of(theirs, bundle) if lanes is None else lanes
    require_endorsable(
        proposal=proposal_of(theirs, given, bundle, number),
        lanes=given,
        own=own_round() if own is None else own,
        policy=POLICY,
        model=MODEL.digest() if model is None else model,
    )


def changed_rows(lane: int, change) -> list[LaneRound]:
    """The honest lanes with `change` applied to the first row of one of them."""
    return [
        LaneRound(item.header, (change(item.rows[0]), *item.rows[1:])) if item.header.lane == lane else item
        for item in lanes_of(own_round())
    ]


def refused(reason: str, **arguments) -> None:
    with pytest.raises(ProposalRefused, match=reason):
        check(**arguments)


def test_an_equal_computation_is_signed():
    check()


def test_neighbouring_observations_agree():
    """The leader looked five minutes of market noise earlier; its rows are still within tolerance."""
    leader = computed(seen=dataclasses.replace(observation(), quotes=quotes()[:12]))
    check(leader=leader)


def test_without_an_own_assessment_nothing_is_signed():
    halted = computed(seen=dataclasses.replace(observation(), quotes=()))
    assert halted.assessment is None
    refused("no own assessment: no consensus price", own=halted)


def test_another_round_number():
    refused(f"round {NUMBER + 1}, here it is {NUMBER}", number=NUMBER + 1)


def test_no_lanes():
    refused("no lane", lanes=[])


def test_unordered_lanes():
    refused("lanes must ascend", lanes=lanes_of(own_round())[::-1])


def test_a_lane_twice():
    prices = lanes_of(own_round())[0]
    refused("appear once", lanes=[prices, prices])


def test_a_bundle_that_is_no_json():
    refused("not JSON", bundle="{")


def test_a_bundle_too_deep_to_read():
    refused("not JSON", bundle="[" * 100_000 + "]" * 100_000)


def test_a_bundle_in_another_spelling():
    spaced = json.dumps(own_round().bundle)
    refused("canonical form", bundle=spaced)


def test_a_bundle_with_a_number_that_doubles_cannot_carry():
    refused("canonical form", bundle='{"a":1' + "0" * 30 + "}")


def test_a_bundle_that_is_no_object():
    refused("expected an object", bundle="[]")


def test_a_bundle_that_is_no_evidence():
    with pytest.raises(EvidenceError, match="format"):
        check(bundle='{"a":1}')


def test_a_snapshot_of_other_evidence():
    honest = canonical_text(own_round().bundle)
    other = canonical_text({**own_round().bundle, "now": NOW + 1})
    refused("snapshot", lanes=lanes_of(own_round(), other), bundle=honest)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"config_digest": b"\x0d" * 32}, "config digest is not the chain's"),
        ({"seq": 6}, "sequence 6, the chain expects 5"),
        ({"seq": 4}, "sequence 4, the chain expects 5"),
        ({"model": b"\x01" * 32}, "model is not this keeper's"),
        ({"valid_until": NOW + 1_000}, r"valid for \d+ s, at most 300"),
        ({"valid_until": NOW - 60}, "valid for -"),
        ({"observed_at": NOW + 31, "valid_until": NOW + 100}, "observed at"),
        ({"observed_at": NOW - 120, "valid_until": NOW + 100}, "own sources say"),
    ],
)
def test_a_header_that_is_not_ours(change, reason):
    refused(reason, lanes=lanes_of(own_round(), None, **change))


def test_another_model_here():
    refused("model is not this keeper's", model=dataclasses.replace(MODEL, seed=6).digest())


def test_a_price_off_by_a_percent():
    def raised(row):
        return dataclasses.replace(row, price=row.price * 101 // 100)

    refused("price 1: price", lanes=changed_rows(0, raised))


def test_a_price_missing():
    prices = lanes_of(own_round())[0]
    refused("absent", lanes=[LaneRound(prices.header, prices.rows[:1])])


def test_a_surface_of_other_volatility():
    def raised(row):
        return dataclasses.replace(row, a=row.a * 2)

    refused("volatility at", lanes=changed_rows(LANE_SURFACES, raised))


def test_an_invented_surface():
    def moved(row):
        return dataclasses.replace(row, expiry=row.expiry + 86_400)

    refused("present, own computation gives absent", lanes=changed_rows(LANE_SURFACES, moved))


@pytest.mark.parametrize("field", ["initial_ratio_bps", "maintenance_ratio_bps"])
def test_a_margin_ratio_that_moved(field):
    def raised(row):
        return dataclasses.replace(row, **{field: getattr(row, field) + 301})

    refused(field, lanes=changed_rows(LANE_MARGINS, raised))


def test_a_margin_of_another_portfolio():
    def moved(row):
        return dataclasses.replace(row, portfolio_nonce=row.portfolio_nonce + 1)

    refused("portfolio nonce", lanes=changed_rows(LANE_MARGINS, moved))


def test_an_understated_tail():
    def lowered(row):
        return dataclasses.replace(row, expected_shortfall=row.expected_shortfall // 2)

    refused("expected_shortfall", lanes=changed_rows(LANE_MARGINS, lowered))


def test_an_exceeded_preflight_withholds_margins_and_nothing_else():
    over = dataclasses.replace(own_round(), preflight=Preflight((1, 2), 5.0, 900, "2 accounts, budget 1"))
    lanes = lanes_of(own_round())
    assert lanes_withheld(lanes, over) == {LANE_MARGINS: "preflight: 2 accounts, budget 1"}
    assert lanes_withheld(lanes, own_round()) == {}
    check(over, lanes=lanes[:2])


def test_an_account_that_is_unknown_here_withholds_verdicts_and_nothing_else():
    doubted = own_round().margin_rows[0].account
    own = computed(view=view(unknown={doubted: "its legs are not those of its events"}))
    lanes = lanes_of(own_round())
    (reason,) = lanes_withheld(lanes, own).values()
    assert reason.startswith(f"account {doubted} is unknown here: its legs")
    check(own, lanes=lanes[:2])
    others = LaneRound(lanes[2].header, tuple(row for row in lanes[2].rows if row.account != doubted))
    assert lanes_withheld([*lanes[:2], others], own) == {}


def test_an_unknown_lane_is_not_signed():
    own = own_round()
    text = canonical_text(own.bundle)
    sequences = {**own.context.view.lanes.sequences, 7: 4}
    lanes = dataclasses.replace(own.context.view.lanes, sequences=sequences)
    mine = dataclasses.replace(own, context=context(view=view(lanes=lanes)))
    refused("lane 7 is not signed here", own=mine, lanes=[LaneRound(header(mine, 7, text), own.margin_rows)])


def test_a_published_ratio_over_budget_shows_in_the_round():
    """Every account stands between its ratio in force and the new one: the round says so itself."""
    own = own_round()
    first = own.margin_rows[0]
    low = dataclasses.replace(first, initial_ratio_bps=8_000, maintenance_ratio_bps=8_000)
    margins = {first.account: PublishedMargin(low, NOW - 60)}
    requirement = next(a.own_requirement for a in own.assessment.accounts if a.account == first.account)
    assert requirement > 0
    again = computed(view=view(margins=margins))
    assert again.preflight.largest_change_bps == first.maintenance_ratio_bps - 8_000
    assert again.over_budget == ""
    assert again.context.view.accounts[0].cash == 100_000 * WAD
