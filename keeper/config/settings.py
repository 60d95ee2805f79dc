"""Every setting of the keeper. Each is documented in docs/configuration.md, and a test holds it so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from keeper.config.keys import KeySettings
from keeper.config.load import FileSettings, read_settings

_TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChainSettings(_Section):
    """Which chain, and where its contracts are."""

    rpc_url: str
    fallback_rpc_urls: tuple[str, ...] = Field(default=(), description="further nodes of the same chain")
    agreement: int = Field(
        default=1, ge=1, description="nodes that must have the same newest block; more than half of all"
    )
    chain_id: int = Field(gt=0)
    deployment: Path = Field(description="the deployment record written by `tailguard deploy`")
    artifacts: Path = Field(default=Path("out"), description="compiled contracts, for their ABIs")
    timeout_seconds: float = Field(default=10.0, gt=0)


class VenueSettings(_Section):
    """One spot venue, by the name of its wire format."""

    name: Literal["binance", "coinbase", "kraken", "bitstamp", "gemini", "bitfinex", "poloniex"]
    base_url: str


class FeedSettings(_Section):
    """Sources of prices and volatilities."""

    venues: tuple[VenueSettings, ...] = Field(min_length=3)
    deribit_url: str
    chainlink: dict[int, str] = Field(default={}, description="underlying -> aggregator address")
    timeout_seconds: float = Field(default=3.0, gt=0)


class ConsensusSettings(_Section):
    """Gates a source passes before it votes; see keeper.consensus."""

    max_age_seconds: int = 120
    max_future_seconds: int = 5
    max_half_spread: Decimal = Decimal("0.02")
    jump_limit: Decimal = Decimal("0.10")
    dispersion_limit: Decimal = Decimal("0.02")
    clamp: Decimal = Decimal("0.01")
    min_domains: int = Field(default=3, ge=3)
    confidence_floor_bps: int = 5


class ModelSettings(_Section):
    """The risk model. All of it goes into the model digest that every round commits to."""

    history: Path = Field(description="price and volatility history; its form is in docs/configuration.md")
    confidence: float = Field(default=0.99, gt=0.9, lt=1.0)
    horizon_hours: int = Field(default=24, ge=1)
    historical: int = 400
    filtered_historical: int = 1200
    student_t: int = 400
    seed: int = 20200312
    initial_multiplier: float = 1.15
    maintenance_share: float = Field(default=0.80, gt=0, le=1)


class ChargeSettings(_Section):
    """What margin holds besides CVaR; off unless set. All of it goes into the model digest."""

    daily_volume: float = Field(default=0.0, ge=0)
    participation: float = Field(default=0.1, gt=0, le=1)
    most_liquidation_days: float = Field(default=10.0, gt=0)
    concentration_notional: float = Field(default=0.0, ge=0)
    concentration_shock: float = Field(default=0.05, ge=0)
    concentration_most_shock: float = Field(default=0.3, ge=0, le=1)
    basis_deviation_daily: float = Field(default=0.0, ge=0)
    oracle_age_multiplier: float = Field(default=0.0, ge=0)
    short_option_share: float = Field(default=0.0, ge=0)
    stressed_weight: float = Field(default=0.0, ge=0, le=1)
    operational_hazard_per_day: float = Field(default=0.0, ge=0)
    operational_loss_share: float = Field(default=1.0, ge=0, le=1)
    down_half_life_seconds: float = Field(default=0.0, ge=0)


class RoundSettings(_Section):
    """The rhythm of rounds and the quorum's tolerances."""

    interval_seconds: int = Field(default=60, ge=1)
    takeover_seconds: int = Field(default=20, ge=1)
    validity_seconds: int = Field(default=300, ge=1)
    price_deviation_bps: int = 50
    price_heartbeat_seconds: int = 900
    surface_heartbeat_seconds: int = 900
    state_heartbeat_seconds: int = 3600
    ratio_bps: int = 25
    margin_root_above: int = Field(default=200, ge=0)
    attestation_seconds: int = 1800
    price_tolerance_bps: int = 20
    volatility_tolerance: float = 0.03
    ratio_tolerance_bps: int = 300
    dispersion_degraded: float = 0.03
    warm_up_rounds: int = Field(default=2, ge=1)
    gap_rounds: int = Field(default=3, ge=1)
    head_age_seconds: int = Field(default=300, ge=1)
    preflight_accounts: int = 3
    preflight_own_requirement: float = 1_000_000.0
    preflight_ratio_change_bps: int = Field(default=10_000, ge=1)
    preflight_cascade_accounts: int = Field(default=10, ge=0)
    preflight_cascade_move: float = Field(default=0.05, gt=0, le=1)
    depth_per_percent: float = Field(default=2_000_000.0, gt=0)
    depths: dict[int, float] = Field(default={}, description="underlying -> its own depth per percent")


