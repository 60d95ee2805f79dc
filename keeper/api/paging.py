"""Consistent pages: a cursor holds to the sequence number it began with, and every answer names its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import Response

from keeper.api.board import Board, Table
from keeper.api.problems import Problem, malformed, not_known, not_yet
from keeper.candidates import AccountDocument

CURSOR = r"^[0-9a-z]{1,32}-[0-9]{1,15}-[0-9]{1,16}$"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after `after`, in the table of `seq`."""

    stream: str
    seq: int
    after: int

    def __str__(self) -> str:
        return f"{self.stream}-{self.seq}-{self.after}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        if not re.fullmatch(CURSOR, text, re.ASCII):
            raise malformed(f"'{text[:64]}' is no cursor")
        stream, seq, after = text.split("-")
        return cls(stream, int(seq), int(after))


def newest_table(board: Board) -> Table:
    """The newest table; a problem before the first."""
    if board.newest is None:
        raise not_yet()
    return board.newest


def table_of(board: Board, cursor: Cursor | None) -> Table:
    """The table that a cursor began with, or the newest."""
    if cursor is None:
        return newest_table(board)
    table = board.table(cursor.seq) if cursor.stream == board.stream else None
    if table is None:
        raise Problem(
            410,
            "Gone",
            f"sequence {cursor.seq} of stream {cursor.stream} is not kept any more",
            "begin again without a cursor",
        )
    return table


def etag(board: Board, table: Table) -> str:
    return f'"{board.stream}-{table.seq}"'


def mark(response: Response, board: Board, table: Table) -> None:
    """Sequence, block and ETag of an answer."""
    response.headers["ETag"] = etag(board, table)
    response.headers["Tailguard-Stream"] = board.stream
    response.headers["Tailguard-Sequence"] = str(table.seq)
    response.headers["Tailguard-Block"] = table.block.hash


def unchanged(board: Board, table: Table, if_none_match: str | None) -> Response | None:
    """304 where the reader has this very sequence already."""
    if if_none_match is None or etag(board, table) not in if_none_match:
        return None
    response = Response(status_code=304)
    mark(response, board, table)
    return response


def known_row(table: Table, account: int) -> AccountDocument:
    """The row of an account; a problem where there is none."""
    row = table.rows.get(account)
    if row is None:
        raise not_known(
            f"there is no account {account} at block {table.block.number}",
            "GET /v1/accounts lists those that are",
        )
    return row
