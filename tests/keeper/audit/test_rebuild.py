"""Nothing is stored that logs and calldata do not tell: every storage slot of every contract, rebuilt and compared."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import gzip
import json

import pytest

from keeper.audit import gather, silent
from keeper.types import WAD

from .conftest import reading
from .play import REPOSITORY
from .rebuild import auctions, cash, fund, ledger, margin, market, policy, rights
from .rebuild.layouts import storage_layouts
from .rebuild.record import Foreign
from .rebuild.replayed import replayed
from .rebuild.slots import slots_of

pytestmark = pytest.mark.chain

VARIABLES = {
    "AccessManager": rights.access_manager,
    "Timelock": rights.timelock,
    "Pause": market.pause,
    "MarginAccounts": ledger.margin_accounts,
    "Payouts": ledger.payouts,
    "CollateralVault": ledger.collateral_vault,
    "TradeSettlement": ledger.trade_settlement,
    "Liquidation": auctions.liquidation,
    "InsuranceFund": fund.insurance_fund,
    "LedgerTerms": ledger.ledger_terms,
    "InterestRates": cash.interest_rates,
    "MarginTerms": margin.margin_terms,
    "SettlementFallback": margin.settlement_fallback,
    "SignedLanes": market.signed_lanes,
    "PriceIntervals": market.price_intervals,
    "RiskParameters": market.risk_parameters,
    "StateLane": market.state_lane,
    "PolicyLane": policy.policy_lane,
}


@pytest.fixture(scope="session")
def record(played):
    return asyncio.run(_record(played))


async def _record(played):
    async with reading(played) as reader:
        log = await gather(
            reader,
            chain_id=played.deployment.chain_id,
            first_block=played.deployment.first_block,
            progress=silent,
        )
        return replayed(log, await _foreign(reader, played))


async def _foreign(reader, played):
    """Every log of the deployment that is no audit event, named by its ABI."""
    names = {address.lower(): name for name, address in played.deployment.addresses.items()}
    found = []
    for log in await reader.rpc.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"}):
        name = names.get(log["address"].lower())
        topics = tuple(bytes.fromhex(topic[2:]) for topic in log["topics"])
        entry = played.artifacts.get(kind_of(name)).events.get(topics[0]) if name else None
        if entry is not None and "runningHash" not in {parameter.name for parameter in entry.inputs}:
            found.append(Foreign(name, entry.name, topics, bytes.fromhex(log["data"][2:])))
    return tuple(found)


def kind_of(name):
    """A price source is deployed under its kind, underlying and number."""
    return name.split("_")[0]


@pytest.fixture(scope="session")
def stored(played):
    """Code and storage by address, from the node's own dump."""
    return asyncio.run(_stored(played))


async def _stored(played):
    async with reading(played) as reader:
        dump = await reader.rpc.call("anvil_dumpState")
    accounts = json.loads(gzip.decompress(bytes.fromhex(dump[2:])))["accounts"]
    return {address.lower(): account for address, account in accounts.items()}


@pytest.fixture(scope="session")
def layouts():
    return storage_layouts(REPOSITORY)


def slots_on_chain(stored, address):
    storage = stored[address.lower()]["storage"]
    return {int(slot, 16): int(word, 16) for slot, word in storage.items() if int(word, 16)}


def rebuilt_slots(record, layout, name):
    """What a contract's storage must be; one without an entry in `VARIABLES` has its trail and its authority alone."""
    labels = {variable["label"] for variable in layout["storage"]}
    values = VARIABLES[name](record) if name in VARIABLES else {}
    if kind_of(name) == "ChainlinkSource":
        values = market.chainlink_source(record, name)
    if "_trail" in labels:
        values["_trail"] = record.trail(name)
    if "_authority" in labels:
        values |= {"_authority": record.authority(name), "_consumingSchedule": False}
    return slots_of(layout, values)


def differences(wanted, found):
    return {
        hex(slot): (hex(wanted.get(slot, 0)), hex(found.get(slot, 0)))
        for slot in wanted.keys() | found.keys()
        if wanted.get(slot) != found.get(slot)
    }


