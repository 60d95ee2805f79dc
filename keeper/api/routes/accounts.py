"""Accounts and candidates at one block each, by the contracts' own views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field

from keeper.api.board import Board
from keeper.api.paging import CURSOR, Cursor, known_row, mark, newest_table, table_of, unchanged
from keeper.api.problems import responses
from keeper.api.service import KeeperService
from keeper.candidates import (
    Account,
    AccountDocument,
    BlockDocument,
    CandidateSnapshot,
    Health,
)

_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "the reader has this sequence already"}}
IfNoneMatch = Annotated[str | None, Header(max_length=200)]
AccountPath = Annotated[Account, Path()]
Limit = Annotated[int, Query(ge=1, le=500)]
CursorQuery = Annotated[str | None, Query(pattern=CURSOR)]
_LISTED = {**_UNCHANGED, **responses(410, 422, 503)}


class AccountPage(BaseModel):
    """A part of one table: all pages that a first one leads to are of the same sequence number."""

    stream: str
    seq: int
    block: BlockDocument
    swept_block: int = Field(description="rows that are no candidates were read here or later")
    accounts: list[AccountDocument]
    next: str | None = Field(description="cursor of the next page, null on the last")


class AccountAnswer(BaseModel):
    """One account, with the keeper's own last assessment of it where there is one."""

    stream: str
    seq: int
    block: BlockDocument
    account: AccountDocument
    assessment: dict[str, Any] | None = None


def router(service: KeeperService, board: Board) -> APIRouter:
    routes = APIRouter(tags=["accounts"])
    _candidates(routes, board)
    _listings(routes, board)
    _one_account(routes, service, board)
    return routes


def _candidates(routes: APIRouter, board: Board) -> None:
    @routes.get(
        "/v1/candidates",
        responses={**_UNCHANGED, **responses(422, 503)},
        response_model=CandidateSnapshot,
    )
    async def candidates(
        response: Response, if_none_match: IfNoneMatch = None
    ) -> Response | CandidateSnapshot | None:
        """Every account that is not healthy, in one snapshot; `/v1/candidates/stream` goes on from its sequence."""
        table = newest_table(board)
        mark(response, board, table)
        return unchanged(board, table, if_none_match) or board.snapshot()


def _listings(routes: APIRouter, board: Board) -> None:
    @routes.get("/v1/accounts", responses=_LISTED, response_model=AccountPage)
    async def accounts(
        response: Response,
        limit: Limit = 100,
        cursor: CursorQuery = None,
        health: Annotated[list[Health] | None, Query()] = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response | AccountPage:
        """All accounts by id, or those of some healths."""
        return _page(board, response, limit, cursor, set(health or Health), if_none_match)

    @routes.get("/v1/liquidatable", responses=_LISTED, response_model=AccountPage)
    async def liquidatable(
        response: Response,
        limit: Limit = 100,
        cursor: CursorQuery = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response | AccountPage:
        """Accounts under water at both price ends, or in auction."""
        wanted = {Health.LIQUIDATABLE, Health.IN_AUCTION}
        return _page(board, response, limit, cursor, wanted, if_none_match)


def _one_account(routes: APIRouter, service: KeeperService, board: Board) -> None:
    @routes.get(
        "/v1/accounts/{account}",
        responses={**_UNCHANGED, **responses(404, 422, 503)},
        response_model=AccountAnswer,
    )
    async def account(
        account: AccountPath, response: Response, if_none_match: IfNoneMatch = None
    ) -> Response | AccountAnswer:
        """One account's live margin, and what the keeper last computed for it."""
        table = newest_table(board)
        row = known_row(table, account)
        mark(response, board, table)
        assessed = next((a for a in service.accounts() if a["account"] == account), None)
        return unchanged(board, table, if_none_match) or AccountAnswer(
            stream=board.stream, seq=table.seq, block=table.block, account=row, assessment=assessed
        )


def _page(
    board: Board, response: Response, limit: int, cursor: str | None, wanted: set[Health], known: str | None
) -> Response | AccountPage:
    start = None if cursor is None else Cursor.parse(cursor)
    table = table_of(board, start)
    mark(response, board, table)
    same = unchanged(board, table, known) if start is None else None
    if same is not None:
        return same
    rows = _after(table.rows, 0 if start is None else start.after, wanted)
    page = rows[:limit]
    more = len(rows) > limit
    return AccountPage(
        stream=board.stream,
        seq=table.seq,
        block=table.block,
        swept_block=table.swept_block,
        accounts=page,
        next=str(Cursor(board.stream, table.seq, page[-1].account)) if more else None,
    )


def _after(rows: Mapping[int, AccountDocument], after: int, wanted: set[Health]) -> list[AccountDocument]:
    return [row for account, row in rows.items() if account > after and row.health in wanted]
