"""Cycles are still found, start-up is left out, and everything is as before afterwards."""

from __future__ import annotations

import gc
import weakref

from keeper.engine import seldom_collected


class Node:
    def __init__(self) -> None:
        self.itself = self


def test_a_cycle_that_dies_young_is_found_without_anybody_asking():
    with seldom_collected():
        node = weakref.ref(Node())
        held = [[] for _ in range(2 * gc.get_threshold()[0])]
        assert node() is None
        assert held


def test_start_up_is_left_out_and_everything_is_as_before_afterwards():
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with seldom_collected():
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold() > before
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
