"""Signed rounds against the deployed contracts: what is accepted, and the typed refusal of everything else."""

from __future__ import annotations

import dataclasses

import pytest

from keeper.chain import verify_trails
from keeper.chain.events import decode_log
from keeper.errors import TransactionFailed
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.wire import Header, PriceRow, QuorumSignature, pack_rows, round_digest, unsafe_rows_hash

from .conftest import SIGNERS

WAD = 10**18
ROWS = (PriceRow(1, 50_000 * WAD, 10 * WAD), PriceRow(2, 3_000 * WAD, WAD))


def header(system, **changes):
    now = system.backend.block()[1]
    values = {
        "config_digest": system.read("SignedLanes", "configDigest"),
        "lane": 0,
        "seq": 1,
        "observed_at": now - 1,
        "valid_until": now + 600,
        "snapshot": b"\x01" * 32,
        "model": b"\x02" * 32,
    }
    return Header(**{**values, **changes})


def quorum_of(system, head, rows, signers=(0, 2), chain_id=None, contract=None):
    digest = round_digest(
        head,
        unsafe_rows_hash(rows),
        chain_id or system.config.chain_id,
        contract or system.contracts["SignedLanes"].address,
    )
    return assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in signers}, len(signers))


def publish(system, head, rows=ROWS, quorum=None):
    quorum = quorum or quorum_of(system, head, rows)
    return system.send("SignedLanes", "publishPrices", head, pack_rows(rows), quorum)


def refused(system, *arguments, **keywords):
    """The decoded error of a refused round; the lane must not have moved."""
    before = system.read("SignedLanes", "lastSequence", 0)
    with pytest.raises(TransactionFailed) as caught:
        publish(system, *arguments, **keywords)
    assert system.read("SignedLanes", "lastSequence", 0) == before
    return caught.value.error_name, caught.value.arguments


def test_a_round_of_two_of_three_is_accepted_and_audited(system):
    receipt = publish(system, header(system))
    assert system.read("SignedLanes", "lastSequence", 0) == 1
    interval = system.read("SignedLanes", "priceInterval", 1)
    assert interval["low"] <= 49_990 * WAD < interval["price"] == 50_000 * WAD < interval["high"]
    events = [decode_log(system.contracts, log) for log in receipt.logs]
    accepted = next(event for event in events if event.name == "RoundAccepted")
    assert accepted.arguments["rowsHash"] == unsafe_rows_hash(ROWS)
    assert (accepted.trail, accepted.seq) == ("SignedLanes lane 0", 1)


def test_the_whole_history_of_every_contract_verifies_against_the_chain(system):
    publish(system, header(system))
    logs = system.web3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"})
    raw = [
        {
            "address": log["address"],
            "topics": [topic.to_0x_hex() for topic in log["topics"]],
            "data": log["data"].to_0x_hex(),
            "blockNumber": hex(log["blockNumber"]),
            "logIndex": hex(log["logIndex"]),
            "transactionHash": log["transactionHash"].to_0x_hex(),
        }
        for log in logs
    ]
    events = [event for log in raw if (event := decode_log(system.contracts, log)) is not None]
    trails = verify_trails(events)
    assert {"RiskParameters", "SignedLanes", "MarginAccounts"} <= set(trails)
    prices = trails.pop("SignedLanes lane 0")
    assert system.read("SignedLanes", "laneTrail", 0) == (prices.seq, prices.running_hash)
    for name, trail in trails.items():
        assert system.read(name, "auditTrail") == (trail.seq, trail.running_hash), name


def test_both_implementations_agree_on_the_digest_that_is_signed(system):
    head = header(system)
    hash_of_rows = unsafe_rows_hash(ROWS)
    contract = system.contracts["SignedLanes"].address
    expected = round_digest(head, hash_of_rows, system.config.chain_id, contract)
    assert system.read("SignedLanes", "roundDigest", head, hash_of_rows) == expected


def test_a_round_signed_for_another_chain_is_refused(system):
    head = header(system)
    name, (index, _, expected) = refused(system, head, quorum=quorum_of(system, head, ROWS, chain_id=1))
    assert (name, index, expected) == ("WrongSignature", 0, SIGNERS[0].address)


def test_a_round_signed_for_another_contract_is_refused(system):
    head = header(system)
    other = system.contracts["MarginAccounts"].address
    assert refused(system, head, quorum=quorum_of(system, head, ROWS, contract=other))[0] == "WrongSignature"


def test_an_accepted_round_cannot_be_replayed_on_another_lane_contract(system):
    head = header(system)
    publish(system, head)
    addresses = system.deployment.addresses
    names = ("AccessManager", "RiskParameters", "MarginAccounts")
    creation = system.artifacts.get("SignedLanes").creation(tuple(addresses[name] for name in names))
    twin = system.backend.transact(None, creation).contract
    call = system.contracts["SignedLanes"].encode(
        "publishPrices", head, pack_rows(ROWS), quorum_of(system, head, ROWS)
    )
    with pytest.raises(TransactionFailed) as caught:
        system.backend.transact(twin, call)
    assert caught.value.error_name == "WrongConfigDigest"
    assert caught.value.arguments[0] == head.config_digest


