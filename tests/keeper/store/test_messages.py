"""The outbox table: nonces are contiguous, intents unique, and signed bytes never change."""

from __future__ import annotations

import pytest

from keeper.errors import StoreError
from keeper.store import MessageStatus, MessageTable, Store

SENDER = "0x" + "11" * 20
TARGET = "0x" + "22" * 20
HASH = "0x" + "33" * 32


@pytest.fixture
def table(tmp_path):
    store = Store.open(tmp_path / "keeper.db")
    yield MessageTable(store.engine)
    store.close()


def plan(table, key, chain_nonce=5, data=b"\x01"):
    return table.plan(
        chain_id=1, sender=SENDER, intent_key=key, target=TARGET, data=data, chain_nonce=chain_nonce
    )


def test_nonces_start_at_the_chains_and_are_contiguous(table):
    assert [plan(table, key).nonce for key in "abc"] == [5, 6, 7]


def test_a_chain_that_went_ahead_is_followed(table):
    plan(table, "a")
    assert plan(table, "b", chain_nonce=9).nonce == 9


def test_the_same_intent_is_planned_once(table):
    assert plan(table, "a") == plan(table, "a")


def test_the_same_key_with_other_content_is_refused(table):
    plan(table, "a")
    with pytest.raises(StoreError, match="other content"):
        plan(table, "a", data=b"\x02")


def test_a_message_goes_through_its_states_once(table):
    message = table.sign(plan(table, "a"), b"raw", HASH)
    with pytest.raises(StoreError):
        table.sign(message, b"other bytes", HASH)
    message = table.accept(message)
    assert table.pending(1, SENDER) == [message]
    mined = table.mine(message, 12, 21_000)
    assert (mined.status, mined.raw, mined.block_number) == (MessageStatus.MINED, b"raw", 12)
    assert table.pending(1, SENDER) == []
    with pytest.raises(StoreError):
        table.fail(mined, "too late")


def test_only_a_message_never_signed_may_be_discarded(table):
    message = plan(table, "a")
    table.discard(message)
    assert plan(table, "b").nonce == message.nonce
    signed = table.sign(table.find("b"), b"raw", HASH)
    with pytest.raises(StoreError):
        table.discard(signed)


def test_senders_have_their_own_nonces(table):
    plan(table, "a")
    other = table.plan(chain_id=1, sender=TARGET, intent_key="other", target=TARGET, data=b"", chain_nonce=0)
    assert other.nonce == 0
