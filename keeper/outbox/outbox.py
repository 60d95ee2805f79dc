"""The durable outbox: intent, nonce, signed bytes and hash are committed before the first byte leaves.

planned -> signed -> accepted -> mined | failed -> confirmed. Whatever happens between two steps, `tend` goes on from
the last committed one. A resend is byte-identical; a replacement has the same nonce and content and outbids its
predecessor, so whichever of them is mined, no intent is ever executed twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from keeper.clock import Clock, WallClock
from keeper.errors import ChainError, ChainUnreachable, TransactionFailed
from keeper.outbox.endpoint import Endpoint
from keeper.outbox.fees import least_replacement, outbids, replacement, within_cost
from keeper.outbox.refusals import Refusal
from keeper.outbox.transaction import Transaction, TransactionSigner
from keeper.store.messages import MessageTable
from keeper.store.records import PENDING, Message, MessageStatus

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """When to act on silence. Seconds are of the outbox's own clock, not of the chain's."""

    replace_after_seconds: int = 30
    confirmations: int = 64  # two epochs: the depth from which a block of the main chain is final


class Outbox:
    """Sends the transactions of one key, one after the other. One outbox per key and chain."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        messages: MessageTable,
        signer: TransactionSigner,
        chain_id: int,
        patience: Patience | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._messages = messages
        self._signer = signer
        self._chain_id = chain_id
        self._patience = patience or Patience()
        self._clock = clock or WallClock()
        self._lock = asyncio.Lock()

    @property
    def sender(self) -> str:
        return self._signer.address

    async def send(
        self, intent_key: str, target: str, data: bytes, *, most_cost_wei: int | None = None
    ) -> Message:
        """Commits and broadcasts one call; the same `intent_key` again gives the same message.

        A call that would revert is refused with its decoded error before anything is written. After
        `ChainUnreachable` the message is committed: `tend` or the same `send` goes on with it. No transaction of
        the message ever offers more than `most_cost_wei` for all its gas.
        """
        async with self._lock:
            known = self._messages.find(intent_key)
            if known is None or known.status is MessageStatus.PLANNED:
                return await self._begin(intent_key, target, data, most_cost_wei)
            return await self._broadcast(known) if known.status is MessageStatus.SIGNED else known

    async def deliver(
        self,
        intent_key: str,
        target: str,
        data: bytes,
        *,
        most_cost_wei: int | None = None,
        timeout_seconds: float = 60.0,
        poll_seconds: float = 0.05,
    ) -> Message:
        """`send`, then tends it until it is mined; raises `TransactionFailed` if it reverted there.

        One that is not mined in time is `ChainUnreachable` and stays in the outbox for `tend`.
        """
        message = await self.send(intent_key, target, data, most_cost_wei=most_cost_wei)
        try:
            async with asyncio.timeout(timeout_seconds):
                while message.status in PENDING:
                    async with self._lock:
                        # `tend` may have moved it on since the last look.
                        message = self._messages.find(intent_key) or message
                        if message.status in PENDING:
                            message = await self._go_on(message)
                    if message.status in PENDING:
                        await asyncio.sleep(poll_seconds)
        except TimeoutError as error:
            raise ChainUnreachable(
                f"{intent_key} was not mined within {timeout_seconds} s: it stays in the outbox, nonce {message.nonce}"
            ) from error
        if message.status is MessageStatus.FAILED:
            raise TransactionFailed(f"{intent_key} failed in block {message.block_number}: {message.error}")
        return message

    async def tend(self) -> list[Message]:
        """One look after everything unfinished, by nonce; gives the messages as they are now.

        Drops what was never signed, resends what nodes lost, replaces what is stuck, follows reorganisations. To be
        called after a restart and then regularly.
        """
        async with self._lock:
            await self._confirm(self._messages.unconfirmed(self._chain_id, self.sender))
            pending = self._messages.pending(self._chain_id, self.sender)
            return [await self._go_on(m) for m in pending if not self._was_never_signed(m)]

    # ---- one message, one step; the lock is held ----

    def _was_never_signed(self, message: Message) -> bool:
        if message.status is MessageStatus.PLANNED:
            self._messages.discard(message)
            return True
        return False

    async def _begin(self, intent_key: str, target: str, data: bytes, most_cost_wei: int | None) -> Message:
        gas = await self._endpoint.estimate(target, data)
        fees = within_cost(await self._endpoint.fees(), gas=gas, most_cost_wei=most_cost_wei)
        message = self._messages.plan(
            chain_id=self._chain_id,
            sender=self.sender,
            intent_key=intent_key,
            target=target,
            data=data,
            chain_nonce=await self._endpoint.nonce("pending"),
            most_cost_wei=most_cost_wei,
        )
        log.debug("outbox.planned", intent=intent_key, nonce=message.nonce)
        transaction = Transaction(self._chain_id, message.nonce, fees, gas, target, data)
        try:
            signed = transaction.signed(await self._signer.sign(transaction.preimage()))
        except BaseException:
            self._messages.discard(message)  # its nonce would keep every later transaction out of the chain
            raise
        kept = self._messages.sign(message, *signed)
        log.debug("outbox.signed", intent=intent_key, nonce=kept.nonce, hash=kept.transaction_hash)
        return await self._broadcast(kept)

    async def _go_on(self, message: Message) -> Message:
        found = await self._found_in_block(message)
        if found is not None:
            return found
        if message.broadcast_at is None:
            return await self._broadcast(message)
        waited = self._clock.now() - message.broadcast_at
        if waited < 0:
            # The machine's clock was put back: patience begins anew, instead of lasting until it catches up.
            message, waited = self._messages.wait(message, self._clock.now()), 0
        if waited < self._patience.replace_after_seconds and not await self._is_lost(message):
            return message
        if await self._endpoint.nonce() > message.nonce:
            return await self._overtaken(message)
        if not await self._endpoint.knows(message.transaction_hash):
            return await self._broadcast(message, overdue=True)
        return await self._replace(message)

    async def _is_lost(self, message: Message) -> bool:
        """Accepted once, and unknown now: a node's pool is memory. Behind a relay that tells nothing."""
        if message.status is not MessageStatus.ACCEPTED or self._endpoint.has_relay:
            return False
        return not await self._endpoint.knows(message.transaction_hash)

    async def _replace(self, message: Message) -> Message:
        """Outbids the message's own transaction, as far as its bound on cost allows; else leaves it be."""
        present = Transaction.parse(message.raw or b"")
        wanted = replacement(present.fees, await self._endpoint.fees())
        bound = None if message.most_cost_wei is None else int(message.most_cost_wei)
        fees = within_cost(wanted, gas=present.gas, most_cost_wei=bound)
        if not outbids(fees, present.fees):
            log.warning("outbox.bound", intent=message.intent_key, nonce=message.nonce, most_cost_wei=bound)
            return self._messages.wait(message, self._clock.now())
        outbidding = Transaction(
            self._chain_id, message.nonce, fees, present.gas, message.target, message.data
        )
        signature = await self._signer.sign(outbidding.preimage())
        replaced = self._messages.replace(message, *outbidding.signed(signature))
        log.info(
            "outbox.replaced",
            intent=message.intent_key,
            nonce=message.nonce,
            max_fee=fees.max_fee,
            before=present.fees.max_fee,
        )
        return await self._broadcast(replaced)

    async def _broadcast(self, message: Message, *, overdue: bool = False) -> Message:
        """Hands the signed bytes in. `overdue`: they were handed in before, and nothing came of it."""
        first = not overdue and not self._messages.replaced_hashes(message)
        refusal, words = await self._endpoint.broadcast(message, privately=first)
        if refusal in (None, Refusal.KNOWN) or await self._endpoint.knows(message.transaction_hash):
            log.debug("outbox.accepted", intent=message.intent_key, nonce=message.nonce)
            return self._messages.accept(message, self._clock.now())
        if refusal is Refusal.NONCE_USED or await self._endpoint.nonce() > message.nonce:
            return await self._overtaken(message)
        if refusal is Refusal.UNDERPRICED:
            return await self._meet_market(message, overdue=overdue)
        raise ChainError(f"{message.intent_key} was refused and stays in the outbox: {words}")

    async def _overtaken(self, message: Message) -> Message:
        """The nonce is used: by ours, by a stranger's, or a node lags and does not know; then the next look tells."""
        found = await self._found_in_block(message)
        if found is not None:
            return found
        if await self._endpoint.is_taken(message.nonce, self._hashes(message)):
            log.error("outbox.nonce_taken", intent=message.intent_key, nonce=message.nonce)
            return self._messages.fail(message, _stranger(message))
        return self._messages.wait(message, self._clock.now())

    def _hashes(self, message: Message) -> list[str]:
        return [message.transaction_hash or "", *self._messages.replaced_hashes(message)]

    async def _meet_market(self, message: Message, *, overdue: bool) -> Message:
        """Outbids at once where the market has moved on; else once each time the patience runs out."""
        present = Transaction.parse(message.raw or b"").fees
        market = await self._endpoint.fees()
        if overdue or market.max_fee >= least_replacement(present).max_fee:
            return await self._replace(message)
        return self._messages.wait(message, self._clock.now())

    async def _found_in_block(self, message: Message) -> Message | None:
        if message.transaction_hash is None:
            return None
        found = await self._endpoint.inclusion(self._hashes(message))
        if found is None:
            return None
        inclusion, succeeded = found
        if succeeded:
            log.debug("outbox.mined", intent=message.intent_key, block=inclusion.block_number)
            return self._messages.mine(message, inclusion)
        reason = await self._endpoint.revert_reason(message, inclusion.block_number)
        return self._messages.fail(message, reason, inclusion)

    async def _confirm(self, messages: Sequence[Message]) -> None:
        """Still in their blocks? Then, once deep enough, for good; else they are open again."""
        if not messages:
            return
        head = await self._endpoint.block_number()
        found = await self._endpoint.inclusions([message.transaction_hash or "" for message in messages])
        for message, inclusion in zip(messages, found, strict=True):
            if inclusion is None or inclusion.block_hash != message.block_hash:
                log.warning("outbox.reorganised", intent=message.intent_key, block=message.block_number)
                self._messages.reopen(message)
            elif head >= inclusion.block_number + self._patience.confirmations:
                self._messages.confirm(message)
                log.debug("outbox.confirmed", intent=message.intent_key, block=message.block_number)


def _stranger(message: Message) -> str:
    return f"nonce {message.nonce} was used by another transaction"
