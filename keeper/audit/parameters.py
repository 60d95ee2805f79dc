"""Setter calldata of `RiskParameters` replayed into the parameters in force, and their digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import astuple, replace
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.audit.calls import ContractCall
from keeper.audit.market_state import MarketStateReplay
from keeper.chain import AuditEvent
from keeper.chain.records import from_struct
from keeper.decide.state_box import covariance_of
from keeper.parameters import (
    Annex,
    AuctionCurve,
    LaneLimits,
    MarginModel,
    ParametersSnapshot,
    RiskTerms,
    ScenarioPoint,
    UnderlyingConfig,
)
from keeper.types import WAD
from keeper.wire import MARGIN_MODEL_TYPE, SCENARIO_POINT_TYPE

FIRST_PRICE_ONLY = 256  # ParameterBounds
# RiskParameters._updateDigest: abi.encode of the storage, in this order.
DIGEST_TYPES = (
    "(bool,uint64,int64,uint96)[]",
    "uint64[]",
    "uint32[]",
    f"{SCENARIO_POINT_TYPE}[]",
    MARGIN_MODEL_TYPE,
    "(uint32,uint32,uint32,uint32,uint16,uint32,uint32,uint24,uint24,uint32,uint32,uint32,uint32)",
    "(uint32,uint16,uint16,uint16,uint128,uint16,uint32)",
    "(address,bytes32)[]",
)


class ParameterReplay:
    """The parameter contract's storage. Records are frozen and tuples replaced, so `copy` is a snapshot."""

    def __init__(self) -> None:
        self.underlyings: tuple[UnderlyingConfig, ...] = ()
        self.price_only: tuple[int, ...] = ()
        self.expiries: tuple[int, ...] = ()
        self.ever_listed: frozenset[int] = frozenset()
        self.loadings: tuple[int, ...] = ()
        self.grid: tuple[ScenarioPoint, ...] = ()
        self.model = MarginModel(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        self.limits = LaneLimits(*[0] * 13)
        self.curve = AuctionCurve(0, 0, 0, 0, 0, 0, 0)
        self.annexes: tuple[Annex, ...] = ()
        self.terms: Mapping[int, RiskTerms] = {}
        self.state = MarketStateReplay()
        self._snapshot: ParametersSnapshot | None = None

    def copy(self) -> ParameterReplay:
        return copy(self)

    def apply(self, call: ContractCall, time: int) -> None:
        """Applies a setter at a block time; other functions change nothing."""
        setter = _SETTERS.get(call.function)
        if setter is not None:
            setter(self, call.arguments, time)
            self._snapshot = None

    def note(self, event: AuditEvent) -> None:
        """Applies the note of a contract that keeps settings of its own; it may come from inside another call."""
        if event.name == "AnnexNoted":
            noted = Annex(event.arguments["module"], event.arguments["settingsDigest"])
            known = [annex.module for annex in self.annexes]
            place = known.index(noted.module) if noted.module in known else len(known)
            self.annexes = (*self.annexes[:place], noted, *self.annexes[place + 1 :])
            self._snapshot = None

    def set_terms(self, event: AuditEvent) -> None:
        """Applies an event of `MarginTerms`."""
        if event.name == "RiskTermsSet":
            terms = from_struct(RiskTerms, event.arguments)
            self.terms = {**self.terms, event.arguments["underlying"]: terms}
            self._snapshot = None

    def observe(self, event: AuditEvent, time: int) -> list[str]:
        """Applies what the contract itself records of the market state; says what does not follow."""
        self._snapshot = None
        self.note(event)
        if event.name == "LoadingSet":
            row, column = event.arguments["row"], event.arguments["column"]
            place = row * (row + 1) // 2 + column
            self.loadings = (*self.loadings[:place], event.arguments["loading"], *self.loadings[place + 1 :])
            return []
        self.state, problems = self.state.after(event, time)
        return problems

    def set_policy(self, model: MarginModel, grid: tuple[ScenarioPoint, ...]) -> None:
        """What the policy lane put in force."""
        self.model, self.grid, self._snapshot = model, grid, None

    def snapshot(self) -> ParametersSnapshot:
        """All of it, digest and covariance computed."""
        if self._snapshot is None:
            self._snapshot = ParametersSnapshot(
                digest=self._digest(),
                underlyings=self.underlyings,
                expiries=self.expiries,
                covariance=covariance_of(self.loadings, 2 * len(self.underlyings)),
                loadings=self.loadings,
                grid=self.grid,
                model=self.model,
                limits=self.limits,
                curve=self.curve,
                annexes=self.annexes,
                premiums=tuple(self.state.perpetual(u).premium for u in range(1, len(self.underlyings) + 1)),
                borrow_premium=self.state.borrow_premium,
                state_digest=self.state.digest(self.loadings, len(self.underlyings)),
                terms=tuple(self.terms_of(u) for u in range(1, len(self.underlyings) + 1)),
            )
        return self._snapshot

    def terms_of(self, underlying: int) -> RiskTerms:
        """All zero where none were set."""
        return self.terms.get(underlying, RiskTerms(0, 0, 0, 0, 0, 0, 0))

    def funding_rate(self, underlying: int) -> int:
        """In 1e-12 a year; 0 for one listed for prices alone."""
        return 0 if underlying >= FIRST_PRICE_ONLY else self.underlyings[underlying - 1].funding_rate

    def age_volatility(self, underlying: int) -> int:
        """Annual, WAD."""
        if underlying >= FIRST_PRICE_ONLY:
            return self.price_only[underlying - FIRST_PRICE_ONLY]
        return self.underlyings[underlying - 1].age_volatility

    def _digest(self) -> bytes:
        values = (
            [astuple(config) for config in self.underlyings],
            self.price_only,
            self.expiries,
            [astuple(point) for point in self.grid],
            astuple(self.model),
            astuple(self.limits),
            astuple(self.curve),
            [astuple(annex) for annex in self.annexes],
        )
        return bytes(keccak(encode(DIGEST_TYPES, values)))

    def _set_underlying(self, arguments: Mapping[str, Any], _time: int) -> None:
        config = from_struct(UnderlyingConfig, arguments["config"])
        position = arguments["underlying"] - 1
        if position == len(self.underlyings):
            self.loadings = with_independent_factors(self.loadings, 2 * position)
        self.underlyings = (*self.underlyings[:position], config, *self.underlyings[position + 1 :])

    def _set_price_only(self, arguments: Mapping[str, Any], _time: int) -> None:
        position, volatility = arguments["underlying"] - FIRST_PRICE_ONLY, arguments["ageVolatility"]
        self.price_only = (*self.price_only[:position], volatility, *self.price_only[position + 1 :])

    def _list_expiry(self, arguments: Mapping[str, Any], time: int) -> None:
        self.expiries = (*(e for e in self.expiries if e > time), arguments["expiry"])
        self.ever_listed |= {arguments["expiry"]}

    def _set_covariance(self, arguments: Mapping[str, Any], _time: int) -> None:
        self.loadings = tuple(next(iter(arguments.values())))

    def _set_grid(self, arguments: Mapping[str, Any], _time: int) -> None:
        self.grid = tuple(from_struct(ScenarioPoint, point) for point in arguments["points"])

    def _set_model(self, arguments: Mapping[str, Any], _time: int) -> None:
        self.model = from_struct(MarginModel, arguments["model"])

    def _raise_stale_initial_ratio(self, arguments: Mapping[str, Any], _time: int) -> None:
        """The guardian's: `GuardianTightening` passes it on as a whole model."""
        self.model = replace(self.model, stale_initial_ratio_bps=arguments["ratioBps"])

    def _set_limits(self, arguments: Mapping[str, Any], _time: int) -> None:
        self.limits = from_struct(LaneLimits, arguments["limits"])

    def _set_curve(self, arguments: Mapping[str, Any], _time: int) -> None:
        self.curve = from_struct(AuctionCurve, arguments["curve"])


_SETTERS: dict[str, Callable[[ParameterReplay, Mapping[str, Any], int], None]] = {
    "setUnderlying": ParameterReplay._set_underlying,
    "setPriceOnly": ParameterReplay._set_price_only,
    "listExpiry": ParameterReplay._list_expiry,
    "setCovariance": ParameterReplay._set_covariance,
    "setScenarioGrid": ParameterReplay._set_grid,
    "setMarginModel": ParameterReplay._set_model,
    "setLaneLimits": ParameterReplay._set_limits,
    "setAuctionCurve": ParameterReplay._set_curve,
    "raiseStaleInitialRatio": ParameterReplay._raise_stale_initial_ratio,
}


def with_independent_factors(loadings: Sequence[int], factors: int) -> tuple[int, ...]:
    """Two more rows of the lower triangle, of 100% standard deviation each: a new underlying's start."""
    return (*loadings, *[0] * factors, WAD, *[0] * (factors + 1), WAD)
