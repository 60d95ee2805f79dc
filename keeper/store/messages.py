"""The outbox table: hands out nonces; every step of a transaction is committed before it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from keeper.errors import StoreError
from keeper.store import tables
from keeper.store.database import exclusively, transaction
from keeper.store.records import PENDING, Inclusion, Message, MessageStatus

_TABLE = tables.outbox


class MessageTable:
    """Durable transactions of the senders of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(
        self,
        *,
        chain_id: int,
        sender: str,
        intent_key: str,
        target: str,
        data: bytes,
        chain_nonce: int,
        most_cost_wei: int | None = None,
    ) -> Message:
        """Commits an intent with the sender's next nonce: the last planned plus one, at least the chain's.

        The same `intent_key` gives the message already planned, so a restarted caller never sends twice.
        """
        with transaction(self._engine) as connection:
            exclusively(connection, f"nonces/{chain_id}/{sender}")
            known = (
                connection.execute(select(_TABLE).where(_TABLE.c.intent_key == intent_key)).mappings().first()
            )
            if known is not None:
                return _same_intent(_message(dict(known)), chain_id, sender, target, data)
            last = connection.execute(
                select(_TABLE.c.nonce)
                .where(_TABLE.c.chain_id == chain_id, _TABLE.c.sender == sender)
                .order_by(_TABLE.c.nonce.desc())
                .limit(1)
            ).scalar()
            values: dict[str, Any] = {
                "chain_id": chain_id,
                "sender": sender,
                "nonce": chain_nonce if last is None else max(chain_nonce, last + 1),
                "intent_key": intent_key,
                "target": target,
                "data": data,
                "most_cost_wei": None if most_cost_wei is None else Decimal(most_cost_wei),
                "status": str(MessageStatus.PLANNED),
            }
            row = connection.execute(insert(_TABLE).values(**values).returning(*_TABLE.c)).mappings().one()
            return _message(dict(row))

    def sign(self, message: Message, raw: bytes, transaction_hash: str) -> Message:
        """Commits the signed bytes: from now on every resend of this transaction is byte-identical."""
        changes = {"status": str(MessageStatus.SIGNED), "raw": raw, "transaction_hash": transaction_hash}
        return self._advance(message, (MessageStatus.PLANNED,), changes)

    def replace(self, message: Message, raw: bytes, transaction_hash: str) -> Message:
        """Commits another transaction of the same nonce and content; the replaced one may still be mined."""
        with transaction(self._engine) as connection:
            _keep_replaced(connection, message)
            changes = {
                "status": str(MessageStatus.SIGNED),
                "raw": raw,
                "transaction_hash": transaction_hash,
                "broadcast_at": None,
            }
            statement = self._advancing(message, (MessageStatus.SIGNED, MessageStatus.ACCEPTED), changes)
            return _advanced(connection.execute(statement).mappings().first(), message, changes)

    def replaced_hashes(self, message: Message) -> list[str]:
        """Transactions that this message's present one replaced."""
        statement = select(tables.replaced.c.transaction_hash).where(
            tables.replaced.c.message_id == message.id
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(statement).scalars())

    def accept(self, message: Message, at: int) -> Message:
        """A node has taken the message at unix second `at`."""
        changes = {"status": str(MessageStatus.ACCEPTED), "broadcast_at": at}
        return self._advance(message, (MessageStatus.SIGNED, MessageStatus.ACCEPTED), changes)

    def wait(self, message: Message, at: int) -> Message:
        """Tried at unix second `at`, to no effect; tried again when patience runs out."""
        return self._advance(message, (MessageStatus.SIGNED, MessageStatus.ACCEPTED), {"broadcast_at": at})

    def mine(self, message: Message, inclusion: Inclusion) -> Message:
        """The message is in a block and succeeded, by the transaction that the inclusion names."""
        return self._include(message, inclusion, {"status": str(MessageStatus.MINED)})

    def fail(self, message: Message, error: str, inclusion: Inclusion | None = None) -> Message:
        """The message reverted in a block, or can never be mined; the reason is kept."""
        changes = {"status": str(MessageStatus.FAILED), "error": error}
        if inclusion is None:
            return self._advance(message, PENDING, changes)
        return self._include(message, inclusion, changes)

    def reopen(self, message: Message) -> Message:
        """The block that had the message is no longer of the chain: the same bytes are to be sent again."""
        changes = dict.fromkeys(("block_number", "block_hash", "gas_used", "error", "broadcast_at"))
        allowed = (MessageStatus.MINED, MessageStatus.FAILED)
        return self._advance(message, allowed, {**changes, "status": str(MessageStatus.SIGNED)})

    def confirm(self, message: Message) -> Message:
        """The message's block lies deep enough not to be looked at again."""
        return self._advance(message, (MessageStatus.MINED, MessageStatus.FAILED), {"confirmed": True})

    def discard(self, message: Message) -> None:
        """Removes a message that was planned and never signed, so that its nonce is free again."""
        with transaction(self._engine) as connection:
            statement = _TABLE.delete().where(
                _TABLE.c.id == message.id, _TABLE.c.status == str(MessageStatus.PLANNED)
            )
            if connection.execute(statement).rowcount != 1:
                raise StoreError(f"message {message.intent_key} is past planning and may not be discarded")

    def pending(self, chain_id: int, sender: str) -> list[Message]:
        """Messages not yet mined or failed, by nonce."""
        statement = select(_TABLE).where(
            _TABLE.c.chain_id == chain_id,
            _TABLE.c.sender == sender,
            _TABLE.c.status.in_([str(status) for status in PENDING]),
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(statement.order_by(_TABLE.c.nonce)).mappings().all()
        return [_message(dict(row)) for row in rows]

    def unconfirmed(self, chain_id: int, sender: str) -> list[Message]:
        """Messages in blocks that a reorganisation may still take back, by nonce."""
        statement = select(_TABLE).where(
            _TABLE.c.chain_id == chain_id,
            _TABLE.c.sender == sender,
            _TABLE.c.block_hash.is_not(None),
            _TABLE.c.confirmed.is_(False),
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(statement.order_by(_TABLE.c.nonce)).mappings().all()
        return [_message(dict(row)) for row in rows]

    def offered_since(self, chain_id: int, sender: str, at: int) -> int:
        """Wei that the sender's transactions handed to a node since unix second `at` may have cost at most."""
        query = select(_TABLE.c.most_cost_wei).where(
            _TABLE.c.chain_id == chain_id, _TABLE.c.sender == sender, _TABLE.c.broadcast_at >= at
        )
        with self._engine.connect() as connection:
            return sum(int(bound) for bound in connection.execute(query).scalars() if bound is not None)

    def find(self, intent_key: str) -> Message | None:
        with transaction(self._engine) as connection:
            row = (
                connection.execute(select(_TABLE).where(_TABLE.c.intent_key == intent_key)).mappings().first()
            )
        return None if row is None else _message(dict(row))

    def _include(self, message: Message, inclusion: Inclusion, changes: dict[str, Any]) -> Message:
        changes |= {
            "block_number": inclusion.block_number,
            "block_hash": inclusion.block_hash,
            "gas_used": inclusion.gas_used,
        }
        with transaction(self._engine) as connection:
            if inclusion.transaction_hash != message.transaction_hash:
                changes |= _adopted(connection, message, inclusion.transaction_hash)
            statement = self._advancing(message, PENDING, changes)
            return _advanced(connection.execute(statement).mappings().first(), message, changes)

    def _advance(
        self, message: Message, allowed: Sequence[MessageStatus], changes: dict[str, Any]
    ) -> Message:
        with transaction(self._engine) as connection:
            statement = self._advancing(message, allowed, changes)
            return _advanced(connection.execute(statement).mappings().first(), message, changes)

    @staticmethod
    def _advancing(
        message: Message, allowed: Sequence[MessageStatus], changes: dict[str, Any]
    ) -> ReturningUpdate[Any]:
        return (
            update(_TABLE)
            .where(_TABLE.c.id == message.id, _TABLE.c.status.in_([str(status) for status in allowed]))
            .values(**changes)
            .returning(*_TABLE.c)
        )


def _advanced(row: RowMapping | None, message: Message, changes: dict[str, Any]) -> Message:
    if row is None:
        goal = changes.get("status", "confirmed")
        raise StoreError(f"message {message.intent_key} cannot go to {goal} from where it is")
    return _message(dict(row))


def _keep_replaced(connection: Connection, message: Message) -> None:
    values = {
        "transaction_hash": message.transaction_hash,
        "message_id": message.id,
        "raw": message.raw,
    }
    connection.execute(insert(tables.replaced).values(**values))


def _adopted(connection: Connection, message: Message, transaction_hash: str) -> dict[str, Any]:
    """Makes a replaced transaction the message's present one: it was mined after all."""
    kept = tables.replaced.c
    chosen = (kept.transaction_hash == transaction_hash) & (kept.message_id == message.id)
    raw = connection.execute(select(kept.raw).where(chosen)).scalar_one()
    connection.execute(tables.replaced.delete().where(chosen))
    _keep_replaced(connection, message)
    return {"raw": raw, "transaction_hash": transaction_hash}


def _message(row: dict[str, Any]) -> Message:
    return Message(**{**row, "status": MessageStatus(row["status"])})


def _same_intent(known: Message, chain_id: int, sender: str, target: str, data: bytes) -> Message:
    if (known.chain_id, known.sender, known.target, known.data) != (chain_id, sender, target, data):
        raise StoreError(
            f"intent {known.intent_key} was planned with other content: give a new intent a new key"
        )
    return known