def system_contracts(played, layouts):
    """Those of the deployment that are the system's own; the feeds of the local chain are not."""
    return [name for name in played.deployment.contracts if kind_of(name) in layouts]


def test_every_slot_of_every_contract_follows_from_logs_and_calldata(played, record, stored, layouts):
    names = system_contracts(played, layouts)
    assert set(VARIABLES) <= set(names)
    found = {name: slots_on_chain(stored, played.deployment.addresses[name]) for name in names}
    wanted = {name: rebuilt_slots(record, layouts[kind_of(name)], name) for name in names}
    assert {n: differences(wanted[n], found[n]) for n in names if wanted[n] != found[n]} == {}
    assert sum(map(len, found.values())) > 300


def test_auctions_are_rebuilt_while_they_run(played, record, layouts):
    blocks = {event.block_number for event in record.events("Liquidation")}
    earlier = {block: until(record, block) for block in blocks}
    layout = layouts["Liquidation"]
    wanted = {block: rebuilt_slots(earlier[block], layout, "Liquidation") for block in blocks}
    assert asyncio.run(_stored_at(played, "Liquidation", wanted)) == wanted
    running = [auctions.liquidation(then)["_auctions"].values() for then in earlier.values()]
    assert any(auction["remaining"] < WAD for books in running for auction in books)
    assert any(auction["witness"] != auctions.NO_WITNESS for books in running for auction in books)


def until(record, block):
    """The same record, its events ending with a block; its replay is still that of the end."""
    events = tuple(event for event in record.log.events if event.block_number <= block)
    return dataclasses.replace(record, log=dataclasses.replace(record.log, events=events))


async def _stored_at(played, name, wanted):
    """At each block, what every slot held that is ever wanted."""
    address, slots = played.deployment.addresses[name], sorted(set().union(*wanted.values()))
    found = {}
    async with reading(played) as reader:
        for block in wanted:
            words = {}
            for slot in slots:
                word = await reader.rpc.call("eth_getStorageAt", address, hex(slot), hex(block))
                words[slot] = int(word, 16)
            found[block] = {slot: word for slot, word in words.items() if word}
    return found


def test_the_signers_are_the_code_of_the_contract_that_the_listing_names(record, stored):
    code = stored[market.signer_list(record).lower()]["code"]
    assert bytes.fromhex(code.removeprefix("0x")) == market.signer_code(record)


def test_the_packed_grid_is_the_code_of_the_contract_that_the_parameters_name(record, stored):
    code = stored[market.grid_list(record).lower()]["code"]
    assert bytes.fromhex(code.removeprefix("0x")) == market.grid_code(record)


def test_a_variable_that_nothing_rebuilds_is_noticed(record, layouts):
    layout = copy.deepcopy(layouts["Pause"])
    layout["storage"].append({**layout["storage"][-1], "label": "unheardOf"})
    with pytest.raises(LookupError, match=r"stored but not rebuilt: .'unheardOf'."):
        rebuilt_slots(record, layout, "Pause")


def test_a_member_that_nothing_rebuilds_is_noticed(record, layouts):
    layout = copy.deepcopy(layouts["Payouts"])
    limit = next(kind for name, kind in layout["types"].items() if "OutflowLimit" in name)
    limit["members"].append({**limit["members"][-1], "label": "unheardOf"})
    with pytest.raises(LookupError, match="unheardOf"):
        rebuilt_slots(record, layout, "Payouts")


@pytest.mark.parametrize(
    ("contract", "name"),
    [
        ("Payouts", "FlowNoted"),
        ("TradeSettlement", "TradeSettled"),
        ("MarginAccounts", "CashChanged"),
        ("MarginTerms", "CreditMarked"),
        ("Liquidation", "ClockAdvanced"),
        ("InterestRates", "InterestModelSet"),
        ("InsuranceFund", "ExitRequested"),
        ("Liquidation", "DeficitNoted"),
    ],
)
def test_one_event_left_out_changes_more_than_the_trail(record, contract, name):
    last = record.events(contract, name)[-1]
    kept = tuple(event for event in record.log.events if event is not last)
    shorter = dataclasses.replace(record.log, events=kept)
    partial = replayed(shorter, record.foreign)
    assert VARIABLES[contract](partial) != VARIABLES[contract](record)
