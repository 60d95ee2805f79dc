"""Many accounts known from logs alone: synthesised, really encoded, on a trail that the follower verifies.

What the chain answers besides is that of a smaller market on a real chain (`view`): the same instruments, parameters
and surfaces, other accounts.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from eth_abi.abi import encode

from keeper.assess import Assessor
from keeper.canonical import canonical_text
from keeper.chain import Artifacts, Block, Contract
from keeper.chain.contracts import Caller
from keeper.chain.events import EventReader
from keeper.daemon.compute import compute_round
from keeper.daemon.due import due_rows
from keeper.daemon.memory import StoreMemory
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round, RoundContext
from keeper.daemon.view import ChainView
from keeper.decide.rounds import PublishedMargin
from keeper.hashing import keccak
from keeper.index import Follower, Portfolios
from keeper.store import EventTable, EvidenceStore, Store
from keeper.types import WAD, AccountState, LegState, Observation
from keeper.wire import Header
from tests.bench.keeper_reads import cpu
from tests.keeper.chain.drawn_logs import ADDRESS, OUT, encoded

_LOGS_A_BLOCK = 1_000
_OWNER = "0x" + "11" * 20
_CASH = 10**6 * WAD


class RecordedNode:
    """A node whose blocks hold `PositionChanged` of many accounts; answers come as JSON text, as on the wire."""

    url = "memory"

    def __init__(self, contract: Contract, instruments: Sequence[int], seed: int) -> None:
        self._event = next(e for e in contract.artifact.events.values() if e.name == "PositionChanged")
        self._instruments, self._draw = instruments, random.Random(seed)  # noqa: S311 - test data
        self._blocks: list[list[bytes]] = [[]]
        self._trail = (0, bytes(24))
        self._nonces: dict[int, int] = {}

    def change(self, accounts: Sequence[int]) -> None:
        """Blocks in which each of these accounts gets a position, or another size of one."""
        for first in range(0, len(accounts), _LOGS_A_BLOCK):
            number = len(self._blocks)
            part = accounts[first : first + _LOGS_A_BLOCK]
            self._blocks.append([self._log(account, number, i) for i, account in enumerate(part)])

    @property
    def head(self) -> Block:
        return Block(len(self._blocks) - 1, self._hash(len(self._blocks) - 1), 0)

    def _log(self, account: int, block: int, index: int) -> bytes:
        seq = self._trail[0] + 1
        nonce = self._nonces[account] = self._nonces.get(account, 0) + 1
        instrument = self._instruments[account % len(self._instruments)]
        quantity = self._draw.randrange(1, 50) * WAD // 10 * (-1) ** account
        plain = [quantity, 0, nonce]
        words = encode(["uint64", "uint104", "int128", "int256", "uint64"], [account, instrument, *plain])
        chained = keccak(self._trail[1] + seq.to_bytes(8, "big") + keccak(self._event.topic + words))[:24]
        self._trail = (seq, chained)
        return orjson.dumps(encoded(self._event, [account, instrument, *plain, seq, chained], block, index))

    def _hash(self, number: int) -> str:
        return "0x" + keccak(number.to_bytes(8, "big")).hex()

    async def call(self, method: str, *parameters: Any) -> Any:
        return self._answer(method, parameters)

    async def batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        return [self._answer(method, parameters) for method, parameters in requests]

    async def require_chain(self, chain_id: int) -> None:
        """Any."""

    def doubt(self, method: str, reason: str) -> None:
        raise AssertionError(f"{method}: {reason}")

    def _answer(self, method: str, parameters: Sequence[Any]) -> Any:
        if method == "eth_getLogs":
            first, last = (int(parameters[0][key], 16) for key in ("fromBlock", "toBlock"))
            logs = [log for block in self._blocks[first : last + 1] for log in block]
            return orjson.loads(b"[" + b",".join(logs) + b"]")
        if method == "eth_getBlockByNumber":
            number = int(parameters[0], 16)
            return {"number": hex(number), "hash": self._hash(number), "timestamp": "0x0"}
        return "0x" + encode(["uint64", "bytes24"], self._trail).hex()


class IndexedBook:
    """A keeper's index, memory and computation over so many accounts."""

    def __init__(self, folder: Path, accounts: int, view: ChainView, listed: Sequence[int]) -> None:
        contract = Contract(ADDRESS, Artifacts(OUT).get("MarginAccounts"))
        self.node = RecordedNode(contract, listed, seed=accounts)
        self.store = Store.open(folder / "indexed.db")
        (folder / "bundles").mkdir()
        self.memory = StoreMemory(self.store, EvidenceStore(folder / "bundles"))
        table = EventTable(self.store.engine)
        self.portfolios = Portfolios(table)
        contracts = {"MarginAccounts": contract}
        self.follower = Follower(
            events=EventReader(self.node, contracts),
            caller=Caller(self.node),
            contracts=contracts,
            table=table,
            first_block=1,
        )
        self.accounts, self.view = accounts, view
        self.last: Round | None = None

    async def index(self) -> int:
        """Brings the index to the head; gives how many events were added."""
        progress = await self.follower.advance(self.node.head)
        self.portfolios.advance()
        return progress.events

    def states(self) -> tuple[AccountState, ...]:
        """What the contracts would answer of these accounts, in the words of the events."""
        return tuple(self._state(account) for account in range(1, 1 + self.accounts))

    def _state(self, account: int) -> AccountState:
        held = self.portfolios.of(account)
        legs = tuple(LegState(*leg) for leg in sorted(held.legs.items()))
        return AccountState(account, _OWNER, _CASH, held.nonce, 0, (0, 0), legs)

    async def compute(
        self, assessor: Assessor, policy: KeeperPolicy, seen: Observation, states: tuple[AccountState, ...]
    ) -> Round:
        """The round of what was seen, where the last one's verdicts stand on the chain."""
        published = {} if self.last is None else {
            row.account: PublishedMargin(row, self.last.context.now) for row in self.last.margin_rows
        }  # fmt: skip
        view = dataclasses.replace(self.view, accounts=states, margins=published, unknown={})
        number = 1 if self.last is None else self.last.context.number + 1
        return await compute_round(
            context=RoundContext(number, seen.observed_at, view, {}, (), self.memory.last_mode()),
            observation=seen,
            consensus=policy.consensus,
            assessor=assessor,
            thresholds=policy.modes,
            budget=policy.budget,
        )

    def decide(self, own: Round, policy: KeeperPolicy) -> tuple[str, list[LaneRound]]:
        """The bundle's text and the lanes that are due, with their headers."""
        bundle = canonical_text(own.bundle)
        found = due_rows(own, thresholds=policy.publish, waiting=frozenset())
        snapshot = keccak(bundle.encode())
        return bundle, [LaneRound(_header(own, lane, snapshot), rows) for lane, rows in found]

    def differences(self, states: tuple[AccountState, ...]) -> list[int]:
        return [s.account for s in states if self.portfolios.of(s.account).differs_from(s)]


