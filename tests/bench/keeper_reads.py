"""The keeper's reading beside web3's: raw logs to arguments, and accounts by way of the lens."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from web3 import HTTPProvider, Web3

from keeper.chain import Artifacts, Contract
from keeper.chain.events import LogDecoder
from keeper.types import AccountState
from tests.bench.lone_keeper import LoneKeeper
from tests.keeper.chain.drawn_logs import ADDRESS, OUT, encoded, web3_reader

Log = dict[str, Any]
_LEDGER = "MarginAccounts"
_EVENTS = ("CashChanged", "PositionChanged")
_SLICES = 10
_WEB3_ACCOUNTS = 100  # the first of them are asked one by one


def log_decoding(count: int) -> dict[str, Any]:
    """CPU of both on the same logs, in alternating slices, so that whatever else runs burdens both."""
    artifact = Artifacts(OUT).get(_LEDGER)
    entries = {e.topic: e for e in artifact.events.values() if e.name in _EVENTS}
    logs = _ledger_logs(list(entries.values()), count)
    decoder = LogDecoder({_LEDGER: Contract(ADDRESS, artifact)})
    readers = {"0x" + topic.hex(): web3_reader(_LEDGER, entry) for topic, entry in entries.items()}
    ratios, ours_seconds, theirs_seconds, agree = [], 0.0, 0.0, True
    for part in (logs[first::_SLICES] for first in range(_SLICES)):
        ours, mine = cpu(lambda part=part: [decoder.decode(log) for log in part])
        theirs, peers = cpu(lambda part=part: [readers[log["topics"][0]](log) for log in part])
        agree &= all(_same(*pair) for pair in zip(ours, theirs, strict=True))
        ratios.append(peers / mine)
        ours_seconds, theirs_seconds = ours_seconds + mine, theirs_seconds + peers
    return {
        "logs": count,
        "slices": _SLICES,
        "agree": agree,
        "ours_cpu_seconds": ours_seconds,
        "process_log_cpu_seconds": theirs_seconds,
        "ratio": statistics.median(ratios),
        "least_slice_ratio": min(ratios),
    }


def _ledger_logs(entries: list[Any], count: int) -> list[Log]:
    draw = random.Random(7)  # noqa: S311 - test data

    def value(kind: str) -> Any:
        if kind == "uint64":
            return draw.randrange(1, 10_000)
        if kind.startswith("uint"):
            return draw.getrandbits(min(int(kind[4:]), 90))
        return draw.getrandbits(90) - 2**89 if kind.startswith("int") else draw.randbytes(int(kind[5:]))

    def log(number: int) -> Log:
        entry = entries[number % len(entries)]
        return encoded(entry, [value(p.type) for p in entry.inputs], number // 100, number % 100)

    return [log(number) for number in range(count)]


def _same(event: Any, arguments: Log) -> bool:
    return {**event.arguments, "seq": event.seq, "runningHash": event.running_hash} == arguments


async def account_reads(lone: LoneKeeper) -> dict[str, Any]:
    """Wall seconds an account, at one block: all accounts by the lens, and the first of them by web3, call by call."""
    reader = lone.parts.reader
    block = await reader.block()
    await reader.accounts(block)
    started = time.perf_counter()
    states = await reader.accounts(block)
    ours = (time.perf_counter() - started) / len(states)
    read_one, some = _sequential(lone, block.number), states[:_WEB3_ACCOUNTS]
    read_one(some[0].account)
    started = time.perf_counter()
    answers = [read_one(state.account) for state in some]
    theirs = (time.perf_counter() - started) / len(some)
    return {
        "accounts": len(states),
        "web3_accounts": len(some),
        "agree": answers == [_facts(state) for state in some],
        "ours_seconds_an_account": ours,
        "web3_seconds_an_account": theirs,
        "ratio": theirs / ours,
    }


def _sequential(lone: LoneKeeper, block: int) -> Callable[[int], tuple[Any, ...]]:
    """One account's facts by one call each."""
    web3 = Web3(HTTPProvider(lone.rpc.url))
    ledger = lone.parts.reader.contracts[_LEDGER]
    abi = [item for item in _abi() if item["type"] == "function"]
    functions = web3.eth.contract(ledger.address, abi=abi).functions

    def read(account: int) -> tuple[Any, ...]:
        def ask(name: str, *arguments: int) -> Any:
            return functions[name](account, *arguments).call(block_identifier=block)

        legs = tuple((leg[0], leg[1]) for leg in ask("legsOf"))
        entries = tuple(ask("entryValueOf", underlying) for underlying in (1, 2))
        return (ask("ownerOf"), ask("cashOf"), ask("portfolioNonce"), ask("ownerEpoch"), entries, legs)

    return read


def _abi() -> list[dict[str, Any]]:

    document: dict[str, Any] = json.loads((OUT / f"{_LEDGER}.sol" / f"{_LEDGER}.json").read_text())
    return list(document["abi"])


def _facts(state: AccountState) -> tuple[Any, ...]:
    legs = tuple((leg.instrument, leg.quantity) for leg in state.legs)
    return state.owner, state.cash, state.portfolio_nonce, state.owner_epoch, state.entry_values, legs


def cpu(task: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the CPU seconds of this process."""
    started = time.process_time()
    result = task()
    return result, time.process_time() - started
