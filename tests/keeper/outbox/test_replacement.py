"""Stuck, dropped, replaced, lost and reorganised transactions, on a real anvil behind strict pool rules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keeper.chain import Anvil, AnvilControl, Rpc, find_anvil
from keeper.clock import ManualClock
from keeper.errors import ChainUnreachable
from keeper.outbox import Endpoint, Outbox, Patience, Transaction
from keeper.signing import KeystoreSigner
from keeper.store import MessageStatus, MessageTable, Store
from tests.keeper.outbox.pool_rules import PoolRules

pytestmark = pytest.mark.chain

REPOSITORY = Path(__file__).parents[3]
CHAIN_ID = 31_337
SIGNER = KeystoreSigner.from_secret(0xBEEF)
COUNTER = "0x00000000000000000000000000000000000c0de1"
COUNTING_CODE = "0x60016000540160005500"  # sstore(0, sload(0) + 1)
PATIENCE = Patience(replace_after_seconds=30, confirmations=3)
GWEI = 10**9


class Scene:
    def __init__(self, rpc, rules, messages):
        self.rpc, self.rules, self.messages = rpc, rules, messages
        self.clock, self.control = ManualClock(1_000), AnvilControl(rpc)
        self.node = Rpc(rules.url, retries=0)
        self.box = self.restarted()

    def restarted(self, relay=None):
        return Outbox(
            endpoint=Endpoint(node=self.node, sender=SIGNER.address, relay=relay),
            messages=self.messages,
            signer=SIGNER,
            chain_id=CHAIN_ID,
            patience=PATIENCE,
            clock=self.clock,
        )

    async def later(self, seconds=30):
        self.clock.set(self.clock.now() + seconds)
        return await self.box.tend()

    async def count(self):
        return int(await self.rpc.call("eth_getStorageAt", COUNTER, "0x0", "latest"), 16)


@pytest.fixture
async def scene(tmp_path):
    store = Store.open(tmp_path / "keeper.db")
    async with (
        await Anvil.start(find_anvil(os.environ.get("PATH"), REPOSITORY)) as anvil,
        Rpc(anvil.url) as rpc,
        PoolRules(anvil.url) as rules,
    ):
        await AnvilControl(rpc).set_balance(SIGNER.address, 10**20)
        await rpc.call("anvil_setCode", COUNTER, COUNTING_CODE)
        await AnvilControl(rpc).set_automine(False)
        made = Scene(rpc, rules, MessageTable(store.engine))
        yield made
        await made.node.close()
    store.close()


async def test_a_stuck_transaction_is_outbid_until_it_is_mined_once(scene):
    first = await scene.box.send("a", COUNTER, b"")
    await scene.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))
    await scene.control.mine()
    (second,) = await scene.later()
    assert second.nonce == first.nonce
    assert second.transaction_hash != first.transaction_hash
    before, after = Transaction.parse(first.raw).fees, Transaction.parse(second.raw).fees
    assert after.max_fee * 1_000 >= before.max_fee * 1_125
    assert after.max_fee >= 200 * GWEI  # the market of the moment, with room
    await scene.control.mine()
    assert (await scene.box.tend())[0].status is MessageStatus.MINED
    assert await scene.count() == 1


async def test_patience_is_not_replaced(scene):
    first = await scene.box.send("a", COUNTER, b"")
    assert await scene.later(29) == [first]


async def test_replacements_stop_at_the_bound_on_cost(scene):
    gas = 60_000
    bound = gas * 4 * GWEI
    sent = await scene.box.send("a", COUNTER, b"", most_cost_wei=bound)
    for _ in range(12):
        (sent,) = await scene.later()
        offered = Transaction.parse(sent.raw)
        assert offered.gas * offered.fees.max_fee <= bound
    assert len(scene.messages.replaced_hashes(sent)) < 12
    await scene.control.mine()
    assert (await scene.box.tend())[0].status is MessageStatus.MINED
    assert await scene.count() == 1


async def test_an_earlier_transaction_that_is_mined_after_all_is_recognised(scene):
    first = await scene.box.send("a", COUNTER, b"")
    scene.rules.swallow = True
    (second,) = await scene.later()
    scene.rules.swallow = False
    assert second.transaction_hash != first.transaction_hash
    await scene.control.mine()
    (mined,) = await scene.box.tend()
    assert (mined.status, mined.transaction_hash, mined.raw) == (
        MessageStatus.MINED,
        first.transaction_hash,
        first.raw,
    )
    assert scene.messages.replaced_hashes(mined) == [second.transaction_hash]
    assert await scene.count() == 1


async def test_a_dropped_transaction_is_handed_in_again_byte_identical(scene):
    sent = await scene.box.send("a", COUNTER, b"")
    await scene.rpc.call("anvil_dropTransaction", sent.transaction_hash)
    (again,) = await scene.later()
    assert again.raw == sent.raw
    await scene.control.mine()
    assert (await scene.box.tend())[0].status is MessageStatus.MINED
    assert await scene.count() == 1


async def test_a_reply_lost_after_acceptance_is_settled_by_the_hash(scene):
    scene.rules.lose_reply = True
    with pytest.raises(ChainUnreachable):
        await scene.box.send("a", COUNTER, b"")
    scene.rules.lose_reply = False
    assert scene.messages.find("a").status is MessageStatus.SIGNED
    box = scene.restarted()
    (known,) = await box.tend()
    assert known.status is MessageStatus.ACCEPTED
    await scene.control.mine()
    await box.tend()
    assert await scene.count() == 1


async def test_a_reorganised_transaction_is_open_again_and_mined_again(scene):
    sent = await scene.box.send("a", COUNTER, b"")
    state = await scene.rpc.call("evm_snapshot")
    await scene.control.mine()
    assert (await scene.box.tend())[0].status is MessageStatus.MINED
    await scene.rpc.call("evm_revert", state)
    await scene.rpc.call("anvil_dropTransaction", sent.transaction_hash)
    await scene.control.mine()  # the other branch, without it
    assert await scene.count() == 0
    (again,) = await scene.box.tend()
    assert again.raw == sent.raw
    await scene.control.mine()
    await scene.box.tend()
    assert await scene.count() == 1


async def test_a_deep_block_is_not_looked_at_again(scene):
    await scene.box.send("a", COUNTER, b"")
    await scene.control.mine()
    await scene.box.tend()
    await scene.control.mine(2)
    await scene.box.tend()
    assert [m.confirmed for m in scene.messages.unconfirmed(CHAIN_ID, SIGNER.address)] == [False]
    await scene.control.mine()
    await scene.box.tend()
    assert scene.messages.unconfirmed(CHAIN_ID, SIGNER.address) == []


async def test_a_base_fee_that_rises_before_the_first_broadcast_is_met_at_once(scene):
    box, endpoint = scene.box, scene.box._endpoint
    honest = endpoint.fees

    async def before_the_spike():
        fees = await honest()
        await scene.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(fees.max_fee * 20))
        await scene.control.mine()
        endpoint.fees = honest
        return fees

    endpoint.fees = before_the_spike
    sent = await box.send("a", COUNTER, b"")
    assert sent.status is MessageStatus.ACCEPTED
    assert len(scene.messages.replaced_hashes(sent)) == 1
    await scene.control.mine()
    assert (await box.tend())[0].status is MessageStatus.MINED


async def test_a_relay_gets_it_first_and_the_node_after_the_first_silence(scene):
    async with PoolRules(scene.rpc.url) as relay_rules, Rpc(relay_rules.url, retries=0) as relay:
        relay_rules.swallow = True
        box = scene.restarted(relay)
        sent = await box.send("a", COUNTER, b"")
        assert (len(relay_rules.taken), len(scene.rules.taken)) == (1, 0)
        scene.clock.set(scene.clock.now() + 30)
        await box.tend()
        assert scene.rules.taken == [sent.raw]
        await scene.control.mine()
        assert (await box.tend())[0].status is MessageStatus.MINED
    assert await scene.count() == 1


async def test_a_stuck_first_message_does_not_hide_the_second(scene):
    await scene.box.send("a", COUNTER, b"")
    await scene.box.send("b", COUNTER, b"")
    await scene.later()
    await scene.control.mine()
    assert [m.status for m in await scene.box.tend()] == [MessageStatus.MINED, MessageStatus.MINED]
    assert await scene.count() == 2
