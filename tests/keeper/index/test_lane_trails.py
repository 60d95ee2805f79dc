"""Rounds are indexed on their lane's own trail, verdicts taken up by proofs by the account's own count."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from keeper.chain import AuditEvent, Block, Contract
from keeper.chain.abi import Artifact, Entry
from keeper.errors import IndexIncomplete
from keeper.index import Follower
from keeper.store import EventTable, Store
from tests.keeper.index.ledger_node import AUDIT_TRAIL

LANE_TRAIL = Entry.parse(
    {
        "type": "function",
        "name": "laneTrail",
        "inputs": [{"name": "lane", "type": "uint8"}],
        "outputs": [{"name": "seq", "type": "uint64"}, {"name": "runningHash", "type": "bytes24"}],
    }
)
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
CONTRACTS = {"SignedLanes": Contract(ADDRESS, Artifact("SignedLanes", (AUDIT_TRAIL, LANE_TRAIL), b""))}
NOTHING = (0, bytes(24))


def event(name, seq, running, payload, index, **arguments):
    return AuditEvent(
        contract="SignedLanes",
        address=ADDRESS,
        name=name,
        arguments=arguments,
        seq=seq,
        running_hash=running,
        payload_hash=payload,
        block_number=1,
        log_index=index,
        transaction_hash=f"0x{index:064x}",
    )


def chained(before, seq):
    payload = keccak(seq.to_bytes(8, "big"))
    return keccak(before + seq.to_bytes(8, "big") + payload)[:24], payload


class Lanes:
    """Two rounds of lane 0, one of lane 4, two proofs of account 9; `counts` is what the contract says."""

    def __init__(self):
        first, one = chained(bytes(24), 1)
        second, two = chained(first, 2)
        self.logs = [
            event("RoundAccepted", 1, first, one, 0, lane=0, rowsHash=b"\x01"),
            event("RoundAccepted", 1, first, one, 1, lane=4, rowsHash=b"\x02"),
            event("RoundAccepted", 2, second, two, 2, lane=0, rowsHash=b"\x03"),
            event("MarginProven", 0, bytes(24), bytes(32), 3, account=9, laneSeq=1, attestation=5 << 64 | 1),
            event("MarginProven", 0, bytes(24), bytes(32), 4, account=9, laneSeq=1, attestation=5 << 64 | 2),
        ]
        self.counts = {0: (2, second), 4: (1, first)}

    async def events(self, _first, _last):
        return self.logs

    async def block(self, number):
        return Block(number, f"0x{number:064x}", number)

    def doubt(self, reason):
        """There is no other."""

    async def call_many(self, calls, *, block):
        assert block.number == 1
        return [self.counts.get(call.arguments[0], NOTHING) if call.arguments else NOTHING for call in calls]


async def indexed(node, path):
    store = Store.open(path / "index.db")
    table = EventTable(store.engine)
    follower = Follower(events=node, caller=node, contracts=CONTRACTS, table=table, first_block=0)
    try:
        await follower.advance(await node.block(1))
        return {
            name: [(record.seq, record.name) for record in table.events(name)]
            for name in ("SignedLanes lane 0", "SignedLanes lane 4", "SignedLanes proofs of 9")
        }
    finally:
        store.close()


async def test_each_lane_and_each_proven_account_has_its_place(tmp_path):
    assert await indexed(Lanes(), tmp_path) == {
        "SignedLanes lane 0": [(1, "RoundAccepted"), (2, "RoundAccepted")],
        "SignedLanes lane 4": [(1, "RoundAccepted")],
        "SignedLanes proofs of 9": [(1, "MarginProven"), (2, "MarginProven")],
    }


async def test_a_round_the_node_forgets_is_missed(tmp_path):
    node = Lanes()
    del node.logs[1]
    with pytest.raises(IndexIncomplete, match="SignedLanes lane 4 has logged 1"):
        await indexed(node, tmp_path)
