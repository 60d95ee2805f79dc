"""Every setting of the reference liquidator. Each is documented in docs/liquidators.md, and a test holds it so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from keeper.config.keys import Key
from keeper.config.load import FileSettings, read_settings
from keeper.config.settings import ChainSettings
from keeper.errors import ConfigurationError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSettings(_Section):
    """The key that pays for transactions and may act for the margin account: of the kinds a keeper's may be."""

    sender: Key
    password_file: Path | None = Field(
        default=None, description="of a keystore; else TAILGUARD_KEY_PASSWORD, else a prompt on a terminal"
    )


class LimitSettings(_Section):
    """What may be spent, whatever the strategy says. Money in quote currency."""

    least_profit: Decimal = Field(default=Decimal(10), ge=0)
    most_own_requirement: Decimal = Field(gt=0)
    least_free_bps: int = Field(default=2_000, ge=0, le=10_000)
    most_gas_wei: int = Field(default=2 * 10**16, gt=0)
    most_gas_wei_per_day: int = Field(default=2 * 10**17, gt=0)
    slippage_bps: int = Field(default=100, ge=0, le=10_000)
    instruments: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(
        default={}, description="name -> the most that may be held of it"
    )


class ProfitSettings(_Section):
    """The reference strategy's idea of profit, and the price of gas."""

    native_underlying: int | None = None
    native_price: Decimal | None = Field(default=None, gt=0)
    holding_charge_bps: int = Field(default=50, ge=0)
    rivals_per_minute: float = Field(default=0.5, ge=0)


class StrategySettings(_Section):
    """A strategy in a process of its own; unset: the reference strategy."""

    command: tuple[str, ...] = ()
    answer_seconds: float = Field(default=1.0, gt=0)


class LiquidatorStore(_Section):
    """Where the liquidator remembers what it sent."""

    database: Path


class LiquidatorSettings(FileSettings):
    """Everything one liquidator needs to know."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="TAILGUARD_LIQUIDATOR_", env_nested_delimiter="__"
    )

    account: int = Field(ge=1)
    keepers: tuple[str, ...] = Field(min_length=1)
    dry_run: bool | None = None
    chain: ChainSettings
    keys: SenderSettings
    limits: LimitSettings
    model: ProfitSettings = ProfitSettings()
    strategy: StrategySettings = StrategySettings()
    store: LiquidatorStore


def load_liquidator_settings(path: Path) -> LiquidatorSettings:
    """The settings of a TOML file; relative paths are taken from its folder. Raises ConfigurationError."""
    settings = read_settings(LiquidatorSettings, path, page="docs/liquidators.md")
    if settings.model.native_price is None and settings.model.native_underlying is None:
        raise ConfigurationError(
            f"{path}: set model.native_price or model.native_underlying: without a price of gas no profit is known"
        )
    return settings
