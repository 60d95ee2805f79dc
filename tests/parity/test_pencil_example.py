"""The README's margin example: its figures, read out of its text, from the library and from the real contracts."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy import deploy
from deploy.config import ExpiriesConfig, GridConfig, RiskSection, TradingSection, UnderlyingSection
from keeper.chain import Artifacts, contracts_at
from keeper.errors import TransactionFailed
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.wire import (
    Header,
    MarginRow,
    Order,
    PriceRow,
    order_digest,
    pack_rows,
    round_digest,
    rows_hash,
)
from risk.instruments import PERPETUAL, Instrument, InstrumentTable
from risk.margin.corridor import fresh_ratios, requirement_wad
from risk.margin.requirement import delta_gamma_vega_requirement, equity_interval, own_requirement
from risk.market import MarketState
from risk.parameters import MarginParameters, ScenarioPoint
from risk.units import WAD, to_wad_up
from tests.e2e.conftest import SIGNERS, configuration, new_chain

REPOSITORY = Path(__file__).parents[2]
TRADER, MAKER = (KeystoreSigner.from_secret(secret) for secret in (0xB1, 0xB2))
BITCOIN = Instrument(underlying=1, expiry=0, strike_micros=0, kind=PERPETUAL)
NUMBER = r"(\d[\d,]*(?:\.\d+)?)"


def readme_figures() -> dict[str, Decimal]:
    """Every figure of the section, named; a sentence that no longer reads so fails here."""
    text = (REPOSITORY / "README.md").read_text()
    section = " ".join(
        text.split("## A margin example with a pencil")[1].split("## ")[0].replace("*", "").split()
    )
    sentences = {
        rf"Bitcoin is at {NUMBER}; the account is long {NUMBER} perpetuals entered at {NUMBER} and holds {NUMBER}":
            "price quantity entry cash",
        rf"grid of -{NUMBER}%, 0, \+{NUMBER}%; daily spot volatility {NUMBER}%": "shock shock_up volatility",
        rf"expected-shortfall multiplier {NUMBER}; corridor \[{NUMBER}, {NUMBER}\]": "multiplier floor cap",
        rf"unrealised {NUMBER} x \({NUMBER} - {NUMBER}\) = {NUMBER}": "_ _ _ equity",
        rf"loss = .* = {NUMBER}\. 3\.": "grid_loss",
        rf"standard deviation {NUMBER} x {NUMBER} = {NUMBER}": "delta _ deviation",
        rf"the tail loss is .* = {NUMBER}\. 4\.": "tail_loss",
        rf"= {NUMBER} \(no short options": "own",
        rf"ratio {NUMBER} / {NUMBER} = {NUMBER}, inside": "shortfall _ maintenance_ratio",
        rf"attested initial ratio of {NUMBER}, initial = {NUMBER}\.": "initial_ratio initial",
        rf"Maintenance = {NUMBER} x {NUMBER} = {NUMBER};": "_ _ maintenance",
        rf"At {NUMBER} equity is {NUMBER}, the grid asks {NUMBER} and maintenance is {NUMBER} x {NUMBER} = {NUMBER}":
            "healthy_price healthy_equity healthy_own _ _ healthy_maintenance",
        rf"At {NUMBER} equity is {NUMBER} against {NUMBER}:": "low_price low_equity low_maintenance",
    }  # fmt: skip
    figures: dict[str, Decimal] = {}
    for pattern, names in sentences.items():
        match = re.search(pattern, section)
        assert match is not None, pattern
        values = (Decimal(value.replace(",", "")) for value in match.groups())
        figures |= {name: value for name, value in zip(names.split(), values, strict=True) if name != "_"}
    return figures


README = readme_figures()


def wad(name: str) -> int:
    return int(README[name] * WAD)


def bps(name: str) -> int:
    return int(README[name] * 10_000)


SHOCK_BPS = int(README["shock"] * 100)
DAILY = README["volatility"] / 100


# ---- the library ----


def parameters() -> MarginParameters:
    return MarginParameters(
        loadings=(int(DAILY * WAD), 0, int(DAILY * WAD)),
        grid=tuple(ScenarioPoint(shock, 0) for shock in (-SHOCK_BPS, 0, SHOCK_BPS)),
        value_at_risk_multiplier=2 * WAD,
        expected_shortfall_multiplier=wad("multiplier"),
        ratio_floor_bps=bps("floor"),
        ratio_cap_bps=bps("cap"),
        stale_initial_ratio_bps=bps("initial_ratio"),
        attestation_decay_seconds=3_600,
        cure_buffer_bps=500,
        short_option_charge_bps=50,
        minimum_notional_bps=100,
        term_floor_days=7,
    )


def library(price: str) -> tuple[float, Any]:
    """Equity and own requirement at a price of the README."""
    table, market = (
        InstrumentTable.of([BITCOIN]),
        MarketState(now=0, index=[float(README[price])], surfaces={}),
    )
    book = {"table": table, "market": market, "quantities": [float(README["quantity"])]}
    entry = float(README["quantity"] * README["entry"])
    equity = equity_interval(
        **book, cash=float(README["cash"]), entry_values=[entry], low=market.index, high=market.index
    )
    assert equity.low[0] == equity.high[0]
    return float(equity.low[0]), own_requirement(**book, parameters=parameters())


def test_the_library_computes_the_readmes_figures() -> None:
    equity, found = library("price")
    assert equity == pytest.approx(float(README["equity"]), rel=1e-12)
    assert found.delta[0, 0] == pytest.approx(float(README["delta"]), rel=1e-12)
    one_sigma = float(np.sqrt(parameters().covariance()[0, 0])) * found.delta[0, 0]
    assert one_sigma == pytest.approx(float(README["deviation"]), rel=1e-12)
    assert found.delta_gamma_vega[0] == pytest.approx(float(README["tail_loss"]), rel=1e-12)
    again = delta_gamma_vega_requirement(
        delta=found.delta, gamma=found.gamma, vega=found.vega, parameters=parameters()
    )
    assert again[0] == found.delta_gamma_vega[0]
    assert found.scenario_loss[0] == pytest.approx(float(README["grid_loss"]), rel=1e-12)
    assert found.own[0] == pytest.approx(float(README["own"]), rel=1e-12)
    assert found.worst_point[0, 0] == 0, "the -16% point"


def test_the_library_applies_the_readmes_ratios() -> None:
    assert README["shortfall"] / README["own"] == README["maintenance_ratio"]
    ratios = fresh_ratios(
        initial_bps=bps("initial_ratio"), maintenance_bps=bps("maintenance_ratio"), parameters=parameters()
    )
    for price, name in (
        ("price", "maintenance"), ("healthy_price", "healthy_maintenance"), ("low_price", "low_maintenance")
    ):  # fmt: skip
        own = to_wad_up(round(library(price)[1].own[0], 9))
        assert requirement_wad(own_requirement_wad=own, ratio_bps=ratios.maintenance_bps) == wad(name)
    own = to_wad_up(round(library("price")[1].own[0], 9))
    assert requirement_wad(own_requirement_wad=own, ratio_bps=ratios.initial_bps) == wad("initial")


@pytest.mark.parametrize("state", ["healthy", "low"])
def test_the_library_follows_the_price_down(state: str) -> None:
    equity, found = library(f"{state}_price")
    assert equity == pytest.approx(float(README[f"{state}_equity"]), rel=1e-12)
    maintenance = found.own[0] * float(README["maintenance_ratio"])
    assert maintenance == pytest.approx(float(README[f"{state}_maintenance"]), rel=1e-12)
    assert bool(equity < maintenance) is (state == "low")


# ---- the contracts ----


class Chain:
    """The example's parameters, deployed; one trader long, one market maker short."""

    def __init__(self, artifacts: Artifacts, record: Path) -> None:
        self.web3, self.backend = new_chain(artifacts)
        self.config = example_configuration(self.backend)
        self.deployment = deploy(self.config, self.backend, artifacts, record)
        self.contracts = contracts_at(artifacts, self.deployment.addresses)
        self.token = artifacts.get("MockToken")

    def read(self, name: str, function: str, *arguments: Any) -> Any:
        contract = self.contracts[name]
        data = self.backend.call(contract.address, contract.encode(function, *arguments))
        return contract.decode(function, data)

    def send(self, name: str, function: str, *arguments: Any) -> Any:
        contract = self.contracts[name]
        return self.backend.transact(contract.address, contract.encode(function, *arguments))

    def open(self, owner: str, cash: Decimal) -> int:
        self.send("MarginAccounts", "create", owner)
        account = self.read("MarginAccounts", "accountCount")
        units, ledger = int(cash * 10**6), self.contracts["MarginAccounts"].address
        for function, arguments in (("mint", (self.backend.sender, units)), ("approve", (ledger, units))):
            self.backend.transact(self.deployment.token, self.token.function(function).encode(arguments))
        self.send("MarginAccounts", "deposit", account, units)
        return int(account)

    def publish(self, lane: int, function: str, row: PriceRow | MarginRow) -> None:
        contract, now = self.contracts["SignedLanes"], self.backend.block()[1]
        head = Header(
            config_digest=self.read("SignedLanes", "configDigest"),
            lane=lane,
            seq=self.read("SignedLanes", "lastSequence", lane) + 1,
            observed_at=now,
            valid_until=now + 600,
            snapshot=b"\x01" * 32,
            model=b"\x02" * 32,
        )
        digest = round_digest(head, rows_hash([row]), self.config.chain_id, contract.address)
        quorum = assemble_quorum({i: SIGNERS[i].sign_digest(digest) for i in (0, 1)}, 2)
        self.send("SignedLanes", function, head, pack_rows([row]), quorum)

    def wait(self, seconds: int) -> None:
        tester: Any = self.web3.provider
        tester.ethereum_tester.time_travel(self.backend.block()[1] + seconds)
        tester.ethereum_tester.mine_block()

    def publish_price(self, name: str) -> None:
        """Three rounds: as a jump the price counts alone from the third on."""
        for _ in range(3):
            self.wait(5)
            self.publish(0, "publishPrices", PriceRow(1, wad(name), 0))

    def trade(self, buyer: int, seller: int, quantity: int, price: int) -> None:
        contract, now = self.contracts["TradeSettlement"], self.backend.block()[1]
        sides = []
        for account, key, signed in ((buyer, TRADER, quantity), (seller, MAKER, -quantity)):
            order = Order(account, BITCOIN.encode(), signed, price, 0, now + 600, 0, 1)
            signature = key.sign_digest(order_digest(order, self.config.chain_id, contract.address))
            sides += [order.as_tuple(), key.address, signature]
        self.send("TradeSettlement", "settle", *sides, quantity, price)

    def equity(self, account: int) -> int:
        """At the signed price, without the interval."""
        return int(
            self.read("MarginAccounts", "cashOf", account) + self.read("MarginEngine", "markOf", account)
        )


