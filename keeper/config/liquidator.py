"""Every setting of the reference liquidator. Each is documented in docs/liquidators.md, and a test holds it so."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from keeper.config.keys import Key
from keeper.config.load import anchored, explain
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


class LiquidatorSettings(BaseSettings):
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_liquidator_settings(path: Path) -> LiquidatorSettings:
    """The settings of a TOML file; relative paths are taken from its folder. Raises ConfigurationError."""
    try:
        settings = LiquidatorSettings(**tomllib.loads(path.read_text(encoding="utf8")))
    except FileNotFoundError as error:
        raise ConfigurationError(f"no configuration file {path}; docs/liquidators.md shows one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"configuration file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(
            explain(path, error, root=LiquidatorSettings, page="docs/liquidators.md")
        ) from error
    except SettingsError as error:
        raise ConfigurationError(
            f"{error}: a list in the environment is JSON; see docs/liquidators.md"
        ) from error
    if settings.model.native_price is None and settings.model.native_underlying is None:
        raise ConfigurationError(
            f"{path}: set model.native_price or model.native_underlying: without a price of gas no profit is known"
        )
    return anchored(settings, path.resolve().parent)
