"""The audit trail: a missing, altered or reordered log is found from the logs alone."""

from __future__ import annotations

import dataclasses

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.chain import Contract, Trail, decode_log, verify_trail, verify_trails
from keeper.chain.abi import Artifact, Entry
from keeper.errors import ChainError

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
CONTRIBUTED = {
    "type": "event",
    "name": "Contributed",
    "inputs": [
        {"name": "from", "type": "address", "indexed": True},
        {"name": "amount", "type": "uint256", "indexed": False},
        {"name": "seq", "type": "uint64", "indexed": False},
        {"name": "runningHash", "type": "bytes24", "indexed": False},
    ],
}
PLAIN = {
    "type": "event",
    "name": "Plain",
    "inputs": [{"name": "amount", "type": "uint256", "indexed": False}],
}
EVENT, OTHER = Entry.parse(CONTRIBUTED), Entry.parse(PLAIN)
CONTRACTS = {"Fund": Contract(ADDRESS, Artifact("Fund", (EVENT, OTHER), b""))}


def raw_logs(amounts):
    """Logs as the contract would emit them: payload is abi.encode(selector, from, amount)."""
    logs, running = [], bytes(24)
    for seq, amount in enumerate(amounts, start=1):
        payload = EVENT.topic + encode(["address", "uint256"], [ADDRESS, amount])
        running = keccak(running + seq.to_bytes(8, "big") + keccak(payload))[:24]
        logs.append(
            {
                "address": ADDRESS.lower(),
                "topics": ["0x" + EVENT.topic.hex(), "0x" + encode(["address"], [ADDRESS]).hex()],
                "data": "0x" + encode(["uint256", "uint64", "bytes24"], [amount, seq, running]).hex(),
                "blockNumber": hex(seq),
                "logIndex": "0x0",
                "transactionHash": "0x00",
            }
        )
    return logs


def events(amounts=(5, 6, 7)):
    return [decode_log(CONTRACTS, log) for log in raw_logs(amounts)]


def test_logs_decode_by_name():
    event = events()[0]
    assert (event.contract, event.name, event.seq) == ("Fund", "Contributed", 1)
    assert dict(event.arguments) == {"from": ADDRESS, "amount": 5}


def test_an_untouched_trail_verifies_whole_or_in_parts():
    trail = verify_trail(events())
    assert trail == Trail(3, events()[-1].running_hash)
    assert verify_trail(events()[2:], verify_trail(events()[:2])) == trail
    assert verify_trails(events()) == {"Fund": trail}


@pytest.mark.parametrize("index", [0, 1])
def test_a_missing_log_is_found(index):
    logs = events()
    del logs[index]
    with pytest.raises(ChainError, match="missing or out of order"):
        verify_trail(logs)


def test_reordered_logs_are_found():
    first, second, third = events()
    with pytest.raises(ChainError, match="out of order"):
        verify_trail([first, third, second])


def test_an_altered_amount_is_found():
    logs = raw_logs([5, 6, 7])
    altered = encode(["uint256"], [8]).hex()
    logs[1]["data"] = "0x" + altered + logs[1]["data"][2 + 64 :]
    with pytest.raises(ChainError, match="altered"):
        verify_trail(decode_log(CONTRACTS, log) for log in logs)


def test_a_log_whose_hash_was_recomputed_breaks_the_next_one():
    logs = events()
    forged = dataclasses.replace(logs[0], payload_hash=bytes(32))
    recomputed = keccak(bytes(24) + (1).to_bytes(8, "big") + bytes(32))[:24]
    with pytest.raises(ChainError, match="seq 2"):
        verify_trail([dataclasses.replace(forged, running_hash=recomputed), *logs[1:]])


def test_events_outside_the_trail_and_foreign_contracts_are_passed_over():
    log = raw_logs([5])[0]
    plain = {**log, "topics": ["0x" + OTHER.topic.hex()], "data": "0x" + (5).to_bytes(32, "big").hex()}
    assert decode_log(CONTRACTS, plain) is None
    assert decode_log(CONTRACTS, {**log, "address": "0x" + "11" * 20}) is None
    assert decode_log(CONTRACTS, {**log, "topics": []}) is None
