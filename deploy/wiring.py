"""Roles, parameters and signers of a deployed system: each step reads first and sends only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.backend import Backend
from deploy.config import ChainConfig
from deploy.plan import COUNCIL_ROLES, GRANTS, GUARDIAN_ROLES, Role
from deploy.sources import NO_UPTIME, UPTIME, source_lists
from keeper.chain.contracts import Contract
from keeper.errors import ConfigurationError
from keeper.wire import config_digest

# What the deployer must hold itself to call a function; asked for only when something has to be set.
_ROLE_OF = {(grant.contract, function): grant.role for grant in GRANTS for function in grant.functions}


class Wiring:
    """Brings a system of contracts to its configuration. The deployer's own working roles end with it."""

    def __init__(self, config: ChainConfig, backend: Backend, contracts: Mapping[str, Contract]) -> None:
        self._config = config
        self._backend = backend
        self._contracts = contracts

    def apply(self, expiries: Sequence[int]) -> None:
        """All of it, in an order in which an interruption leaves nothing open that should be closed."""
        self._assign_functions()
        self._set_parameters(expiries)
        self._set_sources()
        self._set_modules()
        self._set_collateral()
        self._set_terms()
        self._set_signers()
        self._hand_over()

    def _assign_functions(self) -> None:
        for grant in GRANTS:
            contract = self._contracts[grant.contract]
            selectors = [contract.artifact.function(name).selector for name in grant.functions]
            held = [
                self._read("AccessManager", "getTargetFunctionRole", contract.address, selector)
                for selector in selectors
            ]
            if any(role != grant.role for role in held):
                self._send(
                    "AccessManager", "setTargetFunctionRole", contract.address, selectors, int(grant.role)
                )
            for holder in grant.holders:
                self._grant(grant.role, self._contracts[holder].address, 0)

    def _set_parameters(self, expiries: Sequence[int]) -> None:
        listed = self._read("RiskParameters", "underlyingCount")
        for underlying, section in enumerate(self._config.underlyings, start=1):
            wanted = section.as_tuple()
            if (
                underlying > listed
                or _flat(self._read("RiskParameters", "underlyingConfig", underlying)) != wanted
            ):
                self._send("RiskParameters", "setUnderlying", underlying, wanted)
        for expiry in expiries:
            if not self._read("RiskParameters", "isExpiryListed", expiry):
                self._send("RiskParameters", "listExpiry", expiry)
        # From the first state round on the covariance is the quorum's to move.
        if self._read("StateLane", "lastSequence") == 0:
            self._ensure("loadings", "setCovariance", self._config.loadings_wad())
        self._ensure("scenarioGrid", "setScenarioGrid", self._config.grid.points())
        self._ensure("marginModel", "setMarginModel", self._config.margin.as_tuple())
        self._ensure("laneLimits", "setLaneLimits", self._config.limits.as_tuple())
        self._ensure("auctionCurve", "setAuctionCurve", self._config.auction.as_tuple())
        self._ensure("stateLimits", "setStateLimits", self._config.state.as_tuple(), "StateLane")
        self._ensure("policyLimits", "setPolicyLimits", self._config.policy.as_tuple(), "PolicyLane")

    def _ensure(self, getter: str, setter: str, wanted: Any, name: str = "RiskParameters") -> None:  # noqa: ANN401 - as dynamic as the ABI
        if _flat(self._read(name, getter)) != _flat(wanted):
            self._send(name, setter, wanted)

    def _set_sources(self) -> None:
        addresses = {name: contract.address for name, contract in self._contracts.items()}
        for underlying, wanted in source_lists(self._config, addresses).items():
            if list(self._read("PriceIntervals", "sources", underlying)) != wanted:
                self._send("PriceIntervals", "setSources", underlying, wanted)
        uptime = addresses.get(UPTIME, NO_UPTIME)
        if self._read("PriceIntervals", "sequencerUptime") != uptime:
            self._send("PriceIntervals", "setSequencerUptime", uptime)

    def _set_modules(self) -> None:
        modules = (
            ("marginEngine", "setMarginEngine", "MarginEngine"),
            ("liquidation", "setLiquidation", "Liquidation"),
            ("collateral", "setCollateralVault", "CollateralVault"),
            ("interestRates", "setInterestRates", "InterestRates"),
        )
        for getter, setter, name in modules:
            address = self._contracts[name].address
            if self._read("MarginAccounts", getter) != address:
                self._send("MarginAccounts", setter, address)

    def _set_terms(self) -> None:
        self._ensure("interestModel", "setInterestModel", self._config.interest.as_tuple(), "InterestRates")
        for underlying, section in enumerate(self._config.underlyings, start=1):
            wanted = section.trading.as_tuple()
            if _flat(self._read("LedgerTerms", "tradeTerms", underlying)) != wanted:
                self._send("LedgerTerms", "setTradeTerms", underlying, wanted)
            wanted = section.risk.as_tuple()
            if _flat(self._read("MarginTerms", "riskTerms", underlying)) != wanted:
                self._send("MarginTerms", "setRiskTerms", underlying, wanted)

    def _set_collateral(self) -> None:
        limit = self._config.outflow.as_tuple()
        if _flat(self._read("Payouts", "outflowLimit")) != limit:
            self._send("Payouts", "setOutflowLimit", limit)
        feed = self._config.quote_feed_id()
        if self._read("CollateralVault", "quoteFeed") != feed:
            self._send("CollateralVault", "setQuoteFeed", feed)
        listed = self._read("CollateralVault", "tokens")
        for section in self._config.collateral:
            wanted = self._config.collateral_config(section)
            if section.token not in listed or (
                _flat(self._read("CollateralVault", "configOf", section.token)) != wanted
            ):
                self._send("CollateralVault", "setCollateral", section.token, wanted)

    def _set_signers(self) -> None:
        signers = self._config.signers
        if tuple(self._read("SignedLanes", "signers")) != signers.addresses or (
            self._read("SignedLanes", "threshold") != signers.threshold
        ):
            self._send("SignedLanes", "setSigners", list(signers.addresses), signers.threshold)
        computed = config_digest(
            self._config.chain_id,
            self._contracts["SignedLanes"].address,
            self._read("SignedLanes", "epoch"),
            signers.addresses,
            signers.threshold,
            self._read("RiskParameters", "parametersDigest"),
        )
        on_chain = self._read("SignedLanes", "configDigest")
        if on_chain != computed:
            raise ConfigurationError(
                f"SignedLanes has configDigest 0x{on_chain.hex()}, this version computes 0x{computed.hex()}: "
                "contracts and keeper are of different versions"
            )

    def _hand_over(self) -> None:
        """Council, guardians and timelock get their roles, then the deployer's go, the administrator's last."""
        governance = self._config.governance
        for role in COUNCIL_ROLES:
            self._grant(role, governance.council, governance.delay_seconds)
            if self._read("AccessManager", "getRoleGuardian", int(role)) != Role.GUARDIAN:
                self._send("AccessManager", "setRoleGuardian", int(role), int(Role.GUARDIAN))
        for role in GUARDIAN_ROLES:
            for guardian in governance.guardians:
                self._grant(role, guardian, 0)
        self._grant(Role.ADMIN, self._contracts["Timelock"].address, 0)
        for role in sorted(Role, reverse=True):  # the administrator is role 0
            self._revoke(role, self._backend.sender)

    def _grant(self, role: Role, account: str, delay_seconds: int) -> None:
        member, delay = self._read("AccessManager", "hasRole", int(role), account)
        if not member or delay != delay_seconds:
            self._send("AccessManager", "grantRole", int(role), account, delay_seconds)

    def _revoke(self, role: Role, account: str) -> None:
        member, _ = self._read("AccessManager", "hasRole", int(role), account)
        if member:
            self._send("AccessManager", "revokeRole", int(role), account)

    def _read(self, name: str, function: str, *arguments: object) -> Any:  # noqa: ANN401 - as dynamic as the ABI
        contract = self._contracts[name]
        data = self._backend.call(contract.address, contract.encode(function, *arguments))
        return contract.decode(function, data)

    def _send(self, name: str, function: str, *arguments: object) -> None:
        contract = self._contracts[name]
        role = _ROLE_OF.get((name, function))
        if role is not None:
            self._grant(role, self._backend.sender, 0)
        self._backend.transact(contract.address, contract.encode(function, *arguments))


def _flat(value: Any) -> Any:  # noqa: ANN401 - as dynamic as the ABI
    """Structs and lists as nested tuples, for comparison."""
    if isinstance(value, dict):
        return tuple(_flat(item) for item in value.values())
    if isinstance(value, list | tuple):
        return tuple(_flat(item) for item in value)
    return value