def test_a_round_is_accepted_once(system):
    head = header(system)
    publish(system, head)
    assert refused(system, head) == ("WrongSequence", (1, 2))


def test_a_skipped_sequence_number_is_refused(system):
    assert refused(system, header(system, seq=2)) == ("WrongSequence", (2, 1))


def test_an_old_configuration_is_refused(system):
    head = header(system)
    system.govern("SignedLanes", "setSigners", [signer.address for signer in SIGNERS], 2)
    assert refused(system, head)[0] == "WrongConfigDigest"


def test_a_changed_parameter_voids_what_was_signed_before(system):
    head = header(system)
    expiry = system.deployment.expiries[-1] + 86_400
    system.govern("RiskParameters", "listExpiry", expiry)
    assert refused(system, head)[0] == "WrongConfigDigest"


@pytest.mark.parametrize("rows", [ROWS[::-1], (ROWS[0], ROWS[0])])
def test_rows_out_of_order_are_refused(system, rows):
    assert refused(system, header(system), rows) == ("RowsNotAscending", (1,))


def test_a_header_of_another_lane_is_refused(system):
    assert refused(system, header(system, lane=1)) == ("WrongLane", (1, 0))


def test_one_signature_is_not_two(system):
    head = header(system)
    one = quorum_of(system, head, ROWS, signers=(0,))
    assert refused(system, head, quorum=one) == ("TooFewSigners", (1, 2))
    same_in_both_places = QuorumSignature(0b011, one.signatures * 2)
    name, (index, recovered, expected) = refused(system, head, quorum=same_in_both_places)
    assert (name, index) == ("WrongSignature", 1)
    assert (recovered, expected) == (SIGNERS[0].address, SIGNERS[1].address)


def test_a_bitmap_that_claims_more_than_was_signed_is_refused(system):
    head = header(system)
    one = quorum_of(system, head, ROWS, signers=(0,))
    claim = system.contracts["SignedLanes"].encode(
        "publishPrices", head, pack_rows(ROWS), (0b011, one.signatures)
    )
    with pytest.raises(TransactionFailed) as caught:
        system.backend.transact(system.contracts["SignedLanes"].address, claim)
    assert (caught.value.error_name, caught.value.arguments) == ("MalformedSignatures", (64, 128))


def test_signatures_in_descending_order_are_refused(system):
    head = header(system)
    quorum = quorum_of(system, head, ROWS, signers=(0, 2))
    swapped = dataclasses.replace(quorum, signatures=quorum.signatures[64:] + quorum.signatures[:64])
    assert refused(system, head, quorum=swapped)[0] == "WrongSignature"


def test_a_signer_that_is_not_listed_is_refused(system):
    head = header(system)
    digest = round_digest(
        head, unsafe_rows_hash(ROWS), system.config.chain_id, system.contracts["SignedLanes"].address
    )
    signatures = {0: SIGNERS[0].sign_digest(digest), 3: KeystoreSigner.from_secret(9).sign_digest(digest)}
    assert refused(system, head, quorum=assemble_quorum(signatures, 2)) == ("UnknownSigner", (3,))


def test_stale_future_and_too_long_lived_rounds_are_refused(system):
    now = system.backend.block()[1]
    expired = header(system, observed_at=now - 600, valid_until=now - 300)
    assert refused(system, expired)[0] == "RoundExpired"
    future = header(system, observed_at=now + 500, valid_until=now + 600)
    assert refused(system, future)[0] == "ObservedInFuture"
    longest = system.config.limits.max_time_to_live
    undying = header(system, observed_at=now - 1, valid_until=now + longest + 100)
    assert refused(system, undying)[0] == "ValidityTooLong"


def test_a_round_observed_before_the_last_one_is_refused(system):
    head = header(system)
    publish(system, head)
    earlier = dataclasses.replace(head, seq=2, observed_at=head.observed_at - 1)
    assert refused(system, earlier) == ("ObservedBackwards", (head.observed_at - 1, head.observed_at))


def test_a_price_of_zero_is_refused_though_it_was_signed(system):
    assert refused(system, header(system), (PriceRow(1, 0, 0),)) == ("PriceOutOfBounds", (1, 0, 0))


def test_an_altered_row_voids_the_signatures(system):
    head = header(system)
    quorum = quorum_of(system, head, ROWS)
    altered = (dataclasses.replace(ROWS[0], price=ROWS[0].price + 1), ROWS[1])
    assert refused(system, head, altered, quorum)[0] == "WrongSignature"