def example_configuration(backend: Any) -> Any:
    base = configuration(backend)
    margin = base.margin.model_copy(
        update={
            "value_at_risk_multiplier": Decimal(2),
            "expected_shortfall_multiplier": README["multiplier"],
            "ratio_floor_bps": bps("floor"),
            "ratio_cap_bps": bps("cap"),
            "stale_initial_ratio_bps": bps("initial_ratio"),
        }
    )
    bitcoin = UnderlyingSection(
        symbol="BTC",
        age_volatility=Decimal("0.01"),
        funding_rate_yearly=Decimal(0),
        lot_size=Decimal("0.01"),
        trading=TradingSection(
            depth=Decimal(1_000), open_interest_bps=100_000, perpetual_fee_bps=0, option_fee_bps=0
        ),
        risk=RiskSection(
            depth=Decimal(0),
            concentration_bps=0,
            basis_bps=0,
            confidence_bps=0,
            price_band_bps=0,
            credit_half_life_seconds=0,
            offset_bps=0,
        ),
    )
    return base.model_copy(
        update={
            "underlyings": (bitcoin,),
            "expiries": ExpiriesConfig(days_ahead=(1,)),
            "loadings": ((DAILY,), (Decimal(0), DAILY)),
            "grid": GridConfig(spot_bps=(-SHOCK_BPS, 0, SHOCK_BPS), volatility_bps=(0,)),
            "margin": margin,
            "limits": base.limits.model_copy(update={"rise_grace_seconds": 0, "rise_seconds": 60}),
        }
    )


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return Chain(Artifacts(REPOSITORY / "out"), tmp_path_factory.mktemp("pencil") / "record.json")


