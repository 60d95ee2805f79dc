"""What costs the keeper a simulated call: margins after a change, and signed quotes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from keeper.api.board import Board
from keeper.api.paging import known_row, newest_table
from keeper.api.problems import responses
from keeper.api.service import Desk, LegRequest
from keeper.candidates import Account, Amount, BlockDocument, MarginDocument
from keeper.quotes import SignedQuote

MOST_LEGS = 64
AccountPath = Annotated[Account, Path()]
# A share in (0, 1] with at most 18 places, without zeros at its end.
FRACTION = r"^(1|0\.[0-9]{0,17}[1-9])$"


class WhatIfRequest(BaseModel):
    """Legs and cash to add to the account."""

    model_config = ConfigDict(extra="forbid")

    legs: Annotated[list[LegRequest], Field(max_length=MOST_LEGS)]
    cash: Annotated[Amount, Field(examples=["500"])] = "0"


class WhatIfAnswer(BaseModel):
    block: BlockDocument
    margin: MarginDocument


class QuoteRequest(BaseModel):
    """For whom, and how much of each leg; without a bidder no bid is simulated."""

    model_config = ConfigDict(extra="forbid")

    bidder: Annotated[Account | None, Field(examples=[12])] = None
    fraction: Annotated[str, Field(pattern=FRACTION, examples=["0.5"])] = "1"


def router(board: Board, desk: Desk) -> APIRouter:
    routes = APIRouter(tags=["questions"])

    @routes.post("/v1/accounts/{account}/what-if", responses=responses(404, 409, 422, 503))
    async def what_if(account: AccountPath, request: WhatIfRequest) -> WhatIfAnswer:
        """The account's margin after adding legs and cash, by the engine itself."""
        table = newest_table(board)
        known_row(table, account)
        margin = await desk.what_if(account, request.legs, request.cash, table.block)
        return WhatIfAnswer(block=table.block, margin=margin)

    @routes.post("/v1/accounts/{account}/quote", responses=responses(404, 409, 422, 503))
    async def quote(account: AccountPath, request: QuoteRequest) -> SignedQuote:
        """What liquidating the account offers now and later, and a simulated bid, signed by this keeper."""
        table = newest_table(board)
        for known in (account, request.bidder):
            if known is not None:
                known_row(table, known)
        return await desk.quote(account, request.bidder or 0, request.fraction, table.block)

    return routes
