"""What `proveMargin` takes for an account by a signed margin root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keeper.margin_tree import margin_path, margin_root
from keeper.wire import MarginRow


def margin_proof(newest: tuple[int, int, Sequence[MarginRow]] | None, account: int) -> dict[str, Any] | None:
    """`newest`: sequence number, observation and rows of a root; None where there is none, or no such row in it."""
    if newest is None or all(row.account != account for row in newest[2]):
        return None
    seq, observed_at, rows = newest
    row, path = margin_path(seq, rows, account)
    return {
        "seq": seq,
        "observed_at": observed_at,
        "row": [str(value) for value in row.as_tuple()],
        "path": ["0x" + sibling.hex() for sibling in path],
        "root": "0x" + margin_root(seq, rows).hex(),
    }
