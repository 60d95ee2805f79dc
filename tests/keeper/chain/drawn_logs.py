"""Raw logs as a node gives them, with drawn arguments, and what web3 makes of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from keeper.chain.abi import Entry

OUT = Path(__file__).parents[3] / "out"
ADDRESS = to_checksum_address("0x5fbdb2315678afecb367f032d93f642f64180aa3")


def drawn(kind: str, draw: random.Random) -> Any:
    """A value of an elementary type, at its limits as often as between them."""
    if kind == "address":
        return to_checksum_address(draw.randbytes(20))
    if kind == "bool":
        return draw.random() < 0.5
    if kind == "string":
        return draw.randbytes(draw.randrange(70)).hex()
    if kind == "bytes":
        return draw.randbytes(draw.randrange(70))
    if kind.startswith("uint"):
        return draw.choice((0, 2 ** int(kind[4:]) - 1, draw.getrandbits(int(kind[4:]))))
    if kind.startswith("int"):
        half = 2 ** (int(kind[3:]) - 1)
        return draw.choice((-half, half - 1, draw.randrange(-half, half)))
    return draw.randbytes(int(kind[5:]))


def logged(entry: Entry, draw: random.Random) -> dict[str, Any]:
    """A raw log with drawn arguments."""
    return encoded(entry, [drawn(parameter.type, draw) for parameter in entry.inputs], draw.randrange(10**6))


def encoded(entry: Entry, arguments: list[Any], block: int, index: int = 3) -> dict[str, Any]:
    """A raw log of these arguments."""
    values = list(zip(entry.inputs, arguments, strict=True))
    plain = [(p.type, value) for p, value in values if not p.indexed]
    topics = [entry.topic, *(encode([p.type], [value]) for p, value in values if p.indexed)]
    return {
        "address": ADDRESS.lower(),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + encode([kind for kind, _ in plain], [value for _, value in plain]).hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + bytes(32).hex(),
        "transactionHash": "0x" + (block * 1_000 + index).to_bytes(32, "big").hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(index),
    }


def web3_reader(name: str, entry: Entry) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The arguments by web3's `event.process_log`, from a raw log."""
    abi = json.loads((OUT / f"{name}.sol" / f"{name}.json").read_text())["abi"]
    event = Web3().eth.contract(ADDRESS, abi=abi).events[entry.name]()

    def read(log: dict[str, Any]) -> dict[str, Any]:
        topics = [HexBytes(topic) for topic in log["topics"]]
        raw = {**log, "address": ADDRESS, "data": HexBytes(log["data"]), "topics": topics}
        return dict(event.process_log(raw)["args"])

    return read
