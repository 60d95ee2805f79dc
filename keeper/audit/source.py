"""What an audit is made from: every audit event of a deployment, the calldata that caused it, and block times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keeper.audit.calls import Sent
from keeper.audit.prices import Readings
from keeper.chain import (
    AuditEvent,
    Block,
    Call,
    ChainReader,
    Contract,
    EventReader,
    PriceInterval,
    Trail,
    lane_trail,
)
from keeper.chain.reader import LANES
from keeper.chain.records import from_struct

# Ranges and batches that public nodes answer without complaint.
BLOCKS_PER_QUERY = 2_000
REQUESTS_PER_BATCH = 100
# Contracts whose events come of a look at prices.
_JUDGING = ("MarginAccounts", "TradeSettlement", "Liquidation", "CollateralVault", "SettlementFallback")

Progress = Callable[[str, int, int], None]
"""Told the stage's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class ChainLog:
    """A deployment's whole record up to `head`. `trails` are the contracts' and their lanes' own, read at `head`;
    `logged_rows` rounds that contracts published, by their rows' hash."""

    chain_id: int
    contracts: Mapping[str, Contract]
    head: Block
    events: tuple[AuditEvent, ...]
    logged_rows: Mapping[bytes, bytes]
    transactions: Mapping[str, Sent]
    times: Mapping[int, int]
    trails: Mapping[str, Trail]
    readings: Mapping[int, Readings] = field(default_factory=dict)


async def gather(
    reader: ChainReader, *, chain_id: int, first_block: int, progress: Progress, last_block: int | None = None
) -> ChainLog:
    """Reads everything from `first_block` to `last_block` (default: the newest), in ranges."""
    head = await reader.block("latest" if last_block is None else last_block)
    events, logged = await _events(reader, first_block, head.number, progress)
    hashes = list(dict.fromkeys(event.transaction_hash for event in events))
    return ChainLog(
        chain_id=chain_id,
        contracts=reader.contracts,
        head=head,
        events=tuple(events),
        logged_rows=logged,
        transactions=await _transactions(reader, hashes, progress),
        times={
            number: block.timestamp
            for number, block in (await blocks(reader, {event.block_number for event in events})).items()
        },
        trails=await _trails(reader, head),
        readings=await _readings(reader, events),
    )


async def blocks(reader: ChainReader, numbers: Iterable[int]) -> dict[int, Block]:
    """Blocks by number; one the node does not have is absent."""
    wanted = sorted(set(numbers))
    requests = [("eth_getBlockByNumber", [hex(number), False]) for number in wanted]
    answers = await _batched(reader, requests)
    return {
        number: Block(number, answer["hash"], int(answer["timestamp"], 16))
        for number, answer in zip(wanted, answers, strict=True)
        if answer is not None
    }


async def _events(
    reader: ChainReader, first: int, last: int, progress: Progress
) -> tuple[list[AuditEvent], dict[bytes, bytes]]:
    source = EventReader(reader.rpc, reader.contracts)
    events: list[AuditEvent] = []
    logged: dict[bytes, bytes] = {}
    for start in range(first, last + 1, BLOCKS_PER_QUERY):
        end = min(start + BLOCKS_PER_QUERY - 1, last)
        found, rows = await source.read(start, end)
        events.extend(found)
        logged.update(rows)
        progress("reading logs", end - first + 1, last - first + 1)
    return events, logged


async def _readings(reader: ChainReader, events: Sequence[AuditEvent]) -> dict[int, Readings]:
    """What the listed sources answer at the end of each block in which an account is judged."""
    listed = sorted({e.arguments["underlying"] for e in events if e.name == "SourcesSet"})
    judged = {e.block_number for e in events if e.contract in _JUDGING} if listed else set()
    contract = reader.contracts["PriceIntervals"]
    found: dict[int, Readings] = {}
    for number, block in (await blocks(reader, judged)).items():
        calls = [Call(contract, "readings", (underlying,)) for underlying in listed]
        answers = await reader.caller.call_many(calls, block=block)
        found[number] = {
            underlying: [from_struct(PriceInterval, answer) for answer in answer_list]
            for underlying, answer_list in zip(listed, answers, strict=True)
        }
    return found


async def _transactions(reader: ChainReader, hashes: Sequence[str], progress: Progress) -> dict[str, Sent]:
    sent: dict[str, Sent] = {}
    for start in range(0, len(hashes), REQUESTS_PER_BATCH):
        page = hashes[start : start + REQUESTS_PER_BATCH]
        bodies = await _batched(reader, [("eth_getTransactionByHash", [digest]) for digest in page])
        receipts = await _batched(reader, [("eth_getTransactionReceipt", [digest]) for digest in page])
        for digest, body, receipt in zip(page, bodies, receipts, strict=True):
            data = bytes.fromhex(body["input"][2:])
            sent[digest] = Sent(digest, body["to"], data, int(receipt["gasUsed"], 16))
        progress("reading calldata", start + len(page), len(hashes))
    return sent


async def _trails(reader: ChainReader, head: Block) -> dict[str, Trail]:
    trails = {}
    for name, contract in reader.contracts.items():
        if "auditTrail" in contract.artifact.functions:
            seq, running_hash = await reader.caller.call(contract, "auditTrail", block=head)
            trails[name] = Trail(seq, running_hash)
        if "laneTrail" in contract.artifact.functions:
            for lane in LANES:
                seq, running_hash = await reader.caller.call(contract, "laneTrail", lane, block=head)
                trails[lane_trail(name, lane)] = Trail(seq, running_hash)
    return trails


async def _batched(reader: ChainReader, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    answers: list[Any] = []
    for start in range(0, len(requests), REQUESTS_PER_BATCH):
        answers.extend(await reader.rpc.batch(requests[start : start + REQUESTS_PER_BATCH]))
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers
