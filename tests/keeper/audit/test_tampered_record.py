"""A record that was tampered with, one fact at a time: each is named."""

from __future__ import annotations

import dataclasses

import pytest
from eth_utils.crypto import keccak

from keeper.audit import gather, silent
from keeper.audit.calls import Sent
from keeper.audit.replay import Replayer, decode_transactions
from keeper.audit.trails import trail_results

from .conftest import reading

pytestmark = pytest.mark.chain


@pytest.fixture
async def log(played):
    async with reading(played) as reader:
        return await gather(
            reader,
            chain_id=played.deployment.chain_id,
            first_block=played.deployment.first_block,
            progress=silent,
        )


def replayed(log):
    """Problems of lanes and of everything else."""
    replay = Replayer(log, decode_transactions(log), silent).run([])
    return [problem for lane in replay.lanes for problem in lane.problems], list(replay.unexplained)


def changed(log, name, nth=0, **arguments):
    """The log with arguments of the nth event of this name replaced."""
    places = [i for i, event in enumerate(log.events) if event.name == name]
    place = places[nth]
    old = log.events[place]
    values = {key: change(old.arguments[key]) for key, change in arguments.items()}
    new = dataclasses.replace(old, arguments={**old.arguments, **values})
    return dataclasses.replace(log, events=(*log.events[:place], new, *log.events[place + 1 :]))


def without(log, place):
    return dataclasses.replace(log, events=(*log.events[:place], *log.events[place + 1 :]))


def test_an_untouched_record_has_no_problem(log):
    assert replayed(log) == ([], [])
    assert set(trail_results(log.events, log.trails).values()) == {"verified"}


@pytest.mark.parametrize("name", ["CashChanged", "RoundAccepted", "LiquidationFilled", "LoadingSet"])
def test_a_dropped_log_breaks_its_contracts_trail_and_no_other(log, name):
    place = next(i for i, event in enumerate(log.events) if event.name == name)
    results = trail_results(without(log, place).events, log.trails)
    broken = log.events[place].trail
    assert "logs are missing" in results.pop(broken)
    assert set(results.values()) == {"verified"}


def test_a_log_dropped_at_the_very_end_is_missed_too(log):
    place = max(i for i, event in enumerate(log.events) if event.trail == "SignedLanes lane 0")
    result = trail_results(without(log, place).events, log.trails)["SignedLanes lane 0"]
    assert "missing at the end" in result


def test_an_altered_log_breaks_the_running_hash(log):
    old = log.events[100]
    events = (*log.events[:100], dataclasses.replace(old, payload_hash=b"\x01" * 32), *log.events[101:])
    assert "altered" in trail_results(events, log.trails)[old.trail]


WAD = 10**18


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("CashChanged", {"change": lambda v: v + 1}, "do not make"),
        ("LiquidationStarted", {"maintenanceBound": lambda v: v + WAD}, "maintenanceBound"),
        ("LiquidationStarted", {"equityLow": lambda v: v - WAD}, "equityLow"),
        ("LiquidationStarted", {"equityHigh": lambda v: v + WAD}, "equityHigh"),
        ("LiquidationStarted", {"reward": lambda v: v + 1}, "reward"),
        ("ClockAdvanced", {"liveSeconds": lambda v: v + 1}, "liveSeconds"),
        ("ClockAdvanced", {"liveUntil": lambda v: v + 1}, "liveUntil"),
        ("DeficitNoted", {"deficit": lambda v: v + WAD}, "deficit"),
        ("Deleveraged", {"value": lambda v: v + WAD}, "value"),
        ("Deleveraged", {"moved": lambda v: v + 1}, "moved"),
        ("Entered", {"shares": lambda v: v + 1}, "shares"),
        ("Entered", {"assets": lambda v: v + 1}, "cash of the fund"),
        ("ExitRequested", {"claimableAt": lambda v: v - 1}, "claimableAt"),
        ("Contributed", {"amount": lambda v: v + 1}, "cash of the fund"),
        ("DeficitNoted", {"totalDeficit": lambda v: v + 1}, "totalDeficit"),
        ("LegsTaken", {"relief": lambda v: v * 11 // 10}, "relief"),
        ("LegsTaken", {"mark": lambda v: v + WAD}, "mark"),
        ("LegsTaken", {"discount": lambda v: v + WAD}, "discount"),
        ("LiquidationFilled", {"discount": lambda v: v + WAD}, "discount"),
        ("LiquidationFilled", {"mark": lambda v: v + WAD}, "mark"),
        ("LiquidationFilled", {"fee": lambda v: v + WAD}, "fee"),
        ("LiquidationEnded", {"equity": lambda v: v + WAD}, "equity"),
        ("BadDebt", {"debt": lambda v: v + 1}, "debt"),
        ("BadDebt", {"socialised": lambda v: v - 1}, "socialised"),
        ("LossSocialised", {"loss": lambda v: v + WAD}, "survival"),
        ("LegSettled", {"payoff": lambda v: v + 1}, "payoff"),
        ("LegSettled", {"cashChange": lambda v: v + 1}, "cashChange"),
        ("TradeSettled", {"price": lambda v: v + 1}, "buyer paid"),
        ("TradeSettled", {"quantity": lambda v: v + 1}, "buyer quantity"),
        ("WitnessRaised", {"maintenanceBound": lambda v: v + WAD}, "maintenanceBound"),
        ("SettlementPriceFixed", {"price": lambda v: v + 1}, "settlement price"),
        ("PolicyInForce", {"policy": lambda v: bytes(32)}, "in force is"),
    ],
)
def test_a_decision_that_does_not_follow_is_named(log, name, arguments, named):
    if not any(event.name == name for event in log.events):
        pytest.fail(f"the played chain has no {name}: it must")
    _, unexplained = replayed(changed(log, name, **arguments))
    assert any(named in problem and name in problem for problem in unexplained), unexplained


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("RoundAccepted", {"observedAt": lambda v: v - 1}, "observedAt"),
        ("RoundAccepted", {"signerBitmap": lambda v: 3}, "signerBitmap"),
        ("RoundAccepted", {"rowsHash": lambda v: bytes(32)}, "rowsHash"),
        ("SignerListed", {"signer": lambda v: "0x" + "44" * 20}, "configDigest"),
        ("SignerListed", {"threshold": lambda v: v + 1}, "configDigest"),
        ("StateLimitSet", {"newValue": lambda v: v + 1}, "configDigest"),
        ("PremiumAveraged", {"newAverage": lambda v: v + 1}, "average 1: event"),
        ("PerpetualStateSet", {"fundingPerYear": lambda v: v + 1}, "perpetual 1: event"),
    ],
)
def test_a_round_that_does_not_follow_is_named(log, name, arguments, named):
    nth = 2 if name == "SignerListed" else 0  # the last listed signer
    lanes, _ = replayed(changed(log, name, nth, **arguments))
    assert any(problem.startswith(named) for problem in lanes), lanes


def test_a_loading_that_the_state_round_does_not_give_is_named(log):
    _, unexplained = replayed(changed(log, "LoadingSet", -1, loading=lambda v: v + 1))
    assert any("loading 9: event" in problem for problem in unexplained), unexplained


def _sent_by(log, name, nth=0):
    return [e.transaction_hash for e in log.events if e.name == name][nth]


def _with_calldata(log, digest, change):
    sent = log.transactions[digest]
    new = Sent(sent.hash, sent.target, change(sent.data), sent.gas_used)
    return dataclasses.replace(log, transactions={**log.transactions, digest: new})


def _first_price(log):
    digest = _sent_by(log, "RoundAccepted")
    call = next(c for c in decode_transactions(log)[digest] if c.function == "publishPrices")
    return digest, call.arguments["rows"]


def test_an_altered_row_in_calldata_is_not_what_was_signed(log):
    digest, rows = _first_price(log)
    dearer = rows[:13] + bytes([rows[13] ^ 1]) + rows[14:]
    lanes, _ = replayed(_with_calldata(log, digest, lambda data: data.replace(rows, dearer)))
    assert any("recovered" in problem or "recovers" in problem for problem in lanes), lanes
    assert any(problem.startswith("rowsHash") for problem in lanes), lanes


def test_a_withheld_skip_is_missed(log):
    """The played chain skips nothing: a skip that was not due is one too many."""
    digest = next(
        e.transaction_hash for e in log.events if e.name == "RoundAccepted" and e.arguments["lane"] == 4
    )
    place = next(i for i, e in enumerate(log.events) if e.transaction_hash == digest)
    account = next(e.arguments["account"] for e in log.events if e.name == "AccountCreated")
    arguments = {"account": account, "laneSeq": 1, "reason": 2, "portfolioNonce": 0}
    skip = dataclasses.replace(log.events[place], name="MarginRowSkipped", arguments=arguments)
    events = (*log.events[:place], skip, *log.events[place:])
    lanes, _ = replayed(dataclasses.replace(log, events=events))
    assert any(problem.startswith("skipped rows") for problem in lanes), lanes


def test_another_parameter_in_calldata_is_another_configuration(log):
    def riskier(data):
        return data[:-1] + bytes([data[-1] ^ 1])

    lanes, _ = replayed(_with_calldata(log, _sent_by(log, "MarginModelSet"), riskier))
    assert lanes
    assert all(problem.startswith("configDigest") for problem in lanes if "configDigest" in problem)
    assert any(problem.startswith("configDigest") for problem in lanes)


def test_a_round_published_by_another_contract_has_its_rows_in_a_log(log):
    digest, rows = _first_price(log)
    sent = log.transactions[digest]
    elsewhere = Sent(sent.hash, "0x" + "55" * 20, sent.data, sent.gas_used)
    hidden = dataclasses.replace(log, transactions={**log.transactions, digest: elsewhere})
    logged = dataclasses.replace(hidden, logged_rows={keccak(rows): rows})
    replay = Replayer(logged, decode_transactions(logged), silent).run([])
    assert replay.lanes[0].signed is None
    assert replay.lanes[0].problems == []
    assert replay.unexplained == ()
    without_log = Replayer(hidden, decode_transactions(hidden), silent).run([])
    assert without_log.lanes[0].problems == [
        "rows: neither in calldata nor in a log that hashes to the round's"
    ]


def test_a_proof_that_does_not_follow_is_named(log):
    place = next(i for i, event in enumerate(log.events) if event.name == "MarginProven")
    for change, named in (
        ({"attestation": lambda v: v + (1 << 176)}, "not in the root"),  # another initial ratio
        ({"attestation": lambda v: v + 1}, "replay gives"),  # another count of proofs
        ({"laneSeq": lambda v: v + 1}, "is not the newest"),
    ):
        _, unexplained = replayed(changed(log, "MarginProven", **change))
        assert any(named in problem for problem in unexplained), unexplained
    # It is on no trail, but what is kept counts it.
    world = Replayer(without(log, place), decode_transactions(log), silent).run([]).world
    account = log.events[place].arguments["account"]
    kept = Replayer(log, decode_transactions(log), silent).run([]).world.lanes.attestations[account]
    assert world.lanes.attestations[account].proofs == kept.proofs - 1
