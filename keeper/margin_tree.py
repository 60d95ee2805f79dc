"""The Merkle tree of a round of verdicts: `MarginTree` of the contracts.

A leaf is the keccak-256 of the round's sequence number (8 bytes) and a packed row (44); a node that of its two
children, the smaller first; a node without a sibling moves up unchanged. Lengths differ, so no leaf is a node.
"""

from __future__ import annotations

from collections.abc import Sequence

from keeper.errors import WireError
from keeper.hashing import keccak
from keeper.wire import MarginRow, require_ascending


def margin_root(seq: int, rows: Sequence[MarginRow]) -> bytes:
    """The root of checked rows of round `seq`. Raises `WireError` unless they ascend strictly."""
    require_ascending(rows)
    return _levels([margin_leaf(seq, row) for row in rows])[-1][0]


def margin_path(seq: int, rows: Sequence[MarginRow], account: int) -> tuple[MarginRow, tuple[bytes, ...]]:
    """The account's row and its siblings from the leaf up. Raises `WireError` where it has none."""
    require_ascending(rows)
    place = next((i for i, row in enumerate(rows) if row.account == account), None)
    if place is None:
        raise WireError("margin tree", "account", account, "an account with a row")
    row, path = rows[place], []
    for level in _levels([margin_leaf(seq, row) for row in rows])[:-1]:
        if place ^ 1 < len(level):
            path.append(level[place ^ 1])
        place //= 2
    return row, tuple(path)


def root_of(seq: int, row: MarginRow, path: Sequence[bytes]) -> bytes:
    """The root that this row has with this path."""
    node = margin_leaf(seq, row)
    for sibling in path:
        node = _node(node, sibling)
    return node


def margin_leaf(seq: int, row: MarginRow) -> bytes:
    return keccak(seq.to_bytes(8, "big") + row.packed())


def _levels(level: list[bytes]) -> list[list[bytes]]:
    levels = [level]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        levels.append(level)
    return levels


def _node(one: bytes, other: bytes) -> bytes:
    return keccak(min(one, other) + max(one, other))
