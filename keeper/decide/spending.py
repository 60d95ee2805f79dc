"""The day's budget of gas for what can wait. What cannot wait is bounded by the value it protects (`cost`), never by
a day's sum: such a sum runs out exactly on the day that matters."""

from __future__ import annotations

from keeper.decide.cause import ROUTINE, Cause

DAY_SECONDS = 86_400


def causes_that_wait(*, spent_wei: int, routine_wei_per_day: int) -> frozenset[Cause]:
    """The routine causes once `spent_wei` of the last 24 hours has reached the budget, else none.

    spent_wei: upper bound of what all transactions cost, urgent ones too.
    """
    return ROUTINE if spent_wei >= routine_wei_per_day else frozenset()
