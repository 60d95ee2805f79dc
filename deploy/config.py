"""A chain's configuration: one TOML file, read once into frozen records; unknown keys are refused by name.

Amounts are decimal strings in the unit their name says; they become WAD integers here, exactly.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from eth_utils.crypto import keccak
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from keeper.canonical import canonical_json
from keeper.errors import ConfigurationError, WireError
from keeper.wire import require_address

WAD = 10**18
FUNDING_SCALE = 10**12
SECONDS_PER_DAY = 86_400
EXPIRY_SECOND_OF_DAY = 8 * 3_600  # 08:00 UTC
# Anvil, geth --dev, eth-tester: chains on which nobody has money.
DEVELOPMENT_CHAINS = frozenset({31_337, 1_337, 131_277_322_940_537})
LEAST_DELAY_SECONDS = 172_800  # two days, in which whoever disagrees with a change can leave


def _address(value: str) -> str:
    try:
        return require_address("configuration", "address", value)
    except WireError as error:
        raise ValueError(str(error)) from error


Address = Annotated[str, AfterValidator(_address)]
Bps = Annotated[int, Field(ge=-10_000, le=1_000_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TokenConfig(_Section):
    """An existing token's address, or `mock = true` for a fresh test currency that anyone may mint."""

    address: Address | None = None
    mock: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> TokenConfig:
        if self.mock == (self.address is not None):
            raise ValueError("token: give an address or mock = true, not both")
        return self


class SignersConfig(_Section):
    addresses: tuple[Address, ...] = Field(min_length=1, max_length=255)
    threshold: int = Field(ge=1, le=255)

    @model_validator(mode="after")
    def _distinct_and_enough(self) -> SignersConfig:
        if len(set(self.addresses)) != len(self.addresses):
            raise ValueError("signers: an address is listed twice")
        if self.threshold > len(self.addresses):
            raise ValueError(f"signers: threshold {self.threshold} exceeds {len(self.addresses)} signers")
        return self


class GovernanceConfig(_Section):
    """Who governs after the deployment; the deploying account is never among them."""

    council: Address
    guardians: tuple[Address, ...] = Field(min_length=1)
    delay_seconds: int = Field(
        gt=0, description="between scheduling and executing a change, and of the timelock"
    )

    @model_validator(mode="after")
    def _apart(self) -> GovernanceConfig:
        if self.council in self.guardians or len(set(self.guardians)) != len(self.guardians):
            raise ValueError("governance: council and guardians must be different accounts")
        return self


class ChainlinkSection(_Section):
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


class PythSection(_Section):
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


class SequencerSection(_Section):
    """A rollup's sequencer uptime feed."""

    feed: Address
    grace_seconds: int = Field(ge=1, le=86_400)


class TradingSection(_Section):
    """`TradeTerms` of the contract; `depth` in units of the underlying."""

    depth: Decimal
    open_interest_bps: Annotated[int, Field(ge=0, le=1_000_000)]
    perpetual_fee_bps: Annotated[int, Field(ge=0, le=100)]
    option_fee_bps: Annotated[int, Field(ge=0, le=1_000)]

    def as_tuple(self) -> tuple[int, ...]:
        fees = (self.perpetual_fee_bps, self.option_fee_bps)
        return (to_integer("depth", self.depth, WAD), self.open_interest_bps, *fees)


class UnderlyingSection(_Section):
    """One underlying; ids are given in the order of the file, from 1."""

    symbol: str
    age_volatility: Decimal
    funding_rate_yearly: Decimal
    lot_size: Decimal
    sources: tuple[Annotated[SourceSection, Field(discriminator="kind")], ...] = Field(
        default=(), max_length=4
    )
    trading: TradingSection

    def as_tuple(self) -> tuple[bool, int, int, int]:
        """`UnderlyingConfig` of the contract."""
        funding = to_integer("funding_rate_yearly", self.funding_rate_yearly, FUNDING_SCALE)
        return (
            True,
            to_integer("age_volatility", self.age_volatility, WAD),
            funding,
            to_integer("lot_size", self.lot_size, WAD),
        )


class ExpiriesConfig(_Section):
    """The n-th 08:00 UTC after the deployment's block, for each n; and fixed times in unix seconds."""

    days_ahead: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = ()
    at: tuple[int, ...] = ()

    def after(self, timestamp: int) -> tuple[int, ...]:
        """The expiries to list, ascending."""
        first = (timestamp - EXPIRY_SECOND_OF_DAY) // SECONDS_PER_DAY * SECONDS_PER_DAY
        rule = {first + n * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY for n in self.days_ahead}
        return tuple(sorted(rule | {time for time in self.at if time > timestamp}))


