"""A round in the making: what one keeper observed and computed for one interval of chain time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from keeper.assess import AccountAssessment, Assessment, HourlyMark
from keeper.consensus import LastChange
from keeper.daemon.view import ChainView
from keeper.decide.mode import NEVER_OBSERVED, LastMode, ModeDecision
from keeper.decide.preflight import Preflight
from keeper.decide.surface_motion import accepted_surfaces
from keeper.types import ConsensusPrice, Observation
from keeper.wire import MarginRow, StateRow, SurfaceRow


@dataclass(frozen=True, slots=True)
class RoundContext:
    """What a round is computed from besides the market: the chain's view and this keeper's memory."""

    number: int
    now: int
    view: ChainView
    last_changes: Mapping[tuple[str, int], LastChange]
    recent: tuple[HourlyMark, ...]
    last: LastMode = NEVER_OBSERVED


@dataclass(frozen=True, slots=True)
class Round:
    """One keeper's own computation of a round; `assessment` is None when the keeper is HALTED."""

    context: RoundContext
    observation: Observation
    prices: tuple[ConsensusPrice, ...]
    missing: Mapping[int, str]
    mode: ModeDecision
    assessment: Assessment | None
    margin_rows: tuple[MarginRow, ...]
    state_rows: tuple[StateRow, ...]
    preflight: Preflight | None
    bundle: dict[str, Any]

    @property
    def value_at_risk(self) -> Decimal:
        """Sum of the assessed accounts' own requirements, in quote; an unknown one adds nothing."""
        accounts = () if self.assessment is None else self.assessment.accounts
        return Decimal(sum(account.own_requirement or 0.0 for account in accounts))

    @property
    def accounts(self) -> tuple[AccountAssessment, ...]:
        """Every account by id: the assessed ones, and those whose data failed, without figures."""
        view = self.context.view
        failed = (
            AccountAssessment(
                account=state.account,
                portfolio_nonce=state.portfolio_nonce,
                legs=len(state.legs),
                reason=view.unknown[state.account],
            )
            for state in view.accounts
            if state.account in view.unknown
        )
        assessed = () if self.assessment is None else self.assessment.accounts
        return tuple(sorted((*assessed, *failed), key=lambda account: account.account))

    def price_of(self, underlying: int | None) -> Decimal | None:
        """This round's price of an underlying, None where it has none."""
        return next((p.price for p in self.prices if p.underlying == underlying), None)

    @property
    def observed_at(self) -> int:
        """Time of the oldest accepted source, but never before the last published round."""
        return max(min(price.observed_at for price in self.prices), self.context.view.last_price_round_at())

    @property
    def surface_rows(self) -> tuple[SurfaceRow, ...]:
        """The fitted surfaces as far as the chain lets them move from the last ones."""
        if self.assessment is None:
            return ()
        view = self.context.view
        return accepted_surfaces(
            self.assessment.surface_rows,
            observed_at=self.observed_at,
            held=view.surfaces,
            limits=view.parameters.limits,
        )

    @property
    def over_budget(self) -> str:
        """Why margins may not be signed, empty when they may."""
        return "" if self.preflight is None else self.preflight.exceeded