def _header(own: Round, lane: int, snapshot: bytes) -> Header:
    at = own.observed_at
    seq = own.context.view.next_sequence(lane)
    return Header(own.context.view.config_digest(lane), lane, seq, at, at + 600, snapshot, bytes(32))


async def indexed(
    folder: Path,
    accounts: int,
    *,
    view: ChainView,
    listed: Sequence[int],
    assessor: Assessor,
    policy: KeeperPolicy,
    observations: Sequence[Observation],
) -> dict[str, Any]:
    """CPU by stage of the last observation's round, before which a hundredth of the accounts changed."""
    book = IndexedBook(folder, accounts, view, listed)
    everyone = range(1, 1 + accounts)
    spent: dict[str, float] = {}
    logs = 0
    for round_number, seen in enumerate(observations):
        changed = everyone if round_number == 0 else everyone[round_number::100]
        book.node.change(list(changed))
        logs += len(changed)
        spent, last = await _round(book, assessor, policy, seen)
    book.store.close()
    rows = {str(lane.header.lane): len(lane.rows) for lane in last}
    return {
        "accounts": accounts,
        "logs_indexed": logs,
        "cpu_seconds_by_stage": {stage: round(seconds, 4) for stage, seconds in spent.items()},
        "cpu_seconds": round(sum(spent.values()), 4),
        "rows_by_lane": rows,
    }


async def _round(
    book: IndexedBook, assessor: Assessor, policy: KeeperPolicy, seen: Observation
) -> tuple[dict[str, float], list[LaneRound]]:
    started = time.process_time()
    await book.index()
    spent = {"index": time.process_time() - started}
    states = book.states()
    _, spent["compare"] = cpu(lambda: book.differences(states))
    started = time.process_time()
    own = await book.compute(assessor, policy, seen, states)
    spent["assess"] = time.process_time() - started
    assert own.assessment is not None, own.missing
    (bundle, lanes), spent["decide"] = cpu(lambda: book.decide(own, policy))
    _, spent["sign"] = cpu(lambda: [lane.preimage(chain_id=1, contract=ADDRESS) for lane in lanes])

    def remember() -> None:
        book.memory.remember_observed(own)
        book.memory.remember_proposed(lanes, bundle)

    _, spent["remember"] = cpu(remember)
    book.last = own
    return spent, lanes
