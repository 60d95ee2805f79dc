"""The same deployer and the keeper's own reads, outbox and audit on a real local chain."""

from __future__ import annotations

import os
import time

import pytest
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy
from keeper.chain import (
    Anvil,
    AnvilControl,
    ChainReader,
    EventReader,
    Rpc,
    find_anvil,
    lane_trail,
    verify_trails,
)
from keeper.chain.deployment import read_deployment
from keeper.chain.records import ChainMode
from keeper.errors import ConfigurationError, TransactionFailed, WrongChain
from keeper.outbox import Endpoint, Outbox
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.store import MessageTable, Store
from keeper.wire import Header, MarginRow, PriceRow, pack_rows, round_digest, rows_hash

from .conftest import REPOSITORY, SIGNERS, configuration

pytestmark = pytest.mark.chain

WAD = 10**18
SENDER = KeystoreSigner.from_secret(0x5E)
PRICES = (PriceRow(1, 50_000 * WAD, 10 * WAD), PriceRow(2, 3_000 * WAD, WAD))
GENESIS = 1_700_000_000


class Local:
    """A deployed system on anvil, and a keeper's means to speak to it."""

    def __init__(self, rpc, artifacts, deployment, store):
        self.rpc, self.deployment = rpc, deployment
        self.reader = ChainReader(rpc, artifacts, deployment.addresses)
        self.messages = MessageTable(store.engine)
        self.outbox = Outbox(
            endpoint=Endpoint(node=rpc, sender=SENDER.address),
            messages=self.messages,
            signer=SENDER,
            chain_id=deployment.chain_id,
        )
        self.token = artifacts.get("MockToken")

    async def publish(self, lane, function, rows):
        state = await self.reader.lanes()
        block = await self.reader.block()
        head = Header(
            config_digest=state.config_digest,
            lane=lane,
            seq=state.sequences[lane] + 1,
            observed_at=block.timestamp,
            valid_until=block.timestamp + 600,
            snapshot=b"\x01" * 32,
            model=b"\x02" * 32,
        )
        contract = self.reader.contracts["SignedLanes"]
        digest = round_digest(head, rows_hash(rows), self.deployment.chain_id, contract.address)
        quorum = assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in (0, 1)}, state.threshold)
        data = contract.encode(function, head, pack_rows(rows), quorum)
        return await self.outbox.deliver(f"lane {lane} seq {head.seq}", contract.address, data)

    async def act(self, key, name, function, *arguments):
        contract = self.reader.contracts[name]
        return await self.outbox.deliver(key, contract.address, contract.encode(function, *arguments))

    async def fund(self, account, units):
        """Mints and deposits token units (1e-6)."""
        ledger = self.reader.contracts["MarginAccounts"].address
        for key, function, arguments in (
            ("mint", "mint", (SENDER.address, units)),
            ("approve", "approve", (ledger, units)),
        ):
            data = self.token.function(function).encode(arguments)
            await self.outbox.deliver(f"{key} {account}", self.deployment.token, data)
        await self.act(f"deposit {account}", "MarginAccounts", "deposit", account, units)


def deploy_over_http(url, artifacts, record):
    web3 = Web3(HTTPProvider(url))
    backend = Web3Backend(web3, web3.eth.accounts[0], artifacts)
    config = configuration(backend)
    deployment = deploy(config, backend, artifacts, record)
    before = backend.block()
    assert deploy(config, backend, artifacts, record) == deployment
    assert backend.block() == before
    return deployment


@pytest.fixture
async def local(artifacts, tmp_path):
    store = Store.open(tmp_path / "keeper.db")
    program = find_anvil(os.environ.get("PATH"), REPOSITORY)
    async with (
        await Anvil.start(program, timestamp=GENESIS) as anvil,
        Rpc(anvil.url, errors=artifacts) as rpc,
    ):
        control = AnvilControl(rpc)
        await control.set_balance(SENDER.address, 10**21)
        await control.set_timestamp_interval(1)
        started = time.monotonic()
        deployment = deploy_over_http(anvil.url, artifacts, tmp_path / "record.json")
        assert time.monotonic() - started < 60
        assert read_deployment(tmp_path / "record.json") == deployment
        yield Local(rpc, artifacts, deployment, store)
    store.close()


async def test_the_start_up_check_wants_this_chain_and_this_code(local, artifacts):
    await local.reader.require_deployed(31_337)
    with pytest.raises(WrongChain):
        await local.reader.require_deployed(1)
    wrong = {**local.deployment.addresses, "MarginEngine": "0x" + "11" * 20}
    with pytest.raises(ConfigurationError, match="MarginEngine has no code"):
        await ChainReader(local.rpc, artifacts, wrong).require_deployed(31_337)
    without = {name: a for name, a in local.deployment.addresses.items() if name != "AccountLens"}
    with pytest.raises(ConfigurationError, match="AccountLens"):
        ChainReader(local.rpc, artifacts, without)


