"""Which lanes a follower's own state keeps it from signing."""

from __future__ import annotations

import pytest

from keeper.decide.withheld import withheld
from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS, LANE_PRICES, LANE_STATE, LANE_SURFACES

OTHERS = {LANE_PRICES: (), LANE_SURFACES: (), LANE_STATE: ()}
INCOMPLETE = "the event index is not complete"


@pytest.mark.parametrize("lane", [LANE_MARGINS, LANE_MARGIN_ROOTS])
@pytest.mark.parametrize(
    ("over_budget", "unknown", "reason"),
    [
        ("", {}, None),
        ("", {9: INCOMPLETE}, None),
        ("2 accounts, budget 1", {}, "preflight: 2 accounts, budget 1"),
        ("2 accounts, budget 1", {4: INCOMPLETE}, "preflight: 2 accounts, budget 1"),
        ("", {4: INCOMPLETE}, f"account 4 is unknown here: {INCOMPLETE}"),
        ("", {4: "x", 5: "y", 6: "z"}, "account 4 is unknown here: x; and 1 more accounts"),
    ],
)
def test_verdicts_alone_are_withheld_and_for_its_own_reasons(lane, over_budget, unknown, reason):
    found = withheld(accounts={**OTHERS, lane: (3, 4, 5)}, over_budget=over_budget, unknown=unknown)
    assert found == ({} if reason is None else {lane: reason})


def test_without_verdicts_nothing_is_withheld():
    assert withheld(accounts=OTHERS, over_budget="2 accounts, budget 1", unknown={4: INCOMPLETE}) == {}
