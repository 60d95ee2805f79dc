"""A short life of a whole system on a local chain: rounds, trades, a fall, liquidations, an expiry.

Rounds are the keeper's own computation, signed by the deployed signers and sent directly.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from pathlib import Path

from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy, mock_feeds, read_chain_config
from deploy.config import CollateralSection
from keeper.assess import Assessor, ChargePolicy, ModelConfig, history_digest, parse_history
from keeper.canonical import canonical_json
from keeper.chain import (
    Anvil,
    AnvilControl,
    Artifacts,
    ChainReader,
    Contract,
    Deployment,
    Rpc,
    find_anvil,
)
from keeper.consensus import ConsensusConfig, updated_changes
from keeper.daemon.compute import compute_round
from keeper.daemon.endorse import observed_at_of
from keeper.daemon.proposal import CONTRACTS
from keeper.daemon.publish import FUNCTIONS
from keeper.daemon.round import RoundContext
from keeper.daemon.view import read_view
from keeper.decide.mode import LastMode, ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.margin_tree import margin_path, margin_root
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.simulation.books import BITCOIN, AccountPlan, Holding, Listing, perpetual
from keeper.simulation.history import synthetic_history
from keeper.simulation.market import MarketPath
from keeper.simulation.stage import Amounts, Stage
from keeper.store import EvidenceStore
from keeper.symbols import VENUE_DOMAINS
from keeper.types import Observation, OptionQuote, Quote
from keeper.wire import (
    LANE_MARGIN_ROOTS,
    LANE_MARGINS,
    LANE_POLICY,
    LANE_PRICES,
    LANE_STATE,
    LANE_SURFACES,
    Header,
    pack_rows,
    policy_digest,
    policy_hash,
    round_digest,
    rows_hash,
)
from risk.instruments import CALL, PUT

from .bidding import LEFT_ALONE, Bidding

REPOSITORY = Path(__file__).parents[3]
LOCAL = REPOSITORY / "deploy" / "chains" / "local.toml"
FEED_SCALE = 10**8  # the mock feed's eight decimals
SIGNERS = tuple(KeystoreSigner.from_secret(secret) for secret in (0xB1, 0xB2, 0xB3))
BEGIN = 19_800 * 86_400 + 5 * 3_600  # 05:00 UTC: the first listed expiry is a day and three hours on
STEP_SECONDS, STEPS, SEED = 900, 110, 11
MODEL = {
    "confidence": 0.99,
    "horizon_steps": 24,
    "historical": 100,
    "filtered_historical": 100,
    "student_t": 100,
    "seed": SEED,
    "initial_multiplier": 1.3,
    "maintenance_share": 0.75,
    "charges": ChargePolicy(
        daily_volume=5e6,
        concentration_notional=1e6,
        basis_deviation_daily=0.001,
        oracle_age_multiplier=2.0,
        short_option_share=0.02,
        stressed_weight=0.25,
        operational_hazard_per_day=1e-4,
        down_half_life_seconds=3_600.0,
    ),
}


@dataclass
class Played:
    """What an auditor is given: a node, a deployment record, an evidence folder."""

    url: str
    artifacts: Artifacts
    coin: str
    deployment: Deployment
    evidence: Path


def play(folder: Path, stack: ExitStack) -> Played:
    """Plays everything; the chain ends with `stack`."""
    played, operator = deployed(folder, stack)
    asyncio.run(_play(played, operator))
    return played


def deployed(folder: Path, stack: ExitStack) -> tuple[Played, str]:
    """A chain on which nothing has happened yet, and who deployed."""
    artifacts = Artifacts(REPOSITORY / "out")
    anvil = asyncio.run(Anvil.start(find_anvil(os.environ.get("PATH"), REPOSITORY), timestamp=BEGIN))
    stack.callback(anvil.stop)
    web3 = Web3(HTTPProvider(anvil.url))
    backend = Web3Backend(web3, web3.eth.accounts[0], artifacts)
    config = read_chain_config(LOCAL)
    coin = backend.transact(None, artifacts.get("MockToken").creation(())).contract
    assert coin is not None
    terms = CollateralSection(
        token=coin, underlying="ETH", haircut_bps=2_000, maintenance_haircut_bps=1_000, cap=10**12
    )
    config = config.model_copy(update={"collateral": (terms,)})
    config = config.with_signers(tuple(signer.address for signer in SIGNERS), 2)
    deployment = deploy(config, backend, artifacts, folder / "deployment.json")
    played = Played(anvil.url, artifacts, coin, deployment, folder / "evidence")
    played.evidence.mkdir()
    return played, backend.sender


async def _play(played: Played, operator: str) -> None:
    async with Rpc(played.url, errors=played.artifacts) as rpc:
        troupe = Troupe(played, rpc, operator)
        await troupe.round(0)
        await troupe.open_books()
        for step in (1, 2):
            await troupe.round(step)
        await troupe.tighten()
        # The expiries are at steps 8 and 104: each needs half an hour of rounds before it to be settled.
        for step in (6, 7, 8, 20, 50, 55):
            await troupe.round(step)
        bidding = Bidding(troupe.reader, troupe.cast, troupe.send)
        await bidding.look()
        for step in (66, 80, 95, 102, 103, 104, 106, 107, 109):
            await troupe.round(step, as_root=step == 106)
            if step == 104:
                await troupe.execute_policy()  # a day's grace has passed
            if step == 103:  # a decision in the middle of a settlement window
                await troupe.withdraw()
            if step not in (102, 103):
                await bidding.look()
        await troupe.settle()


class Troupe:
    """One keeper with every signer's key, the traders' owners, and a liquidator."""

    def __init__(self, played: Played, rpc: Rpc, operator: str) -> None:
        self.played, self.rpc, self.operator = played, rpc, operator
        self.control = AnvilControl(rpc)
        self.reader = ChainReader(rpc, played.artifacts, played.deployment.addresses)
        self.store = EvidenceStore(played.evidence)
        feed = played.artifacts.get("MockAggregator")
        feeds = mock_feeds(read_chain_config(LOCAL), played.deployment.addresses)
        self.feeds = {underlying: Contract(address, feed) for underlying, address in feeds.items()}
        expiries = played.deployment.expiries
        spots = {1: Decimal(7_900), 2: Decimal(195)}
        self.listing = Listing(expiries=expiries, spots=spots, strike_steps={1: 250, 2: 5})
        strikes = {
            1: tuple(Decimal(s) for s in range(4_000, 11_001, 500)),
            2: tuple(Decimal(s) for s in range(100, 281, 10)),
        }
        self.market = MarketPath(SEED, BEGIN + 3_600, STEP_SECONDS, STEPS, expiries, strikes)
        history = synthetic_history(seed=SEED, end=BEGIN, hours=240, spots=[7_900.0, 195.0])
        name = history_digest(history)
        (played.evidence / f"history-{name[2:]}.json").write_bytes(canonical_json(history))
        self.assessor = Assessor(model=ModelConfig(**MODEL, history=name), history=parse_history(history))
        self.changes, self.recent, self.last, self.number = {}, [], LastMode(), 0

    async def round(self, step: int, *, as_root: bool = False) -> None:
        """One keeper round at the market's step, published on every lane that has rows; verdicts as a root if asked."""
        now = self.market.time(step)
        await self.control.set_next_timestamp(now)
        await self.control.mine()
        for underlying, feed in self.feeds.items():
            answer = int(self.market.truth(step)[underlying] * FEED_SCALE)
            await self.transact(feed, "set", answer, now)
        view = await read_view(self.reader)
        self.number += 1
        context = RoundContext(self.number, now, view, self.changes, tuple(self.recent), self.last)
        computed = await compute_round(
            context=context,
            observation=observed(self.market, step),
            consensus=ConsensusConfig(),
            assessor=self.assessor,
            thresholds=ModeThresholds(),
            budget=PreflightBudget(),
        )
        assert computed.assessment is not None, computed.missing
        self.last = LastMode(computed.mode.mode, computed.mode.good_rounds, self.number)
        self.changes = updated_changes(self.changes, computed.observation.quotes)
        self.recent.append(computed.assessment.mark)
        snapshot = self.store.write(computed.bundle)
        rows = {
            LANE_PRICES: computed.assessment.price_rows,
            LANE_SURFACES: computed.assessment.surface_rows,
            LANE_STATE: computed.state_rows,
            LANE_MARGINS: computed.margin_rows,
        }
        observed_at = observed_at_of(computed, LANE_MARGINS)
        if as_root:
            await self.publish_root(
                rows.pop(LANE_MARGINS), self.header(LANE_MARGIN_ROOTS, snapshot, view, observed_at)
            )
        for lane, given in rows.items():
            if given:
                header = self.header(lane, snapshot, view, observed_at_of(computed, lane))
                await self.publish(
                    FUNCTIONS[lane], header, rows_hash(given), pack_rows(given), CONTRACTS[lane]
                )

    def header(self, lane, snapshot, view, observed_at) -> Header:
        return Header(
            config_digest=view.config_digest(lane),
            lane=lane,
            seq=view.next_sequence(lane),
            observed_at=observed_at,
            valid_until=observed_at + 1_800,
            snapshot=snapshot,
            model=self.assessor.model.digest(),
        )

    async def publish(self, function, header, hash_of_rows, sent, contract="SignedLanes") -> None:
        quorum = self.sign(header, hash_of_rows, contract)
        await self.send(contract, function, header, sent, quorum)

    async def publish_root(self, rows, header) -> None:
        """The verdicts as one root, of which two are taken up."""
        root = margin_root(header.seq, rows)
        await self.publish("publishMarginRoot", header, root, root)
        for row in rows[:2]:
            _, path = margin_path(header.seq, rows, row.account)
            await self.send("SignedLanes", "proveMargin", header.seq, header.observed_at, row, list(path))

    def sign(self, header, content, contract):
        address = self.reader.contracts[contract].address
        digest = round_digest(header, content, self.played.deployment.chain_id, address)
        return assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in (0, 2)}, 2)

    async def tighten(self) -> None:
        """The quorum asks for a tenth more of minimum notional, and for more of accounts without a verdict."""
        view = await read_view(self.reader)
        model = view.parameters.model
        grid = [astuple(point) for point in view.parameters.grid]
        notional = model.minimum_notional_bps * 11 // 10
        stricter = replace(model, minimum_notional_bps=notional, stale_initial_ratio_bps=13_100)
        self.policy = [(astuple(model), grid), (astuple(stricter), grid)]
        lane = self.reader.contracts["PolicyLane"]
        header = Header(
            config_digest=await self.reader.caller.call(lane, "configDigest"),
            lane=LANE_POLICY,
            seq=1,
            observed_at=view.block.timestamp,
            valid_until=view.block.timestamp + 1_800,
            snapshot=bytes(32),
            model=self.assessor.model.digest(),
        )
        quorum = self.sign(header, policy_hash(policy_digest(*self.policy[0]), *self.policy[1]), "PolicyLane")
        await self.send("PolicyLane", "publishPolicy", header, *self.policy, quorum)

    async def execute_policy(self) -> None:
        """The first of eight steps."""
        await self.send("PolicyLane", "execute", *self.policy)

    async def open_books(self) -> None:
        """Six customers against the market makers, a liquidator, and a fund too small for what will come."""
        near, option = self.listing.expiries[0], self.listing.option
        plans = [
            _plan("reckless perpetual", "1.02", (perpetual(BITCOIN), "10")),
            _plan("covered call", "3", (perpetual(BITCOIN), "2"), (option(1, near, "1.10", CALL), "-2")),
            _plan(
                "strangle", "1.3", (option(1, near, "0.85", PUT), "-4"), (option(2, near, "1.15", CALL), "-9")
            ),
            _plan("put seller", "1.05", (option(2, self.listing.expiries[1], "0.80", PUT), "-100")),
            _plan(LEFT_ALONE, "1.02", (perpetual(BITCOIN), "3")),
            _plan("two perpetuals", "1.02", (perpetual(BITCOIN), "5"), (perpetual(2), "100")),
        ]
        stage = Stage(
            rpc=self.rpc,
            reader=self.reader,
            token=Contract(self.played.deployment.token, self.played.artifacts.get("MockToken")),
            operator=self.operator,
            chain_id=self.played.deployment.chain_id,
            seed=SEED,
            amounts=Amounts(insurance=Decimal(100)),
        )
        self.cast = await stage.prepare(plans, liquidator_owner=to_checksum_address(self.operator))
        await stage.open_books(self.cast)
        await self.withdraw()
        await self.send("Payouts", "claim", self.played.deployment.token, self.operator)
        await self.pledge(10**9)
        await self.insure(40 * 10**6)

    async def withdraw(self) -> None:
        await self.send("MarginAccounts", "withdraw", self.cast.liquidator, 10**6, self.operator)

    async def pledge(self, amount: int) -> None:
        """Collateral for the liquidator, a tenth of it taken back and half of that claimed."""
        coin = Contract(self.played.coin, self.played.artifacts.get("MockToken"))
        account, vault = self.cast.liquidator, self.reader.contracts["CollateralVault"]
        await self.transact(coin, "mint", self.operator, amount)
        await self.transact(coin, "approve", vault.address, amount)
        await self.transact(vault, "deposit", account, coin.address, amount)
        await self.transact(vault, "withdraw", account, coin.address, amount // 20, self.operator)
        await self.send("Payouts", "claim", coin.address, self.operator)
        await self.transact(vault, "withdraw", account, coin.address, amount // 20, self.operator)

    async def insure(self, amount: int) -> None:
        """Shares of the fund, a third of them queued for the way out before anything happens, and a few sent away."""
        fund = self.reader.contracts["InsuranceFund"]
        await self.transact(fund, "deposit", amount, self.operator)
        shares = await self.reader.caller.call(fund, "balanceOf", self.operator)
        await self.transact(fund, "requestExit", shares // 3, self.operator)
        await self.transact(fund, "transfer", fund.address, 1)
        await self.transact(fund, "approve", self.operator, 7)

    async def settle(self) -> None:
        count = await self.reader.account_count()
        await self.send("ExpirySettlement", "settle", list(range(1, count + 1)))

    async def send(self, name: str, function: str, *arguments: object) -> None:
        await self.transact(self.reader.contracts[name], function, *arguments)

    async def transact(self, contract: Contract, function: str, *arguments: object) -> None:
        data = "0x" + contract.encode(function, *arguments).hex()
        transaction = {"from": self.operator, "to": contract.address, "data": data, "gas": hex(30_000_000)}
        await self.rpc.call("eth_call", transaction, "latest")  # raises with the decoded error
        digest = await self.rpc.call("eth_sendTransaction", transaction)
        receipt = None
        while receipt is None:
            await asyncio.sleep(0.005)
            receipt = await self.rpc.call("eth_getTransactionReceipt", digest)
        assert int(receipt["status"], 16) == 1, function


def observed(market: MarketPath, step: int) -> Observation:
    """What feeds would make of the market's step."""
    state, now = market.state(step), market.time(step)
    quotes = tuple(
        Quote(venue, VENUE_DOMAINS[venue], underlying, seen.price, seen.half_spread, seen.timestamp, now)
        for (venue, underlying), seen in sorted(state.venues.items())
    )
    options = tuple(
        OptionQuote(
            source="deribit",
            underlying=underlying,
            expiry=mark.expiry,
            strike=mark.strike,
            is_call=mark.is_call,
            mark_volatility=mark.mark_volatility,
            forward=mark.forward,
            open_interest=mark.open_interest,
            source_time=now,
        )
        for underlying, marks in sorted(state.options.items())
        for mark in marks
        if mark.expiry > now
    )
    return Observation(now, quotes, options, ())


def _plan(name: str, multiple: str, *holdings) -> AccountPlan:
    legs = tuple(Holding(instrument, Decimal(quantity)) for instrument, quantity in holdings)
    return AccountPlan(name, name, Decimal(multiple), legs)
