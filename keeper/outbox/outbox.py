"""The durable outbox: intent, nonce, signed bytes and hash are committed before the first byte leaves.

planned -> signed -> accepted -> mined | failed. Whatever happens between two steps, `resume` goes on from the last
committed one, and a resend is byte-identical, so no intent is ever executed twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

from keeper.chain.rpc import Rpc
from keeper.errors import ChainError, ChainUnreachable, TransactionFailed
from keeper.outbox.transaction import Fees, Transaction, TransactionSigner
from keeper.store.messages import MessageTable
from keeper.store.records import Message, MessageStatus

GAS_HEADROOM_PERCENT = 130  # of the estimate: state may change between estimate and block
BASE_FEE_MULTIPLE = 2  # survives about six full blocks of rising base fee (12.5% each)


class Outbox:
    """Sends the transactions of one key, one after the other. One outbox per key and chain."""

    def __init__(
        self,
        *,
        rpc: Rpc,
        messages: MessageTable,
        signer: TransactionSigner,
        chain_id: int,
        highest_fee_wei: int | None = None,
    ) -> None:
        self._rpc = rpc
        self._messages = messages
        self._signer = signer
        self._chain_id = chain_id
        self._highest_fee_wei = highest_fee_wei
        self._lock = asyncio.Lock()

    @property
    def sender(self) -> str:
        return self._signer.address

    async def send(self, intent_key: str, target: str, data: bytes) -> Message:
        """Commits and broadcasts one call; the same `intent_key` again gives the same message.

        A call that would revert is refused with its decoded error before anything is written. After
        `ChainUnreachable` the message is committed: `resume` or the same `send` goes on with it.
        """
        async with self._lock:
            known = self._messages.find(intent_key)
            if known is None or known.status is MessageStatus.PLANNED:
                return await self._begin(intent_key, target, data)
            return await self._broadcast(known) if known.status is MessageStatus.SIGNED else known

    async def deliver(
        self,
        intent_key: str,
        target: str,
        data: bytes,
        *,
        timeout_seconds: float = 60.0,
        poll_seconds: float = 0.05,
    ) -> Message:
        """`send`, then waits until it is mined; raises `TransactionFailed` if it reverted there.

        One that is not mined in time is `ChainUnreachable` and stays in the outbox for `resume` and `track`.
        """
        message = await self.send(intent_key, target, data)
        try:
            async with asyncio.timeout(timeout_seconds):
                while message.status is MessageStatus.ACCEPTED:
                    message = await self._track(message)
                    if message.status is MessageStatus.ACCEPTED:
                        await asyncio.sleep(poll_seconds)
        except TimeoutError as error:
            raise ChainUnreachable(
                f"{intent_key} was not mined within {timeout_seconds} s: it stays in the outbox, nonce {message.nonce}"
            ) from error
        if message.status is MessageStatus.FAILED:
            raise TransactionFailed(f"{intent_key} failed in block {message.block_number}: {message.error}")
        return message

    async def resume(self) -> list[Message]:
        """After a restart: drops what was never signed, resends what the node does not have, looks up the rest."""
        async with self._lock:
            for message in self._messages.pending(self._chain_id, self.sender):
                if message.status is MessageStatus.PLANNED:
                    self._messages.discard(message)
                elif message.status is MessageStatus.SIGNED or not await self._is_known(message):
                    await self._broadcast(
                        message
                    )  # also what was accepted and then lost with the node's pool
        return await self.track()

    async def track(self) -> list[Message]:
        """Looks up the receipts of all pending messages; gives them as they are now."""
        pending = self._messages.pending(self._chain_id, self.sender)
        return [await self._track(message) for message in pending]

    async def _begin(self, intent_key: str, target: str, data: bytes) -> Message:
        gas = await self._estimate(target, data)
        fees = await self._fees()
        chain_nonce = int(await self._rpc.call("eth_getTransactionCount", self.sender, "pending"), 16)
        message = self._messages.plan(
            chain_id=self._chain_id,
            sender=self.sender,
            intent_key=intent_key,
            target=target,
            data=data,
            chain_nonce=chain_nonce,
        )
        transaction = Transaction(self._chain_id, message.nonce, fees, gas, target, data)
        raw, transaction_hash = transaction.sign(self._signer)
        return await self._broadcast(self._messages.sign(message, raw, transaction_hash))

    async def _broadcast(self, message: Message) -> Message:
        raw = message.raw or b""
        try:
            await self._rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        except ChainUnreachable:
            raise  # whether the node took it is settled by its hash, in the next attempt
        except ChainError as error:
            if await self._is_known(message):
                return self._messages.accept(message)
            if await self._is_nonce_taken(message):
                return self._messages.fail(message, f"nonce {message.nonce} was used by another transaction")
            raise ChainError(f"{message.intent_key} was refused and stays in the outbox: {error}") from error
        return self._messages.accept(message)

    async def _track(self, message: Message) -> Message:
        if message.transaction_hash is None:
            return message
        receipt = await self._rpc.call("eth_getTransactionReceipt", message.transaction_hash)
        if receipt is None:
            if await self._is_nonce_taken(message) and not await self._is_known(message):
                return self._messages.fail(message, f"nonce {message.nonce} was used by another transaction")
            return message
        block, gas_used = int(receipt["blockNumber"], 16), int(receipt["gasUsed"], 16)
        if int(receipt["status"], 16) == 1:
            return self._messages.mine(message, block, gas_used)
        return self._messages.fail(message, await self._revert_reason(message, block), block, gas_used)

    async def _is_known(self, message: Message) -> bool:
        return await self._rpc.call("eth_getTransactionByHash", message.transaction_hash) is not None

    async def _is_nonce_taken(self, message: Message) -> bool:
        mined = int(await self._rpc.call("eth_getTransactionCount", self.sender, "latest"), 16)
        return mined > message.nonce

    async def _revert_reason(self, message: Message, block: int) -> str:
        """The decoded error of the same call in the state before its block: what most likely failed it."""
        try:
            await self._rpc.call("eth_call", self._call(message.target, message.data), hex(block - 1))
        except ChainError as error:
            return str(error)
        return "reverted in its block, though not in the state before it"

    async def _estimate(self, target: str, data: bytes) -> int:
        estimate = int(await self._rpc.call("eth_estimateGas", self._call(target, data)), 16)
        return estimate * GAS_HEADROOM_PERCENT // 100

    async def _fees(self) -> Fees:
        """Priority fee by the node's advice; highest fee with room for a rising base fee, capped."""
        block, advice = await self._rpc.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("eth_maxPriorityFeePerGas", [])]
        )
        for answer in (block, advice):
            if isinstance(answer, ChainError):
                raise answer
        tip = int(advice, 16)
        highest = BASE_FEE_MULTIPLE * int(block.get("baseFeePerGas", "0x0"), 16) + tip
        if self._highest_fee_wei is not None:
            highest = min(highest, self._highest_fee_wei)
        return Fees(max_fee=highest, max_priority_fee=min(tip, highest))

    def _call(self, target: str, data: bytes) -> dict[str, Any]:
        return {"from": self.sender, "to": target, "data": "0x" + data.hex()}