class TailConfig(_Section):
    spot_bps: Bps
    volatility_bps: Bps
    weight_bps: Annotated[int, Field(ge=1, le=10_000)]


class GridConfig(_Section):
    """The product of spot and volatility shocks at full weight, then the dampened tails."""

    spot_bps: tuple[Bps, ...]
    volatility_bps: tuple[Bps, ...]
    tails: tuple[TailConfig, ...] = ()

    def points(self) -> list[tuple[int, int, int]]:
        """`ScenarioPoint`s of the contract."""
        product = [(spot, volatility, 10_000) for spot in self.spot_bps for volatility in self.volatility_bps]
        return product + [(tail.spot_bps, tail.volatility_bps, tail.weight_bps) for tail in self.tails]


class MarginSection(_Section):
    """`MarginModel` of the contract; multipliers as decimals."""

    value_at_risk_multiplier: Decimal
    expected_shortfall_multiplier: Decimal
    ratio_floor_bps: Bps
    ratio_cap_bps: Bps
    stale_initial_ratio_bps: Bps
    attestation_decay_seconds: int
    cure_buffer_bps: Bps
    short_option_charge_bps: Bps
    minimum_notional_bps: Bps
    term_floor_days: int

    def as_tuple(self) -> tuple[int, ...]:
        multipliers = (
            to_integer("value_at_risk_multiplier", self.value_at_risk_multiplier, WAD),
            to_integer("expected_shortfall_multiplier", self.expected_shortfall_multiplier, WAD),
        )
        return multipliers + tuple(getattr(self, name) for name in list(type(self).model_fields)[2:])


class LimitsSection(_Section):
    """`LaneLimits` of the contract."""

    reduce_only_age: int
    halt_age: int
    attestation_max_age: int
    max_time_to_live: int
    basis_band_bps: Bps
    max_volatility_bps: Bps
    min_volatility_bps: Bps
    rise_grace_seconds: int
    rise_seconds: int
    volatility_step_bps: Bps
    volatility_speed_bps: Bps
    reference_band_bps: Bps
    reference_seconds: int

    def as_tuple(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in type(self).model_fields)


class StateSection(_Section):
    """`StateLimits` of the contract; shares and rates as decimals, speeds an hour."""

    least_spot_deviation: Decimal
    most_spot_deviation: Decimal
    least_volatility_deviation: Decimal
    most_volatility_deviation: Decimal
    deviation_speed: Decimal
    correlation_speed: Decimal
    daily_loosening: Decimal
    weekly_loosening: Decimal
    most_premium: Decimal
    most_funding_rate: Decimal
    most_borrow_premium: Decimal
    borrow_premium_speed: Decimal
    premium_average_seconds: int
    funding_period_seconds: int
    funding_life_seconds: int
    most_elapsed_seconds: int

    def as_tuple(self) -> tuple[int, ...]:
        return _integers(self)


class PolicySection(_Section):
    """`PolicyLimits` of the contract; shares as decimals, liquidations in quote currency."""

    grace_seconds: int
    step_seconds: int
    window_seconds: int
    attribution_seconds: int
    most_rise: Decimal
    daily_loosening: Decimal
    weekly_loosening: Decimal
    daily_liquidations: Decimal
    weekly_liquidations: Decimal

    def as_tuple(self) -> tuple[int, ...]:
        return _integers(self)


class AuctionSection(_Section):
    """`AuctionCurve` of the contract; `dust_requirement` in quote currency."""

    duration_seconds: int
    start_discount_bps: Bps
    end_discount_bps: Bps
    insurance_fee_bps: Bps
    dust_requirement: Decimal

    def as_tuple(self) -> tuple[int, ...]:
        rates = (self.start_discount_bps, self.end_discount_bps, self.insurance_fee_bps)
        return (self.duration_seconds, *rates, to_integer("dust_requirement", self.dust_requirement, WAD))


class OutflowSection(_Section):
    """`OutflowLimit` of the contract: most net outflow of a vault within the window, as a share of what it held."""

    window_seconds: int
    limit_bps: Bps

    def as_tuple(self) -> tuple[int, int]:
        return (self.window_seconds, self.limit_bps)


