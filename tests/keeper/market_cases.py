"""One small market for the tests of assessment and daemon: seven venues, two underlyings, two expiries, a history."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from deploy import read_chain_config
from keeper.assess import AssessmentInputs, Assessor, BlockRef, HourlyMark, ModelConfig, parse_history
from keeper.assess.history import history_digest
from keeper.consensus import ConsensusConfig, consensus_price
from keeper.parameters import (
    AuctionCurve,
    LaneLimits,
    MarginModel,
    ParametersSnapshot,
    ScenarioPoint,
    UnderlyingConfig,
)
from keeper.simulation.history import synthetic_history
from keeper.simulation.market import MarketPath
from keeper.symbols import BTC, ETH
from keeper.types import WAD, AccountState, ConsensusPrice, LegState, Observation, OptionQuote, Quote
from risk.instruments import CALL, PERPETUAL, PUT, Instrument

REPOSITORY = Path(__file__).parents[2]
NOW = 1_584_000_000  # 12 March 2020, 08:00 UTC
NEAR, FAR = 1_584_691_200, 1_585_296_000  # 20 and 27 March 2020, 08:00 UTC
EXPIRIES = (NEAR, FAR)
STRIKES = {
    BTC: tuple(Decimal(k) for k in range(5_000, 11_001, 500)),
    ETH: tuple(Decimal(k) for k in range(120, 271, 15)),
}
PATH = MarketPath(3, NOW, 300, 100, EXPIRIES, STRIKES)
CONSENSUS = ConsensusConfig()
OWNER = "0x" + "11" * 20
BLOCK_HASH = "0x" + "ab" * 32


def quotes(step: int = 0) -> tuple[Quote, ...]:
    """What every venue says at a step of the path."""
    state = PATH.state(step)
    return tuple(
        Quote(venue, venue, underlying, v.price, v.half_spread, v.timestamp, state.now)
        for (venue, underlying), v in state.venues.items()
    )


def option_quotes(step: int = 0) -> tuple[OptionQuote, ...]:
    """Marks of out-of-the-money options of both expiries."""
    state = PATH.state(step)
    return tuple(
        OptionQuote(
            source="deribit",
            underlying=underlying,
            expiry=mark.expiry,
            strike=mark.strike,
            is_call=mark.is_call,
            mark_volatility=mark.mark_volatility,
            forward=mark.forward,
            open_interest=mark.open_interest,
            source_time=state.now,
        )
        for underlying, marks in state.options.items()
        for mark in marks
        if mark.is_call == (mark.strike >= mark.forward)
    )


def observation(step: int = 0) -> Observation:
    return Observation(PATH.time(step), quotes(step), option_quotes(step), ())


def prices(step: int = 0) -> tuple[ConsensusPrice, ...]:
    return tuple(
        consensus_price(
            quotes(step), underlying=u, now=PATH.time(step), previous=None, config=CONSENSUS, last_changes={}
        )
        for u in (BTC, ETH)
    )


def leg(quantity: str, kind: int, *, underlying: int = BTC, expiry: int = NEAR, strike: int = 0) -> LegState:
    instrument = Instrument(underlying, 0 if kind == PERPETUAL else expiry, strike * 10**6, kind)
    return LegState(instrument.encode(), int(Decimal(quantity) * WAD))


def account(number: int, *legs: LegState, cash: int = 100_000, nonce: int = 1) -> AccountState:
    ordered = tuple(sorted(legs, key=lambda item: item.instrument))
    return AccountState(number, OWNER, cash * WAD, nonce, 0, (0, 0), ordered)


ACCOUNTS = (
    account(1, leg("3", PERPETUAL), leg("-3", CALL, strike=8_500), nonce=4),
    account(2, leg("-10", PUT, strike=7_000), leg("10", PUT, strike=6_000, expiry=FAR), nonce=2),
    account(3, leg("20", PERPETUAL, underlying=ETH)),
    account(4),
)


@cache
def parameters() -> ParametersSnapshot:
    """Those of the local chain's configuration."""
    config = read_chain_config(REPOSITORY / "deploy/chains/local.toml")
    return ParametersSnapshot(
        digest=b"\x07" * 32,
        underlyings=tuple(UnderlyingConfig(*u.as_tuple()) for u in config.underlyings),
        expiries=EXPIRIES,
        covariance=(),
        loadings=tuple(config.loadings_wad()),
        grid=tuple(ScenarioPoint(*point) for point in config.grid.points()),
        model=MarginModel(*config.margin.as_tuple()),
        limits=LaneLimits(*config.limits.as_tuple()),
        curve=AuctionCurve(*config.auction.as_tuple()),
    )


HISTORY_DOCUMENT = synthetic_history(seed=3, end=NOW, hours=24 * 12, spots=(7_900.0, 195.0))
MODEL = ModelConfig(
    confidence=0.975,
    horizon_steps=24,
    historical=60,
    filtered_historical=120,
    student_t=60,
    seed=5,
    initial_multiplier=1.15,
    maintenance_share=0.8,
    history=history_digest(HISTORY_DOCUMENT),
)


@cache
def assessor() -> Assessor:
    return Assessor(model=MODEL, history=parse_history(HISTORY_DOCUMENT))


def inputs(
    step: int = 0, accounts: tuple[AccountState, ...] = ACCOUNTS, recent: tuple[HourlyMark, ...] = ()
) -> AssessmentInputs:
    return AssessmentInputs(
        now=PATH.time(step),
        block=BlockRef(77, BLOCK_HASH),
        prices=prices(step),
        option_quotes=option_quotes(step),
        expiries=EXPIRIES,
        accounts=accounts,
        recent=recent,
    )