class FeeSettings(_Section):
    """What transactions may cost, and when silence becomes a replacement."""

    share_of_value_at_risk: Decimal = Field(default=Decimal("0.001"), gt=0, le=1)
    least_cost_wei: int = Field(default=10**16, gt=0)
    most_cost_wei: int = Field(default=5 * 10**18, gt=0)
    routine_wei_per_day: int = Field(default=10 * 10**18, ge=0)
    low_balance_wei: int = Field(default=10**17, ge=0)
    native_underlying: int | None = Field(
        default=None, description="the underlying whose price is that of the chain's own currency"
    )
    replace_after_seconds: int = Field(default=30, ge=1)
    confirmations: int = Field(default=64, ge=1)
    relay_url: str | None = Field(default=None, description="private relay for first broadcasts")


class ChoreSettings(_Section):
    """The calls that anyone may make and somebody has to; made where `keys.liquidation` is set. Money in quote."""

    poll_seconds: float = Field(default=10.0, gt=0)
    stagger_seconds: int = Field(default=45, ge=0)
    most_cost_wei: int = Field(default=5 * 10**16, gt=0)
    wei_per_day: int = Field(default=5 * 10**17, ge=0)
    overdue_seconds: int = Field(default=900, ge=1)
    deficit_share_bps: int = Field(default=1_000, ge=0, le=10_000)
    least_deficit: Decimal = Field(default=Decimal(100), ge=0)
    mark_bps: int = Field(default=50, ge=1, le=10_000)
    clock_margin_seconds: int = Field(default=1_800, ge=0)
    least_reserve: Decimal = Field(default=Decimal(100), ge=0)
    ratio_bps: int = Field(default=100, ge=1)


class EngineSettings(_Section):
    """Where accounts are computed. No figure depends on it, so it is no part of the model digest."""

    kind: Literal["threads", "ray"] = "threads"
    workers: int | None = Field(default=None, ge=1, description="unset: one for each core")
    address: str | None = Field(default=None, description="of a running Ray cluster; unset: a local one")


class PeerSettings(_Section):
    """Another keeper of the quorum: its signer index on chain and where it answers."""

    signer: int = Field(ge=0, le=30)
    url: str


class ServeSettings(_Section):
    """The HTTP face."""

    host: str = "127.0.0.1"
    port: int = Field(default=8600, ge=0, le=65535)
    candidates_poll_seconds: float = Field(default=1.0, gt=0)
    candidates_sweep_seconds: int = Field(default=60, ge=1)
    quote_seconds: int = Field(default=60, ge=1)
    token_file: Path | None = Field(
        default=None, description="bearer token asked for what-if and quotes; unset: nobody is asked"
    )


class AlertSettings(_Section):
    """Whom to wake, and when not to. The addresses carry tokens: they are never shown."""

    urls: tuple[SecretStr, ...] = Field(default=(), description="apprise addresses")
    urls_file: Path | None = Field(default=None, description="further addresses, one a line; mode 600")
    least_severity: Literal["info", "warning", "critical"] = "warning"
    repeat_seconds: int = Field(default=1800, ge=0)
    quiet_from: str = Field(default="00:00", pattern=_TIME_OF_DAY, description="UTC")
    quiet_until: str = Field(default="00:00", pattern=_TIME_OF_DAY, description="UTC; equal: never quiet")
    timeout_seconds: float = Field(default=10.0, gt=0)


class StoreSettings(_Section):
    """Where the keeper remembers, and for how long."""

    database: Path | None = Field(description="SQLite file, made and migrated on first use")
    url: str | None = Field(default=None, description="PostgreSQL in place of a file; no password in it")
    password_file: Path | None = Field(default=None, description="of the server; else libpq's own ways")
    evidence: Path = Field(description="folder of content-addressed evidence bundles")
    observations_days: int = Field(default=30, ge=1)
    rounds_days: int = Field(default=30, ge=1)
    messages_days: int = Field(default=90, ge=1)
    evidence_days: int | None = Field(default=None, ge=1, description="unset: for ever, as audits need it")

    @model_validator(mode="before")
    @classmethod
    def _file_or_server(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was configured
        """A URL stands in for the file, which is required otherwise."""
        if isinstance(given, dict) and "url" in given:
            return {"database": None, **given}
        return given


class KeeperSettings(FileSettings):
    """Everything one keeper process needs to know."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="TAILGUARD_", env_nested_delimiter="__"
    )

    signer: int = Field(ge=0, le=30, description="this keeper's index in the signer set")
    clock: Literal["wall", "chain"] = "wall"
    poll_seconds: float = Field(default=1.0, gt=0)
    dry_run: bool | None = Field(default=None, description="unset: true unless the chain is local")
    chain: ChainSettings
    keys: KeySettings
    feeds: FeedSettings
    consensus: ConsensusSettings = ConsensusSettings()
    model: ModelSettings
    charges: ChargeSettings = ChargeSettings()
    rounds: RoundSettings = RoundSettings()
    fees: FeeSettings = FeeSettings()
    chores: ChoreSettings = ChoreSettings()
    engine: EngineSettings = EngineSettings()
    peers: tuple[PeerSettings, ...] = ()
    serve: ServeSettings = ServeSettings()
    alerts: AlertSettings = AlertSettings()
    store: StoreSettings


def load_settings(path: Path) -> KeeperSettings:
    """The keeper's settings. Raises ConfigurationError."""
    return read_settings(KeeperSettings, path, page="docs/configuration.md")
