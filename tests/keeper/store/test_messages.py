"""The outbox table: nonces are contiguous, intents unique, and signed bytes never change."""

from __future__ import annotations

import pytest

from keeper.errors import StoreError
from keeper.store import Inclusion, MessageStatus, MessageTable

SENDER = "0x" + "11" * 20
TARGET = "0x" + "22" * 20
HASH = "0x" + "33" * 32


@pytest.fixture
def table(store):
    return MessageTable(store.engine)


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
    message = table.accept(message, 7)
    assert table.pending(1, SENDER) == [message]
    mined = table.mine(message, Inclusion(HASH, 12, "0x" + "44" * 32, 21_000))
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


def test_a_replacement_keeps_its_predecessor_and_either_may_be_mined(table):
    first = table.accept(table.sign(plan(table, "a"), b"first", HASH), 7)
    second = table.replace(first, b"second", "0x" + "55" * 32)
    assert (second.status, second.broadcast_at, second.nonce) == (MessageStatus.SIGNED, None, first.nonce)
    assert table.replaced_hashes(second) == [HASH]
    mined = table.mine(second, Inclusion(HASH, 12, "0x" + "44" * 32, 21_000))
    assert (mined.raw, mined.transaction_hash) == (b"first", HASH)
    assert table.replaced_hashes(mined) == ["0x" + "55" * 32]


def test_a_reorganisation_opens_a_message_again_until_it_is_confirmed(table):
    signed = table.sign(plan(table, "a"), b"raw", HASH)
    mined = table.mine(signed, Inclusion(HASH, 12, "0x" + "44" * 32, 21_000))
    assert table.unconfirmed(1, SENDER) == [mined]
    opened = table.reopen(mined)
    assert (opened.status, opened.raw, opened.block_hash) == (MessageStatus.SIGNED, b"raw", None)
    assert table.pending(1, SENDER) == [opened]
    again = table.mine(opened, Inclusion(HASH, 13, "0x" + "66" * 32, 21_000))
    assert table.confirm(again).confirmed
    assert table.unconfirmed(1, SENDER) == []


def test_the_bound_on_cost_is_kept_to_the_wei(table):
    bound = 10**24 + 1  # beyond a database's 64 bits
    planned = table.plan(
        chain_id=1, sender=SENDER, intent_key="a", target=TARGET, data=b"", chain_nonce=0, most_cost_wei=bound
    )
    assert table.find("a") == planned
    assert planned.most_cost_wei == bound
