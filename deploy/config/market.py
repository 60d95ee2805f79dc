"""What is traded: underlyings with their price sources and terms, expiries, collateral, payouts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from deploy.config.section import WAD, Address, Bps, Section, integers, to_integer

FUNDING_SCALE = 10**12
SECONDS_PER_DAY = 86_400
EXPIRY_SECOND_OF_DAY = 8 * 3_600  # 08:00 UTC


class ChainlinkSection(Section):
    """A Chainlink-style feed: its address, or `mock = true` for a fresh one that anyone may set."""

    kind: Literal["chainlink"]
    address: Address | None = None
    mock: bool = False
    heartbeat_seconds: int = Field(ge=1, le=172_800)
    deviation_bps: int = Field(ge=1, le=1_000)

    @model_validator(mode="after")
    def _one_of_both(self) -> ChainlinkSection:
        if self.mock == (self.address is not None):
            raise ValueError("source: give an address or mock = true, not both")
        return self


class PythSection(Section):
    """A price of a Pyth-style contract; `price_id` is 0x-hex of 32 bytes."""

    kind: Literal["pyth"]
    address: Address
    price_id: Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
    longest_age_seconds: int = Field(ge=1, le=86_400)
    confidence_cap_bps: int = Field(ge=1, le=1_000)

    def as_tuple(self) -> tuple[str, bytes, int, int]:
        """The adapter's constructor arguments."""
        price_id = bytes.fromhex(self.price_id[2:])
        return self.address, price_id, self.longest_age_seconds, self.confidence_cap_bps


SourceSection = ChainlinkSection | PythSection


class SequencerSection(Section):
    """A rollup's sequencer uptime feed."""

    feed: Address
    grace_seconds: int = Field(ge=1, le=86_400)


class TradingSection(Section):
    """`TradeTerms` of the contract; `depth` in units of the underlying."""

    depth: Decimal
    open_interest_bps: Annotated[int, Field(ge=0, le=1_000_000)]
    perpetual_fee_bps: Annotated[int, Field(ge=0, le=100)]
    option_fee_bps: Annotated[int, Field(ge=0, le=1_000)]

    def as_tuple(self) -> tuple[int, ...]:
        fees = (self.perpetual_fee_bps, self.option_fee_bps)
        return (to_integer("depth", self.depth, WAD), self.open_interest_bps, *fees)


class RiskSection(Section):
    """`RiskTerms` of the contract; `depth` in units of the underlying."""

    depth: Decimal
    concentration_bps: Annotated[int, Field(ge=0, le=5_000)]
    basis_bps: Annotated[int, Field(ge=0, le=5_000)]
    confidence_bps: Annotated[int, Field(ge=0, le=10_000)]
    price_band_bps: Annotated[int, Field(ge=0, le=5_000)]
    credit_half_life_seconds: Annotated[int, Field(ge=0, le=604_800)]
    offset_bps: Annotated[int, Field(ge=0, le=3_000)]

    def as_tuple(self) -> tuple[int, ...]:
        return integers(self)


class UnderlyingSection(Section):
    """One underlying; ids are given in the order of the file, from 1."""

    symbol: str
    age_volatility: Decimal
    funding_rate_yearly: Decimal
    lot_size: Decimal
    sources: tuple[Annotated[SourceSection, Field(discriminator="kind")], ...] = Field(
        default=(), max_length=4
    )
    trading: TradingSection
    risk: RiskSection

    def as_tuple(self) -> tuple[bool, int, int, int]:
        """`UnderlyingConfig` of the contract."""
        funding = to_integer("funding_rate_yearly", self.funding_rate_yearly, FUNDING_SCALE)
        return (
            True,
            to_integer("age_volatility", self.age_volatility, WAD),
            funding,
            to_integer("lot_size", self.lot_size, WAD),
        )


class ExpiriesConfig(Section):
    """The n-th 08:00 UTC after the deployment's block, for each n; and fixed times in unix seconds."""

    days_ahead: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = ()
    at: tuple[int, ...] = ()

    def after(self, timestamp: int) -> tuple[int, ...]:
        """The expiries to list, ascending."""
        first = (timestamp - EXPIRY_SECOND_OF_DAY) // SECONDS_PER_DAY * SECONDS_PER_DAY
        rule = {first + n * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY for n in self.days_ahead}
        return tuple(sorted(rule | {time for time in self.at if time > timestamp}))


class InterestSection(Section):
    """`InterestModel` of the contract; rates per year as decimals."""

    base: Decimal
    slope: Decimal
    steep_slope: Decimal
    kink_bps: Bps
    reserve_bps: Bps
    most_premium: Decimal

    def as_tuple(self) -> tuple[int, ...]:
        rates = (to_integer(name, getattr(self, name), 10**6) for name in ("base", "slope", "steep_slope"))
        premium = to_integer("most_premium", self.most_premium, WAD)
        return (*rates, self.kink_bps, self.reserve_bps, premium)


class OutflowSection(Section):
    """`OutflowLimit` of the contract: most net outflow of a vault within the window, as a share of what it held."""

    window_seconds: int
    limit_bps: Bps

    def as_tuple(self) -> tuple[int, int]:
        return (self.window_seconds, self.limit_bps)


class CollateralSection(Section):
    """A token that counts as collateral at the price of a listed underlying; `cap` in token units."""

    token: Address
    underlying: str
    haircut_bps: Annotated[int, Field(ge=0, le=10_000)]
    maintenance_haircut_bps: Annotated[int, Field(ge=0, le=10_000)]
    cap: Annotated[int, Field(ge=0)]
