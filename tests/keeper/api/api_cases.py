"""A keeper as the routes see it, tables of accounts, and a server on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import uvicorn

from keeper.api import Board, KeeperMetrics, create_app
from keeper.candidates import AccountDocument, BlockDocument, Health, MarginDocument
from keeper.errors import ChainUnreachable, TransactionFailed
from keeper.messages import Endorsement, Proposal
from keeper.quotes import Quote, SignedQuote
from keeper.solvency import DeficitDocument, ExitsDocument, GateDocument, SolvencyDocument

SOLVENCY = SolvencyDocument(
    block=BlockDocument(number=1, hash="0x" + "5e" * 32, timestamp=1_700_000_012),
    gate=GateDocument(
        closed=True, total_deficit="900.5", fund="100", positive_cash="5000", allowance="5", headroom="-795.5"
    ),
    exits=ExitsDocument(
        payable=False, queued_share="0.25", queued="25", delay_seconds=1_209_600, window_seconds=259_200
    ),
    deficits=[
        DeficitDocument(account=4, known="900.5", now="950"),
        DeficitDocument(account=3, known="0", now=None),
    ],
)
DIGEST = "0x" + "ab" * 32
ASSESSED = {"account": 3, "health": "unknown", "value_at_risk": None}


def block(number: int) -> BlockDocument:
    return BlockDocument(number=number, hash=f"0x{number:064x}", timestamp=1_700_000_000 + 12 * number)


def margin(equity: str = "100", own: str = "80") -> MarginDocument:
    return MarginDocument(
        equity_low=equity,
        equity_high=equity,
        own_requirement=own,
        initial_requirement=own,
        maintenance_requirement=own,
        initial_ratio_bps=12_000,
        maintenance_ratio_bps=10_000,
        attested=True,
    )


def row(account: int, health: Health = Health.HEALTHY, equity: str = "100") -> AccountDocument:
    return AccountDocument(
        account=account,
        health=health,
        owner="0x" + "1f" * 20,
        portfolio_nonce=1,
        legs=[],
        margin=None if health is Health.UNKNOWN else margin(equity),
    )


def table(*rows: AccountDocument) -> dict[int, AccountDocument]:
    return {item.account: item for item in rows}


TABLE = table(
    row(1),
    row(2, Health.LIQUIDATABLE),
    row(3, Health.UNKNOWN),
    row(4, Health.IN_AUCTION),
    row(5, Health.EMPTY),
)


def board(*tables, **limits) -> Board:
    """A board that has read these tables at blocks 1, 2, ..."""
    filled = Board(stream="5eed", **limits)
    for number, rows in enumerate(tables or (TABLE,), start=1):
        filled.apply(block(number), rows)
    return filled


class Service:
    """A keeper as the routes see it."""

    def __init__(self, *, live: bool = True, mode: str = "normal", obstacle: str = ""):
        self.live, self.mode, self.asked, self.found = live, mode, [], obstacle

    async def endorse(self, proposal: Proposal) -> Endorsement:
        self.asked.append(proposal)
        return Endorsement(signer=1, signatures=[], refusal=f"round {proposal.round_number}")

    def is_live(self) -> bool:
        return self.live

    def obstacle(self) -> str:
        return self.found

    def status(self):
        return {"mode": self.mode}

    def accounts(self):
        return [ASSESSED]

    def proof(self, account: int):
        return {"seq": 4, "path": []} if account == 1 else None

    def evidence(self, digest: str):
        return b'{"format":1}' if digest == DIGEST else None


class Desk:
    """Answers with what it was asked, refuses a sale of 99."""

    async def what_if(self, account, legs, cash, block):
        if any(leg.quantity == "-99" for leg in legs):
            raise TransactionFailed("reverted with NoSurface(1, 5)", "NoSurface", (1, 5))
        return margin(equity=cash)

    async def quote(self, account, bidder, fraction, block):
        if account == 3:
            raise ChainUnreachable("the node does not answer")
        quote = Quote(
            chain_id=1,
            contract="0x" + "22" * 20,
            block=block,
            expires_at=block.timestamp + 60,
            account=account,
            bidder=bidder,
            action="nothing",
            witness=None,
            own_requirement="0",
            legs=[],
            offers=[],
            fill=None,
            refusal=fraction,
        )
        return SignedQuote(quote=quote, signer="0x" + "1f" * 20, signature="0x" + "00" * 65)


def application(*, service=None, metrics=None, filled=None, desk=None, **options):
    registry = (metrics or KeeperMetrics()).registry
    options.setdefault("solvency_now", lambda: SOLVENCY)
    return create_app(
        service=service or Service(),
        registry=registry,
        board=board() if filled is None else filled,
        desk=desk or Desk(),
        **options,
    )


@asynccontextmanager
async def serving(**parts):
    config = uvicorn.Config(
        application(**parts),
        host="127.0.0.1",
        port=0,
        log_level="error",
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=4_096,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            yield session
    finally:
        server.should_exit = True
        await running


async def get(path: str, headers=None, **parts):
    async with serving(**parts) as session, session.get(path, headers=headers) as response:
        return response.status, await response.text()


async def post(path: str, content: bytes, **parts):
    async with (
        serving(**parts) as session,
        session.post(path, data=content, headers={"Content-Type": "application/json"}) as response,
    ):
        return response.status, await response.json(content_type=None)