def test_the_contracts_live_through_the_readmes_example(chain: Chain) -> None:
    chain.publish_price("entry")
    trader, maker = chain.open(TRADER.address, README["cash"]), chain.open(MAKER.address, Decimal(1_000_000))
    chain.trade(trader, maker, wad("quantity"), wad("entry"))
    chain.publish_price("price")
    nonce = chain.read("MarginAccounts", "portfolioNonce", trader)
    ratios = bps("initial_ratio"), bps("maintenance_ratio")
    chain.publish(4, "publishMargins", MarginRow(trader, nonce, *ratios, wad("shortfall"), wad("shortfall")))
    chain.wait(120)  # by then the ratio has risen to what was attested
    chain.publish_price("price")

    margin = chain.read("MarginEngine", "marginOf", trader)
    assert chain.equity(trader) == wad("equity")
    assert margin["scenarioLoss"] == wad("grid_loss")
    # The root is taken in WAD and rounded up: 2.67 x 4e5 units of 1e-18.
    assert 0 <= margin["deltaGammaVega"] - wad("tail_loss") <= 2 * 10**6
    assert (margin["charges"], margin["ownRequirement"]) == (0, wad("own"))
    assert margin["attested"]
    assert margin["maintenanceRequirement"] == wad("maintenance")
    assert margin["initialRequirement"] == wad("initial") <= margin["equityLow"]

    witness = (True, 0)  # the first grid point, -16%
    chain.publish_price("healthy_price")
    assert chain.equity(trader) == wad("healthy_equity")
    margin = chain.read("MarginEngine", "marginOf", trader)
    assert margin["ownRequirement"] == wad("healthy_own")
    assert margin["maintenanceRequirement"] == wad("healthy_maintenance")
    with pytest.raises(TransactionFailed) as caught:
        chain.send("Liquidation", "start", trader, witness, 0)
    assert caught.value.error_name == "NotLiquidatable"

    chain.publish_price("low_price")
    assert chain.equity(trader) == wad("low_equity")
    bound, _, equity_high = chain.read("MarginEngine", "witnessOf", trader, witness)
    assert bound == wad("low_maintenance") > equity_high
    chain.send("Liquidation", "start", trader, witness, 0)
    assert chain.read("Liquidation", "inLiquidation", trader)
