"""The short form of the quorum matrix: each fault alone among three, and combinations that leave no honest quorum."""

from __future__ import annotations

import pytest

from tests.chaos.quorum import matrix, scenarios

pytestmark = pytest.mark.chain

CHOSEN = (
    ("killed", "", ""),
    ("lying_prices", "", ""),
    ("lying_margins", "", ""),
    ("partitioned", "", ""),
    ("killed", "lying_prices", ""),
)


def test_every_combination_is_tried_once():
    assert len(scenarios(3)) == len(set(scenarios(3))) == 12
    assert {len(faults) for faults in scenarios(5)} == {5}
    assert set(CHOSEN) <= set(scenarios(3))


async def test_rounds_go_on_exactly_while_an_honest_quorum_is_left_and_faults_are_named():
    outcomes = await matrix(((3, 2),), only=CHOSEN)
    assert [outcome for outcome in outcomes if not outcome.is_as_it_must_be] == []
    assert [outcome.rounds for outcome in outcomes] == [2, 2, 2, 2, 0]
    assert [outcome.takeover_seconds for outcome in outcomes[:4]] == [20, 20, 20, 20]
    assert "price 1: price is" in outcomes[1].reported["lying_prices"]
    assert "ratio_bps is" in outcomes[2].reported["lying_margins"]


async def test_the_measure_notices_a_quorum_of_liars():
    """Two of three lie alike: what they sign is accepted, and counted as wrong."""
    prices, margins = await matrix(
        ((3, 2),), only=(("lying_prices", "lying_prices", ""), ("lying_margins", "lying_margins", ""))
    )
    assert (prices.rounds, prices.wrong) == (3, 3)
    assert (margins.verdicts, margins.wrong) == (2, 2)
    assert not prices.is_as_it_must_be
    assert not margins.is_as_it_must_be


async def test_prices_go_on_while_a_keeper_cannot_judge_accounts():
    """Three keepers, one dead, one with an incomplete index: two sign prices, one signs verdicts."""
    (outcome,) = await matrix(((3, 2),), only=(("killed", "unsure", ""),))
    assert (outcome.rounds, outcome.verdicts, outcome.wrong) == (outcome.played, 0, 0)
    assert "lane 4 is withheld: account" in outcome.reported["unsure"]
