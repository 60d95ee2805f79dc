"""A tree proves exactly its own rows: no changed one, no node for a leaf, no path of another place or depth."""

from __future__ import annotations

import dataclasses

import pytest

from keeper.errors import WireError
from keeper.margin_tree import margin_leaf, margin_path, margin_root, root_of
from keeper.wire import MarginRow


def rows_of(count):
    return [MarginRow(3 * n + 1, n, 12_000, 10_000, 10**18 * n, 10**18 * n + 1) for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 31, 100])
def test_every_row_leads_to_the_root(count):
    rows = rows_of(count)
    root = margin_root(9, rows)
    for row in rows:
        found, path = margin_path(9, rows, row.account)
        assert found == row
        assert len(path) <= (count - 1).bit_length()
        assert root_of(9, row, path) == root


def test_another_row_round_place_or_depth_does_not():
    rows = rows_of(8)
    root = margin_root(9, rows)
    row, path = margin_path(9, rows, rows[2].account)
    for field in dataclasses.fields(MarginRow):
        changed = dataclasses.replace(row, **{field.name: getattr(row, field.name) + 1})
        assert root_of(9, changed, path) != root
    assert root_of(10, row, path) != root
    assert root_of(9, rows[3], path) != root
    assert root_of(9, row, path[:-1]) != root
    assert root_of(9, row, (*path, path[-1])) != root


def test_a_root_is_the_leaf_of_a_single_row():
    (row,) = rows_of(1)
    assert margin_root(4, [row]) == margin_leaf(4, row)


def test_rows_must_ascend_and_hold_the_account():
    rows = rows_of(3)
    with pytest.raises(WireError):
        margin_root(1, rows[::-1])
    with pytest.raises(WireError):
        margin_path(1, rows, 2)
