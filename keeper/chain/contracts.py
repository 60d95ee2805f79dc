"""Calls to contracts at known addresses, one or many in a batch, pinned to a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.abi import Artifact, Artifacts
from keeper.chain.rpc import Node
from keeper.errors import ChainError, ConfigurationError, TransactionFailed
from keeper.wire import require_address

SYSTEM = (
    "AccessManager",
    "Timelock",
    "Pause",
    "RiskParameters",
    "Payouts",
    "MarginAccounts",
    "SignedLanes",
    "PriceIntervals",
    "MarginTerms",
    "MarginWitness",
    "MarginEngine",
    "PriceBand",
    "TradeSettlement",
    "InsuranceFund",
    "BidReader",
    "BidValuation",
    "Liquidation",
    "ExpirySettlement",
    "SettlementFallback",
    "CollateralVault",
    "StateLane",
    "PolicyLane",
    "LedgerTerms",
    "InterestRates",
    "CollateralSale",
    "AccountLens",
    "GuardianTightening",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block that reads are pinned to: number, 32-byte hash as 0x-hex, unix seconds."""

    number: int
    hash: str
    timestamp: int

    @property
    def reference(self) -> dict[str, Any]:
        """EIP-1898: by hash, and only while it is canonical."""
        return {"blockHash": self.hash, "requireCanonical": True}


@dataclass(frozen=True, slots=True)
class Contract:
    """An artifact at an address."""

    address: str
    artifact: Artifact

    def encode(self, function: str, *arguments: object) -> bytes:
        """Calldata of a call."""
        return self.artifact.function(function).encode(arguments)

    def decode(self, function: str, data: bytes) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """The function's result: structs as dicts, several results as a tuple."""
        return self.artifact.function(function).decode_output(data)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a batch."""

    contract: Contract
    function: str
    arguments: tuple[Any, ...] = ()


def contracts_at(artifacts: Artifacts, addresses: Mapping[str, str]) -> dict[str, Contract]:
    """The system's contracts by name; a missing address is a `ConfigurationError`."""
    missing = [name for name in SYSTEM if name not in addresses]
    if missing:
        raise ConfigurationError(f"the deployment record has no address of {missing[0]}: deploy again")
    return {
        name: Contract(require_address("deployment", name, addresses[name]), artifacts.get(name))
        for name in SYSTEM
    }


class Caller:
    """Makes read calls over one node."""

    def __init__(self, rpc: Node) -> None:
        self._rpc = rpc

    async def block(self, number: int | str = "latest") -> Block:
        """Number, hash and time of a block; `ChainError` where the node does not have it."""
        tag = hex(number) if isinstance(number, int) else number
        answer = await self._rpc.call("eth_getBlockByNumber", tag, False)
        if answer is None:
            raise ChainError(f"{self._rpc.url} has no block {number}")
        return Block(int(answer["number"], 16), answer["hash"], int(answer["timestamp"], 16))

    async def call(
        self, contract: Contract, function: str, *arguments: object, block: Block | None = None
    ) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        """The result of one call; a revert is `TransactionFailed` with the custom error."""
        return (await self.call_many([Call(contract, function, arguments)], block=block))[0]

    async def call_many(
        self, calls: Sequence[Call], *, block: Block | None = None, keep_reverts: bool = False
    ) -> list[Any]:
        """Results in order. With `keep_reverts` a reverted call has its `TransactionFailed` in its place.

        Equal answers of one function are decoded once (ten thousand accounts without an auction say the same), so a
        result may be shared: it is read, never changed.
        """
        reference = "latest" if block is None else block.reference
        requests = [("eth_call", [_transaction(call), reference]) for call in calls]
        answers = await self._rpc.batch(requests)
        known: dict[tuple[str, str, str], Any] = {}
        results = []
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, TransactionFailed) and keep_reverts:
                results.append(answer)
                continue
            if isinstance(answer, ChainError):
                raise answer
            key = (call.contract.artifact.name, call.function, answer)
            if key not in known:
                known[key] = call.contract.decode(call.function, bytes.fromhex(answer[2:]))
            results.append(known[key])
        return results


def _transaction(call: Call) -> dict[str, str]:
    return {
        "to": call.contract.address,
        "data": "0x" + call.contract.encode(call.function, *call.arguments).hex(),
    }
