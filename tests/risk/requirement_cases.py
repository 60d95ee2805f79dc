"""A small market and its parameters, shared by the tests of the requirement."""

from risk.instruments import CALL, PERPETUAL, PUT, Instrument
from risk.market import ExpirySurface, MarketState
from risk.parameters import MarginParameters, ScenarioPoint
from risk.surface import SviSlice
from risk.units import SECONDS_PER_DAY, WAD

NOW = 1_583_884_800  # 2020-03-11 00:00 UTC
EXPIRY = NOW + 8 * 3_600 + 30 * SECONDS_PER_DAY

PARAMETERS = MarginParameters(
    loadings=tuple(
        WAD * percent // 100 for row in ((12,), (-5, 15), (11, -2, 9), (-6, 0, 0, 12)) for percent in row
    ),
    grid=tuple(
        ScenarioPoint(spot_shock_bps=spot, volatility_shock_bps=volatility)
        for spot in (-4_500, -2_000, 0, 2_000, 4_500)
        for volatility in (-2_500, 4_000)
    ),
    value_at_risk_multiplier=2_326_347_874_040_841_100,
    expected_shortfall_multiplier=2_665_214_220_345_806_400,
    ratio_floor_bps=8_000,
    ratio_cap_bps=20_000,
    stale_initial_ratio_bps=15_000,
    attestation_decay_seconds=3_600,
    cure_buffer_bps=1_000,
    short_option_charge_bps=50,
    minimum_notional_bps=200,
    term_floor_days=1,
)
SMILE = SviSlice(a=0.02, b=0.09, rho=-0.25, m=0.01, sigma=0.12)


def market(*, now: int = NOW, settlements: dict[tuple[int, int], float] | None = None) -> MarketState:
    surfaces = {(u, EXPIRY): ExpirySurface(basis=0.004, slice=SMILE) for u in (0, 1)}
    return MarketState(now=now, index=[8_000.0, 200.0], surfaces=surfaces, settlements=settlements or {})


def perpetual(underlying: int = 1) -> Instrument:
    return Instrument(underlying=underlying, expiry=0, strike_micros=0, kind=PERPETUAL)


def option(strike: int, *, is_call: bool, underlying: int = 1) -> Instrument:
    return Instrument(
        underlying=underlying, expiry=EXPIRY, strike_micros=strike * 10**6, kind=CALL if is_call else PUT
    )
