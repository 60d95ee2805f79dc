"""Everything that is deployed on one chain, out of one TOML file."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from eth_utils.crypto import keccak
from pydantic import Field, ValidationError, model_validator

from deploy.config.market import (
    CollateralSection,
    ExpiriesConfig,
    InterestSection,
    OutflowSection,
    SequencerSection,
    UnderlyingSection,
)
from deploy.config.people import GovernanceConfig, SignersConfig, TokenConfig
from deploy.config.risk import (
    AuctionSection,
    GridConfig,
    LimitsSection,
    MarginSection,
    PolicySection,
    StateSection,
)
from deploy.config.section import WAD, Section, to_integer
from keeper.canonical import canonical_json
from keeper.errors import ConfigurationError

# Anvil, geth --dev, eth-tester: chains on which nobody has money.
DEVELOPMENT_CHAINS = frozenset({31_337, 1_337, 131_277_322_940_537})
LEAST_DELAY_SECONDS = 172_800  # two days, in which whoever disagrees with a change can leave


class ChainConfig(Section):
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
    interest: InterestSection
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
