"""A backend that lags has no receipt of what is mined: no reason to hold the nonce for a stranger's."""

from __future__ import annotations

import asyncio

import pytest

from keeper.chain import AnvilControl, Rpc
from keeper.outbox import Endpoint, Outbox, Patience
from keeper.store import MessageStatus
from tests.chaos.fault_proxy import FaultProxy
from tests.keeper.outbox.test_outbox import CHAIN_ID, COUNTER, SIGNER, count, messages, rpc  # noqa: F401 - fixtures

pytestmark = pytest.mark.chain


class PutBack:
    """A machine's clock that is put back."""

    def __init__(self):
        self.at = 10_000

    def now(self):
        return self.at


def box_over(node, table, **changes):
    endpoint = Endpoint(node=node, sender=SIGNER.address)
    return Outbox(endpoint=endpoint, messages=table, signer=SIGNER, chain_id=CHAIN_ID, **changes)


async def test_a_mined_message_is_not_failed_while_its_receipt_is_unknown(rpc, messages):  # noqa: F811
    control = AnvilControl(rpc)
    await control.mine(20)
    async with FaultProxy(rpc.url) as proxy, Rpc(proxy.url, retries=0) as lagging:
        box = box_over(lagging, messages, patience=Patience(replace_after_seconds=0))
        await control.set_automine(False)
        await box.send("a", COUNTER, b"")
        proxy.fault = "stale_head"
        await lagging.call("eth_blockNumber")  # from here on its head stands still
        await control.mine()
        for _ in range(3):
            (message,) = await box.tend()
            assert message.status is not MessageStatus.FAILED
        proxy.fault = ""
        await control.set_automine(True)
        assert (await box.deliver("a", COUNTER, b"")).status is MessageStatus.MINED
        assert await count(rpc) == 1


async def test_patience_begins_anew_when_the_clock_is_put_back(rpc, messages):  # noqa: F811
    control, clock = AnvilControl(rpc), PutBack()
    box = box_over(rpc, messages, patience=Patience(replace_after_seconds=5), clock=clock)
    await control.set_automine(False)
    first = await box.send("a", COUNTER, b"")
    clock.at = 1_000
    await box.tend()
    clock.at = 1_006
    (replaced,) = await box.tend()
    assert replaced.transaction_hash != first.transaction_hash
    await control.mine()
    await asyncio.sleep(0)
    assert [message.status for message in await box.tend()] == [MessageStatus.MINED]
