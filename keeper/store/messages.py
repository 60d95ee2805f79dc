"""The outbox table: hands out nonces; every step of a transaction is committed before it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, insert, select, update

from keeper.errors import StoreError
from keeper.store import tables
from keeper.store.database import transaction
from keeper.store.records import PENDING, Message, MessageStatus

_TABLE = tables.outbox


class MessageTable:
    """Durable transactions of the senders of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(
        self, *, chain_id: int, sender: str, intent_key: str, target: str, data: bytes, chain_nonce: int
    ) -> Message:
        """Commits an intent with the sender's next nonce: the last planned plus one, at least the chain's.

        The same `intent_key` gives the message already planned, so a restarted caller never sends twice.
        """
        with transaction(self._engine) as connection:
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
                "status": str(MessageStatus.PLANNED),
            }
            row = connection.execute(insert(_TABLE).values(**values).returning(*_TABLE.c)).mappings().one()
            return _message(dict(row))

    def sign(self, message: Message, raw: bytes, transaction_hash: str) -> Message:
        """Commits the signed bytes; a message is signed once, so that every resend is byte-identical."""
        changes = {"status": str(MessageStatus.SIGNED), "raw": raw, "transaction_hash": transaction_hash}
        return self._advance(message, (MessageStatus.PLANNED,), changes)

    def accept(self, message: Message) -> Message:
        """The node has taken the message."""
        changes = {"status": str(MessageStatus.ACCEPTED)}
        return self._advance(message, (MessageStatus.SIGNED, MessageStatus.ACCEPTED), changes)

    def mine(self, message: Message, block_number: int, gas_used: int) -> Message:
        """The message is in a block and succeeded."""
        changes = {"status": str(MessageStatus.MINED), "block_number": block_number, "gas_used": gas_used}
        return self._advance(message, PENDING, changes)

    def fail(
        self, message: Message, error: str, block_number: int | None = None, gas_used: int | None = None
    ) -> Message:
        """The message reverted or can never be mined; the reason is kept."""
        changes = {
            "status": str(MessageStatus.FAILED),
            "error": error,
            "block_number": block_number,
            "gas_used": gas_used,
        }
        return self._advance(message, PENDING, changes)

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

    def find(self, intent_key: str) -> Message | None:
        with transaction(self._engine) as connection:
            row = (
                connection.execute(select(_TABLE).where(_TABLE.c.intent_key == intent_key)).mappings().first()
            )
        return None if row is None else _message(dict(row))

    def _advance(
        self, message: Message, allowed: Sequence[MessageStatus], changes: dict[str, Any]
    ) -> Message:
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id == message.id, _TABLE.c.status.in_([str(status) for status in allowed]))
            .values(**changes)
            .returning(*_TABLE.c)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(statement).mappings().first()
        if row is None:
            raise StoreError(
                f"message {message.intent_key} cannot go to {changes['status']} from where it is"
            )
        return _message(dict(row))


def _message(row: dict[str, Any]) -> Message:
    return Message(**{**row, "status": MessageStatus(row["status"])})


def _same_intent(known: Message, chain_id: int, sender: str, target: str, data: bytes) -> Message:
    if (known.chain_id, known.sender, known.target, known.data) != (chain_id, sender, target, data):
        raise StoreError(
            f"intent {known.intent_key} was planned with other content: give a new intent a new key"
        )
    return known
