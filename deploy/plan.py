"""What is deployed in which order, and which role may call what: each module gets the calls it makes and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any

from deploy.config import ChainConfig

TOKEN = "token"  # noqa: S105 - a name in the plan, not a secret
DEPLOYER = "deployer"

Arguments = Callable[[Mapping[str, str], ChainConfig], tuple[Any, ...]]


@unique
class Role(IntEnum):
    """Role numbers of the access manager; 0 is its administrator."""

    ADMIN = 0
    TRADING = 1
    AUCTION = 2
    SETTLEMENT = 3
    CASH = 4
    PARAMETERS = 5
    GOVERNANCE = 6
    GUARDIAN = 7
    MARGIN_MODEL = 8
    STATE = 9
    ANNEX = 20
    SETUP = 21


# The council schedules calls under these roles in the access manager and executes them after the delay; until then the
# guardian may cancel them. What only the timelock may do (role 0), the guardian cannot stop.
COUNCIL_ROLES = (Role.PARAMETERS, Role.GOVERNANCE)
# Held at once, without a delay.
GUARDIAN_ROLES = (Role.GUARDIAN,)


@dataclass(frozen=True, slots=True)
class Grant:
    """Only holders of `role` may call these functions of `contract`; `holders` are contracts of the plan."""

    role: Role
    contract: str
    functions: tuple[str, ...]
    holders: tuple[str, ...] = ()


def _names(*names: str) -> Arguments:
    return lambda addresses, _config: tuple(addresses[name] for name in names)


def _timelock(_addresses: Mapping[str, str], config: ChainConfig) -> tuple[Any, ...]:
    return config.governance.delay_seconds, config.governance.council


# What values a leg.
_VALUATION = ("MarginAccounts", "SignedLanes", "RiskParameters", "PriceIntervals", "MarginTerms")

CONTRACTS: tuple[tuple[str, Arguments], ...] = (
    ("AccessManager", _names(DEPLOYER)),
    ("Timelock", _timelock),
    ("Pause", _names("AccessManager")),
    ("RiskParameters", _names("AccessManager")),
    ("Payouts", _names("AccessManager", "RiskParameters")),
    ("MarginAccounts", _names(TOKEN, "AccessManager", "Payouts")),
    ("SignedLanes", _names("AccessManager", "RiskParameters", "MarginAccounts")),
    ("PriceIntervals", _names("AccessManager", "SignedLanes", "RiskParameters", "Pause")),
    ("MarginTerms", _names("RiskParameters", "PriceIntervals", "AccessManager")),
    ("MarginWitness", _names(*_VALUATION)),
    ("MarginEngine", _names(*_VALUATION, "MarginWitness")),
    ("PriceBand", _names(*_VALUATION)),
    ("InsuranceFund", _names("MarginAccounts", "AccessManager")),
    ("LedgerTerms", _names("InsuranceFund", "RiskParameters", "AccessManager")),
    ("TradeSettlement", _names("MarginAccounts", "RiskParameters", "LedgerTerms", "PriceBand")),
    ("BidReader", _names(*_VALUATION)),
    ("BidValuation", _names("BidReader")),
    (
        "Liquidation",
        _names("MarginAccounts", "MarginEngine", "RiskParameters", "InsuranceFund", "BidValuation"),
    ),
    ("ExpirySettlement", _names("MarginAccounts", "SignedLanes")),
    ("CollateralVault", _names("MarginAccounts", "PriceIntervals", "RiskParameters", "AccessManager")),
    ("StateLane", _names("AccessManager", "SignedLanes", "RiskParameters")),
    ("PolicyLane", _names("AccessManager", "SignedLanes", "RiskParameters", "Liquidation")),
    ("CollateralSale", _names("MarginAccounts", "RiskParameters")),
    ("AccountLens", _names("MarginAccounts", "RiskParameters")),
    ("GuardianTightening", _names("AccessManager", "RiskParameters")),
)

GRANTS: tuple[Grant, ...] = (
    Grant(Role.TRADING, "MarginAccounts", ("settleTrade",), ("TradeSettlement",)),
    Grant(Role.AUCTION, "MarginAccounts", ("takeOver", "moveLegs", "socialise"), ("Liquidation",)),
    Grant(Role.AUCTION, "InsuranceFund", ("cover",), ("Liquidation",)),
    Grant(Role.AUCTION, "CollateralVault", ("moveCollateral",), ("CollateralSale",)),
    Grant(
        Role.ANNEX,
        "RiskParameters",
        ("noteAnnex",),
        ("Payouts", "CollateralVault", "LedgerTerms", "PriceIntervals", "MarginTerms"),
    ),
    Grant(Role.SETTLEMENT, "MarginAccounts", ("closeExpired",), ("ExpirySettlement",)),
    Grant(
        Role.CASH,
        "MarginAccounts",
        ("moveCash",),
        ("Liquidation", "InsuranceFund", "TradeSettlement", "CollateralSale"),
    ),
    Grant(
        Role.PARAMETERS,
        "RiskParameters",
        (
            "setUnderlying",
            "setPriceOnly",
            "listExpiry",
            "setCovariance",
            "setLaneLimits",
            "setAuctionCurve",
        ),
    ),
    Grant(Role.PARAMETERS, "LedgerTerms", ("setTradeTerms",)),
    Grant(Role.PARAMETERS, "MarginTerms", ("setRiskTerms",)),
    Grant(Role.PARAMETERS, "Payouts", ("setOutflowLimit",)),
    Grant(Role.PARAMETERS, "CollateralVault", ("setCollateral", "setQuoteFeed")),
    # Contracts alone hold this one: governance changes the policy through the lane, within its budgets.
    Grant(
        Role.MARGIN_MODEL,
        "RiskParameters",
        ("setMarginModel", "setScenarioGrid"),
        ("GuardianTightening", "PolicyLane"),
    ),
    Grant(Role.PARAMETERS, "PolicyLane", ("setPolicy", "setPolicyLimits")),
    Grant(Role.GUARDIAN, "PolicyLane", ("veto",)),
    Grant(Role.PARAMETERS, "StateLane", ("setStateLimits",)),
    Grant(
        Role.STATE,
        "RiskParameters",
        ("updateCovariance", "setPerpetualState", "setBorrowPremium"),
        ("StateLane",),
    ),
    Grant(Role.GOVERNANCE, "SignedLanes", ("setSigners",)),
    Grant(Role.GOVERNANCE, "PriceIntervals", ("setSources", "setSequencerUptime")),
    Grant(Role.GOVERNANCE, "MarginAccounts", ("setMarginEngine", "setLiquidation")),
    # Set once while deploying; afterwards nobody holds the role and the ledger refuses another vault.
    Grant(Role.SETUP, "MarginAccounts", ("setCollateralVault",)),
    Grant(Role.GUARDIAN, "SignedLanes", ("revokeSigner",)),
    Grant(Role.GUARDIAN, "Pause", ("pause", "end")),
    Grant(Role.GUARDIAN, "GuardianTightening", ("raiseStaleInitialRatio",)),
)
