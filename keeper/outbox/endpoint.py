"""What the outbox asks of nodes: broadcasts with classified refusals, and what became of a hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keeper.chain.rpc import Node
from keeper.errors import ChainError, ChainUnreachable
from keeper.outbox.fees import Fees, market_fees
from keeper.outbox.refusals import Refusal, classify
from keeper.store.records import Inclusion, Message

GAS_HEADROOM_PERCENT = 130  # of the estimate: state may change between estimate and block


class Endpoint:
    """One key's view of the chain, and where its transactions are handed in.

    `relay` takes the first broadcast of each transaction where given: it keeps it out of the public pool. What it
    does not bring into a block in time is handed to the node.
    """

    def __init__(self, *, node: Node, sender: str, relay: Node | None = None) -> None:
        self._node = node
        self._relay = relay
        self._sender = sender

    @property
    def has_relay(self) -> bool:
        return self._relay is not None

    async def broadcast(self, message: Message, *, privately: bool) -> tuple[Refusal | None, str]:
        """None once taken, else why it was refused and in which words. Raises `ChainUnreachable` without an answer."""
        endpoint = self._relay if privately and self._relay is not None else self._node
        try:
            await endpoint.call("eth_sendRawTransaction", "0x" + (message.raw or b"").hex())
        except ChainUnreachable:
            raise  # whether it was taken is settled by its hash, in the next attempt
        except ChainError as error:
            return classify(str(error)), str(error)
        return None, ""

    async def inclusion(self, hashes: list[str]) -> tuple[Inclusion, bool] | None:
        """The block that has one of these transactions, and whether it succeeded there."""
        receipts = await self._node.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        for receipt in receipts:
            if isinstance(receipt, ChainError):
                raise receipt
            if receipt is not None:
                return _inclusion(receipt), int(receipt["status"], 16) == 1
        return None

    async def inclusions(self, hashes: Sequence[str]) -> list[Inclusion | None]:
        """Of each transaction the block that has it, asked of one node at once."""
        receipts = await self._node.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        for receipt in receipts:
            if isinstance(receipt, ChainError):
                raise receipt
        return [None if receipt is None else _inclusion(receipt) for receipt in receipts]

    async def is_taken(self, nonce: int, hashes: list[str]) -> bool:
        """Whether `nonce` is used, and by none of these transactions.

        Both are asked of one node at once, the count at the newest block's hash: a backend that lags behind it has no
        receipt and no such block either, and says nothing about the nonce.
        """
        head = await self._node.call("eth_getBlockByNumber", "latest", False)
        at_head = {"blockHash": head["hash"]}
        requests = [("eth_getTransactionReceipt", [h]) for h in hashes]
        *receipts, count = await self._node.batch(
            [*requests, ("eth_getTransactionCount", [self._sender, at_head])]
        )
        for answer in (*receipts, count):
            if isinstance(answer, ChainError):
                raise answer
        return int(count, 16) > nonce and all(receipt is None for receipt in receipts)

    async def knows(self, transaction_hash: str | None) -> bool:
        return await self._node.call("eth_getTransactionByHash", transaction_hash) is not None

    async def nonce(self, block: str = "latest") -> int:
        """How many transactions of the sender are in the chain, or with "pending" also in the node's pool."""
        return int(await self._node.call("eth_getTransactionCount", self._sender, block), 16)

    async def block_number(self) -> int:
        return int(await self._node.call("eth_blockNumber"), 16)

    async def fees(self) -> Fees:
        """The market's offer now: the node's advice on the priority fee, and room for a rising base fee."""
        block, advice = await self._node.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("eth_maxPriorityFeePerGas", [])]
        )
        for answer in (block, advice):
            if isinstance(answer, ChainError):
                raise answer
        base_fee = int(block.get("baseFeePerGas", "0x0"), 16)
        return market_fees(base_fee=base_fee, priority_fee=int(advice, 16))

    async def estimate(self, target: str, data: bytes) -> int:
        """Gas limit of a call, with headroom. Raises `TransactionFailed` where it would revert."""
        estimate = int(await self._node.call("eth_estimateGas", self._call(target, data)), 16)
        return estimate * GAS_HEADROOM_PERCENT // 100

    async def revert_reason(self, message: Message, block: int) -> str:
        """The decoded error of the same call in the state before its block: what most likely failed it."""
        try:
            await self._node.call("eth_call", self._call(message.target, message.data), hex(block - 1))
        except ChainError as error:
            return str(error)
        return "reverted in its block, though not in the state before it"

    def _call(self, target: str, data: bytes) -> dict[str, Any]:
        return {"from": self._sender, "to": target, "data": "0x" + data.hex()}


def _inclusion(receipt: dict[str, Any]) -> Inclusion:
    return Inclusion(
        transaction_hash=receipt["transactionHash"],
        block_number=int(receipt["blockNumber"], 16),
        block_hash=receipt["blockHash"],
        gas_used=int(receipt["gasUsed"], 16),
    )
