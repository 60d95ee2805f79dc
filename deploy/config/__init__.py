"""A chain's configuration: one TOML file, read once into frozen records; unknown keys are refused by name.

Amounts are decimal strings in the unit their name says; they become WAD integers here, exactly.
"""

from deploy.config.chain import DEVELOPMENT_CHAINS, LEAST_DELAY_SECONDS, ChainConfig, read_chain_config
from deploy.config.market import (
    ChainlinkSection,
    CollateralSection,
    ExpiriesConfig,
    OutflowSection,
    PythSection,
    RiskSection,
    SequencerSection,
    SourceSection,
    TradingSection,
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
    TailConfig,
)
from deploy.config.section import WAD, to_integer

__all__ = [
    "DEVELOPMENT_CHAINS",
    "LEAST_DELAY_SECONDS",
    "WAD",
    "AuctionSection",
    "ChainConfig",
    "ChainlinkSection",
    "CollateralSection",
    "ExpiriesConfig",
    "GovernanceConfig",
    "GridConfig",
    "LimitsSection",
    "MarginSection",
    "OutflowSection",
    "PolicySection",
    "PythSection",
    "RiskSection",
    "SequencerSection",
    "SignersConfig",
    "SourceSection",
    "StateSection",
    "TailConfig",
    "TokenConfig",
    "TradingSection",
    "UnderlyingSection",
    "read_chain_config",
    "to_integer",
]
