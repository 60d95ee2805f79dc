"""Calldata back to calls: what a transaction asked of which contract, through the access manager if need be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from keeper.chain import Contract
from keeper.chain.abi import Entry

# Wrappers inside wrappers: anything deeper is no honest call.
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Sent:
    """A mined transaction: hash, target (None creates a contract), calldata, gas it used."""

    hash: str
    target: str | None
    data: bytes
    gas_used: int


@dataclass(frozen=True, slots=True)
class ContractCall:
    """A call of one of the system's contracts; `arguments` by ABI name, structs as dicts."""

    contract: str
    function: str
    arguments: Mapping[str, Any]


class CallDecoder:
    """Decodes calldata of a deployment. Calls from inside other contracts are not in calldata and stay unknown."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._names = {contract.address: name for name, contract in contracts.items()}
        self._functions = {
            name: {e.selector: e for e in contract.artifact.entries if e.kind == "function"}
            for name, contract in contracts.items()
        }

    def calls(self, sent: Sent) -> list[ContractCall]:
        """The calls of a transaction in order; `execute`, `executeBatch` and `multicall` are opened."""
        return [] if sent.target is None else self._open(sent.target, sent.data, 0)

    def _open(self, target: str, data: bytes, depth: int) -> list[ContractCall]:
        name = self._names.get(to_checksum_address(target))
        entry = self._functions.get(name, {}).get(data[:4]) if name is not None else None
        if name is None or entry is None or depth > _DEEPEST:
            return []
        arguments = _arguments(entry, data[4:])
        if arguments is None:
            return []
        inner = _wrapped(name, entry.name, target, arguments)
        if inner is None:
            return [ContractCall(name, entry.name, arguments)]
        return [call for address, payload in inner for call in self._open(address, payload, depth + 1)]


def _wrapped(
    name: str, function: str, target: str, arguments: Mapping[str, Any]
) -> list[tuple[str, bytes]] | None:
    """Target and calldata of the calls that a call only passes on; None where it is a call of its own."""
    if (name, function) == ("AccessManager", "execute"):
        return [(arguments["target"], arguments["data"])]
    if (name, function) == ("Timelock", "execute"):
        return [(arguments["target"], arguments["payload"])]
    if (name, function) == ("Timelock", "executeBatch"):
        return list(zip(arguments["targets"], arguments["payloads"], strict=True))
    if function == "multicall":
        return [(target, data) for data in arguments["data"]]
    return None


def _arguments(entry: Entry, data: bytes) -> dict[str, Any] | None:
    try:
        values = decode(entry.types, data)
    except (DecodingError, OverflowError):
        return None
    return {p.name: p.present(value) for p, value in zip(entry.inputs, values, strict=True)}