async def test_before_the_first_round_everything_is_absent_and_halted(local):
    reader = local.reader
    assert await reader.prices([1, 2]) == {}
    assert await reader.surfaces([(1, local.deployment.expiries[0])]) == {}
    assert await reader.attestations([1]) == {}
    assert await reader.mode() is ChainMode.HALTED
    assert await reader.settlement_price(1, local.deployment.expiries[0]) == 0


async def test_parameters_and_lanes_read_back_whole_at_one_block(local):
    block = await local.reader.block()
    parameters = await local.reader.parameters(block)
    assert len(parameters.underlyings) == 2
    assert len(parameters.grid) == 23
    assert len(parameters.covariance) == 16
    assert parameters.expiries == local.deployment.expiries
    assert (parameters.model.ratio_floor_bps, parameters.model.ratio_cap_bps) == (8_000, 20_000)
    lanes = await local.reader.lanes(block)
    assert lanes.signers == local.deployment.signers
    assert (lanes.threshold, lanes.sequences) == (2, {0: 0, 1: 0, 4: 0, 5: 0})


async def test_a_life_from_deposit_to_attested_margin_is_read_and_audited(local):
    reader = local.reader
    await local.publish(0, "publishPrices", PRICES)
    await local.act("create", "MarginAccounts", "create", SENDER.address)
    account = await reader.account_count()
    await local.fund(account, 1_000_000_000)
    message = await local.publish(4, "publishMargins", (MarginRow(account, 0, 12_000, 10_000, WAD, WAD),))
    block = await reader.block(message.block_number)
    (state,) = [view for view in await reader.accounts(block) if view.account == account]
    assert (state.owner, state.cash, state.legs) == (SENDER.address, 1_000 * WAD, ())
    margin = (await reader.margins([account], block))[account]
    assert margin.equity_low == margin.equity_high == 1_000 * WAD
    assert (margin.own_requirement, margin.attested, margin.initial_ratio_bps) == (0, True, 12_000)
    assert (await reader.attestations([account], block))[account].maintenance_ratio_bps == 10_000
    assert (await reader.prices([1, 2], block))[2].price == 3_000 * WAD
    assert await reader.mode(block) is ChainMode.NORMAL
    assert await reader.auctions([account], block) == {}

    events = await EventReader(local.rpc, reader.contracts).events(local.deployment.first_block, block.number)
    trails = verify_trails(events)
    lanes = [(lane, trails.pop(lane_trail("SignedLanes", lane))) for lane in (0, 4)]
    for lane, trail in lanes:
        on_chain = await reader.caller.call(reader.contracts["SignedLanes"], "laneTrail", lane, block=block)
        assert on_chain == (trail.seq, trail.running_hash), lane
    for name, trail in trails.items():
        on_chain = await reader.caller.call(reader.contracts[name], "auditTrail", block=block)
        assert on_chain == (trail.seq, trail.running_hash), name
    assert {event.name for event in events} >= {
        "RoundAccepted",
        "CashChanged",
        "SignerListed",
    }


async def test_reads_are_pinned_whatever_happens_after(local):
    await local.publish(0, "publishPrices", PRICES)
    block = await local.reader.block()
    await local.publish(0, "publishPrices", (PriceRow(1, 40_000 * WAD, WAD),))
    assert (await local.reader.prices([1], block))[1].price == 50_000 * WAD
    assert (await local.reader.prices([1]))[1].price == 40_000 * WAD


async def test_a_refusal_arrives_as_the_contracts_own_error(local):
    await local.act("create", "MarginAccounts", "create", SENDER.address)
    account = await local.reader.account_count()
    with pytest.raises(TransactionFailed) as caught:
        await local.act("withdraw", "MarginAccounts", "withdraw", account, 1, SENDER.address)
    assert caught.value.error_name in {"StaleMarketData", "Halted"}
    with pytest.raises(TransactionFailed) as caught:
        await local.act("deposit", "MarginAccounts", "deposit", account, 0)
    assert caught.value.error_name == "ZeroAmount"
    assert local.messages.pending(31_337, SENDER.address) == []


async def test_many_accounts_are_read_over_several_pages(local):
    first = await local.reader.account_count()
    for index in range(60):
        await local.act(f"create {index}", "MarginAccounts", "create", SENDER.address)
    accounts = await local.reader.accounts(await local.reader.block())
    assert [view.account for view in accounts] == list(range(1, first + 61))