class CollateralSection(_Section):
    """A token that counts as collateral at the price of a listed underlying; `cap` in token units."""

    token: Address
    underlying: str
    haircut_bps: Annotated[int, Field(ge=0, le=10_000)]
    maintenance_haircut_bps: Annotated[int, Field(ge=0, le=10_000)]
    cap: Annotated[int, Field(ge=0)]


class ChainConfig(_Section):
    """Everything that is deployed on one chain."""

    chain_id: int = Field(gt=0)
    token: TokenConfig
    signers: SignersConfig
    governance: GovernanceConfig
    underlyings: tuple[UnderlyingSection, ...] = Field(min_length=1, max_length=8)
    expiries: ExpiriesConfig
    loadings: tuple[tuple[Decimal, ...], ...]
    grid: GridConfig
    margin: MarginSection
    limits: LimitsSection
    auction: AuctionSection
    state: StateSection
    policy: PolicySection
    outflow: OutflowSection
    collateral: tuple[CollateralSection, ...] = ()
    quote_feed: str | None = Field(default=None, description="underlying that prices the quote token")
    sequencer: SequencerSection | None = None

    @model_validator(mode="after")
    def _triangle(self) -> ChainConfig:
        widths = [len(row) for row in self.loadings]
        expected = list(range(1, 2 * len(self.underlyings) + 1))
        if widths != expected:
            raise ValueError(f"loadings: rows have {widths} entries, expected {expected} (lower triangle)")
        return self

    @model_validator(mode="after")
    def _time_to_leave(self) -> ChainConfig:
        delay = self.governance.delay_seconds
        if self.chain_id not in DEVELOPMENT_CHAINS and delay < LEAST_DELAY_SECONDS:
            raise ValueError(
                f"governance.delay_seconds = {delay}: chain {self.chain_id} needs {LEAST_DELAY_SECONDS} at least, "
                f"only development chains {sorted(DEVELOPMENT_CHAINS)} may have less"
            )
        return self

    def loadings_wad(self) -> list[int]:
        """The lower triangle by rows."""
        return [to_integer("loadings", value, WAD) for row in self.loadings for value in row]

    @model_validator(mode="after")
    def _known_feeds(self) -> ChainConfig:
        symbols = {section.symbol for section in self.underlyings}
        feeds = [section.underlying for section in self.collateral]
        for feed in [*feeds, *([self.quote_feed] if self.quote_feed else [])]:
            if feed not in symbols:
                raise ValueError(f"collateral: {feed} is no listed underlying")
        return self

    def quote_feed_id(self) -> int:
        """The underlying that prices the quote token, 0 for none."""
        return 0 if self.quote_feed is None else self._underlying_id(self.quote_feed)

    def collateral_config(self, section: CollateralSection) -> tuple[int, int, int, int]:
        """`CollateralConfig` of the contract."""
        haircuts = (section.haircut_bps, section.maintenance_haircut_bps)
        return (self._underlying_id(section.underlying), *haircuts, section.cap)

    def _underlying_id(self, symbol: str) -> int:
        return [section.symbol for section in self.underlyings].index(symbol) + 1

    def with_signers(self, addresses: tuple[str, ...], threshold: int) -> ChainConfig:
        """The same configuration for another quorum."""
        signers = {"addresses": addresses, "threshold": threshold}
        return ChainConfig.model_validate({**self.model_dump(), "signers": signers})

    @property
    def digest(self) -> str:
        """keccak-256 of the canonical JSON, 0x-hex."""
        return "0x" + keccak(canonical_json(self.model_dump())).hex()


def _integers(section: _Section) -> tuple[int, ...]:
    """Every field in order: whole numbers as they are, decimals in WAD."""
    values = ((name, getattr(section, name)) for name in type(section).model_fields)
    return tuple(v if isinstance(v, int) else to_integer(name, v, WAD) for name, v in values)


def to_integer(name: str, value: Decimal, scale: int) -> int:
    """`value` x `scale`, which must be whole: nothing is rounded on the way to the chain."""
    scaled = value * scale
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ConfigurationError(f"{name} = {value} is not a multiple of 1/{scale}")
    return int(scaled)


def read_chain_config(path: Path) -> ChainConfig:
    """Reads a chain's TOML file."""
    try:
        return ChainConfig.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError as error:
        raise ConfigurationError(f"chain configuration {path} does not exist: see deploy/chains") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"chain configuration {path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        given = str(first["input"])[:80]
        raise ConfigurationError(f"chain configuration {path}: {where} = {given}: {first['msg']}") from error
