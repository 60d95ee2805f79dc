"""Credit prices replayed: an event that does not follow from the mark before and the price is named."""

from __future__ import annotations

from keeper.audit.marks import CreditMarks
from risk.margin.credit_price import CreditMark

from .events import WAD, event


def marked(low: int, high: int):
    return event("CreditMarked", "MarginTerms", underlying=1, low=low, high=high)


def test_a_mark_follows_from_the_one_before_and_the_price():
    marks = CreditMarks()
    assert marks.apply(marked(100 * WAD, 100 * WAD), price=100 * WAD, half_life=1_800, now=1_000) == []
    low, high = marks.prices(1, price=130 * WAD, half_life=1_800, now=1_060)
    assert 100 * WAD < low < 101 * WAD
    assert high == 130 * WAD
    standing = marks.copy()
    assert marks.apply(marked(low, high), price=130 * WAD, half_life=1_800, now=1_060) == []
    assert standing.last[1] == CreditMark(100 * WAD, 100 * WAD, 1_000)


def test_a_mark_that_rises_too_fast_is_named():
    marks = CreditMarks()
    marks.apply(marked(100 * WAD, 100 * WAD), price=100 * WAD, half_life=1_800, now=1_000)
    problems = marks.apply(marked(110 * WAD, 130 * WAD), price=130 * WAD, half_life=1_800, now=1_060)
    assert len(problems) == 1
    assert marks.last[1].low == 110 * WAD, "what the chain has is what the next one starts from"
