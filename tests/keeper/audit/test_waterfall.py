"""Who bears what: the gate closes on what the fund cannot carry, and a leg is closed pro rata."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keeper.audit.waterfall import is_gate_closed, part_of

WAD = 10**18


def test_the_gate_closes_where_deficits_exceed_the_fund_by_a_thousandth_of_all_cash():
    def closed(deficit: int) -> bool:
        return is_gate_closed(deficit=deficit * WAD, fund=100 * WAD, positive_cash=50_000 * WAD)

    assert [closed(deficit) for deficit in (0, 100, 150, 151)] == [False, False, False, True]
    assert not is_gate_closed(deficit=0, fund=-1, positive_cash=0)


@given(st.integers(1, 10**24), st.lists(st.integers(1, 10**24), min_size=1, max_size=8))
def test_parts_add_up_to_the_leg_or_to_all_sizes_and_none_exceeds_its_size(held, sizes):
    closed = 0
    for i, size in enumerate(sizes):
        part = part_of(size, held=held - closed, sizes=sizes[i:])
        assert 0 <= part <= size
        assert abs(part - min(held, sum(sizes)) * size / sum(sizes)) <= len(sizes) + part * 1e-12
        closed += part
    assert closed == min(held, sum(sizes))
