"""The outbox against a real anvil, with the process dying between any two steps."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from keeper.chain import Anvil, AnvilControl, Rpc, find_anvil
from keeper.errors import ChainError, ChainUnreachable, SignerUnavailable, TransactionFailed
from keeper.outbox import Endpoint, Fees, Outbox, Transaction
from keeper.signing import KeystoreSigner
from keeper.store import MessageStatus, MessageTable, Store

pytestmark = pytest.mark.chain

REPOSITORY = Path(__file__).parents[3]
CHAIN_ID = 31_337
SIGNER = KeystoreSigner.from_secret(0xBEEF)
COUNTER = "0x00000000000000000000000000000000000c0de1"
REFUSER = "0x00000000000000000000000000000000000c0de2"
COUNTING_CODE = "0x60016000540160005500"  # sstore(0, sload(0) + 1)
REFUSING_CODE = "0x60006000fd"  # revert(0, 0)


@pytest.fixture
async def rpc():
    async with (
        await Anvil.start(find_anvil(os.environ.get("PATH"), REPOSITORY)) as anvil,
        Rpc(anvil.url) as rpc,
    ):
        await AnvilControl(rpc).set_balance(SIGNER.address, 10**20)
        await rpc.call("anvil_setCode", COUNTER, COUNTING_CODE)
        await rpc.call("anvil_setCode", REFUSER, REFUSING_CODE)
        yield rpc


@pytest.fixture
def messages(tmp_path):
    store = Store.open(tmp_path / "keeper.db")
    yield MessageTable(store.engine)
    store.close()


def outbox(rpc, messages):
    endpoint = Endpoint(node=rpc, sender=SIGNER.address)
    return Outbox(endpoint=endpoint, messages=messages, signer=SIGNER, chain_id=CHAIN_ID)


async def settled(box, key="a"):
    """The message once it is mined or has failed: a node answers a send before it mines."""
    return await box.deliver(key, COUNTER, b"", timeout_seconds=30)


async def count(rpc):
    return int(await rpc.call("eth_getStorageAt", COUNTER, "0x0", "latest"), 16)


async def test_a_message_is_delivered_once_however_often_it_is_sent(rpc, messages):
    box = outbox(rpc, messages)
    first = await box.deliver("a", COUNTER, b"")
    assert first.status is MessageStatus.MINED
    assert first.gas_used > 21_000
    assert await outbox(rpc, messages).deliver("a", COUNTER, b"") == first
    assert await count(rpc) == 1


async def test_messages_are_sent_in_sequence(rpc, messages):
    box = outbox(rpc, messages)
    delivered = [await box.deliver(key, COUNTER, b"") for key in "abc"]
    assert [message.nonce for message in delivered] == [0, 1, 2]
    assert await count(rpc) == 3


async def test_a_call_that_would_revert_leaves_nothing_behind(rpc, messages):
    with pytest.raises(TransactionFailed):
        await outbox(rpc, messages).send("a", REFUSER, b"")
    assert messages.find("a") is None
    assert messages.pending(CHAIN_ID, SIGNER.address) == []


async def test_a_message_signed_before_a_crash_is_sent_byte_identical_after_it(rpc, messages):
    planned = messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    transaction = Transaction(CHAIN_ID, 0, Fees(5_000_000_000, 1_000_000_000), 60_000, COUNTER, b"")
    raw, transaction_hash = transaction.sign(SIGNER)
    messages.sign(planned, raw, transaction_hash)
    box = outbox(rpc, messages)
    await box.tend()
    message = await settled(box)
    assert (message.status, message.transaction_hash) == (MessageStatus.MINED, "0x" + keccak(raw).hex())
    assert await count(rpc) == 1


async def test_a_crash_after_the_broadcast_does_not_send_twice(rpc, messages):
    control = AnvilControl(rpc)
    await control.set_automine(False)
    planned = messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    raw, transaction_hash = Transaction(
        CHAIN_ID, 0, Fees(5_000_000_000, 1_000_000_000), 60_000, COUNTER, b""
    ).sign(SIGNER)
    messages.sign(planned, raw, transaction_hash)
    await rpc.call("eth_sendRawTransaction", "0x" + raw.hex())  # taken, and then the lights went out
    box = outbox(rpc, messages)
    assert [message.status for message in await box.tend()] == [MessageStatus.ACCEPTED]
    await control.mine()
    assert [message.status for message in await box.tend()] == [MessageStatus.MINED]
    assert await count(rpc) == 1


class Absent:
    """A remote signer that does not answer."""

    address = SIGNER.address

    async def sign(self, preimage):
        raise SignerUnavailable("the signer cannot be reached")


async def test_what_no_signer_signed_leaves_its_nonce_to_the_next(rpc, messages):
    endpoint = Endpoint(node=rpc, sender=SIGNER.address)
    box = Outbox(endpoint=endpoint, messages=messages, signer=Absent(), chain_id=CHAIN_ID)
    with pytest.raises(SignerUnavailable):
        await box.send("a", COUNTER, b"")
    assert messages.find("a") is None
    assert (await outbox(rpc, messages).deliver("b", COUNTER, b"")).nonce == 0
    assert await count(rpc) == 1


async def test_a_message_planned_and_never_signed_frees_its_nonce(rpc, messages):
    messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    box = outbox(rpc, messages)
    assert await box.tend() == []
    assert (await box.deliver("b", COUNTER, b"")).nonce == 0


async def test_a_nonce_taken_by_a_stranger_fails_the_message(rpc, messages):
    planned = messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    fees = Fees(5_000_000_000, 1_000_000_000)
    messages.sign(planned, *Transaction(CHAIN_ID, 0, fees, 60_000, COUNTER, b"\x01").sign(SIGNER))
    stranger, _ = Transaction(CHAIN_ID, 0, fees, 60_000, COUNTER, b"\x02").sign(SIGNER)
    await rpc.call("eth_sendRawTransaction", "0x" + stranger.hex())
    await AnvilControl(rpc).mine()
    box = outbox(rpc, messages)
    assert [message.status for message in await box.tend()] == [MessageStatus.FAILED]
    assert await box.tend() == []
    assert (await box.deliver("b", COUNTER, b"")).nonce == 1


async def test_a_revert_in_the_block_is_kept_with_its_reason(rpc, messages):
    control = AnvilControl(rpc)
    box = outbox(rpc, messages)
    await control.set_automine(False)
    await box.send("a", COUNTER, b"")
    await rpc.call("anvil_setCode", COUNTER, REFUSING_CODE)
    await control.mine()
    (message,) = await box.tend()
    assert (message.status, message.block_number) == (MessageStatus.FAILED, 1)
    assert "revert" in message.error
    with pytest.raises(TransactionFailed, match="a failed in block 1"):
        await box.deliver("a", COUNTER, b"")


async def test_a_sender_without_funds_is_refused_and_the_message_kept_for_later(rpc, messages):
    control = AnvilControl(rpc)
    box = outbox(rpc, messages)
    planned = messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    fees = Fees(5_000_000_000, 1_000_000_000)
    messages.sign(planned, *Transaction(CHAIN_ID, 0, fees, 60_000, COUNTER, b"").sign(SIGNER))
    await control.set_balance(SIGNER.address, 0)
    with pytest.raises(ChainError, match="stays in the outbox"):
        await box.tend()
    await control.set_balance(SIGNER.address, 10**18)
    await box.tend()
    assert (await settled(box)).status is MessageStatus.MINED


async def test_a_dead_node_leaves_the_message_committed(rpc, messages):
    planned = messages.plan(
        chain_id=CHAIN_ID, sender=SIGNER.address, intent_key="a", target=COUNTER, data=b"", chain_nonce=0
    )
    fees = Fees(5_000_000_000, 1_000_000_000)
    messages.sign(planned, *Transaction(CHAIN_ID, 0, fees, 60_000, COUNTER, b"").sign(SIGNER))
    async with Rpc("http://127.0.0.1:1", retries=0) as dead:
        with pytest.raises(ChainUnreachable):
            await outbox(dead, messages).tend()
    assert messages.find("a").status is MessageStatus.SIGNED
    box = outbox(rpc, messages)
    await box.tend()
    assert (await settled(box)).status is MessageStatus.MINED


async def test_a_message_the_node_lost_after_accepting_it_is_sent_again(rpc, messages):
    control, box = AnvilControl(rpc), outbox(rpc, messages)
    await control.set_automine(False)
    message = await box.send("a", COUNTER, b"")
    assert message.status is MessageStatus.ACCEPTED
    await rpc.call("anvil_dropTransaction", message.transaction_hash)
    await control.mine()
    assert await count(rpc) == 0
    await box.tend()
    await control.mine()
    assert (await settled(box)).transaction_hash == message.transaction_hash
    assert await count(rpc) == 1


async def test_a_message_not_mined_in_time_stays_in_the_outbox(rpc, messages):
    control, box = AnvilControl(rpc), outbox(rpc, messages)
    await control.set_automine(False)
    with pytest.raises(ChainUnreachable, match="stays in the outbox"):
        await box.deliver("a", COUNTER, b"", timeout_seconds=0.2)
    await control.mine()
    assert (await settled(box)).status is MessageStatus.MINED
    assert await count(rpc) == 1


async def test_a_message_that_is_tended_while_it_is_delivered_is_delivered(rpc, messages):
    control, box = AnvilControl(rpc), outbox(rpc, messages)
    await control.set_automine(False)
    delivery = asyncio.create_task(box.deliver("a", COUNTER, b"", poll_seconds=0.5))
    while (found := messages.find("a")) is None or found.status is not MessageStatus.ACCEPTED:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)  # the delivery has looked once and sleeps
    await control.mine()
    assert [message.status for message in await box.tend()] == [MessageStatus.MINED]
    assert (await delivery).status is MessageStatus.MINED
    assert await count(rpc) == 1
