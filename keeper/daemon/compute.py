"""Observation to an assessed round."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

from keeper.assess import (
    Assessment,
    AssessmentInputs,
    Assessor,
    BlockRef,
    relevant_quotes,
    smoothed_rows,
    to_bundle,
)
from keeper.consensus import ConsensusConfig, NoConsensus, consensus_price
from keeper.daemon.round import Round, RoundContext
from keeper.daemon.view import ChainView
from keeper.decide.mode import ModeThresholds, next_mode
from keeper.decide.preflight import AccountEffect, PreflightBudget, preflight
from keeper.decide.rounds import widen_only
from keeper.decide.state_round import proposed_rows
from keeper.types import ConsensusPrice, Mode, Observation
from keeper.wire import MarginRow, StateRow

# Marks of an illiquid strike are refreshed by the venue with every move of the forward; older ones are not marks.
_OPTION_MARK_AGE_SECONDS = 900


async def compute_round(
    *,
    context: RoundContext,
    observation: Observation,
    consensus: ConsensusConfig,
    assessor: Assessor,
    thresholds: ModeThresholds,
    budget: PreflightBudget,
) -> Round:
    """Observation to assessed rows. The numbers are computed off the event loop, so peers are still answered."""
    view = context.view
    prices, missing = _prices(context, observation, consensus)
    mode = next_mode(
        prices=prices,
        missing=missing,
        last=context.last,
        number=context.number,
        head_age_seconds=context.now - view.block.timestamp,
        thresholds=thresholds,
    )
    if missing:
        return Round(context, observation, prices, missing, mode, None, (), (), None, {})
    inputs = _inputs(context, observation, prices)
    assessment = await asyncio.to_thread(assessor.assess, inputs, view.parameters)
    margin_rows = _margin_rows(context, assessment, assessor, mode.mode)
    bundle = to_bundle(
        inputs=inputs,
        model=assessor.model,
        consensus=consensus,
        quotes=observation.quotes,
        rejections=observation.rejections,
        previous=view.previous_prices(),
        last_changes=context.last_changes,
        mode=mode.mode,
        accounts=assessment.accounts,
        margin_rows=margin_rows,
    )
    effects = preflight(
        effects=_effects(view, assessment, margin_rows),
        budget=budget,
        unknown=[*view.unknown, *(a.account for a in assessment.accounts if a.own_requirement is None)],
    )
    state = state_rows_of(view, assessment)
    return Round(context, observation, prices, missing, mode, assessment, margin_rows, state, effects, bundle)


def _inputs(
    context: RoundContext, observation: Observation, prices: tuple[ConsensusPrice, ...]
) -> AssessmentInputs:
    view = context.view
    return AssessmentInputs(
        now=context.now,
        block=BlockRef(view.block.number, view.block.hash),
        prices=prices,
        option_quotes=relevant_quotes(
            observation.option_quotes,
            expiries=view.live_expiries,
            now=context.now,
            max_age_seconds=_OPTION_MARK_AGE_SECONDS,
        ),
        expiries=view.live_expiries,
        accounts=view.known_accounts,
        recent=context.recent,
        accruals=view.accruals,
    )


def _margin_rows(
    context: RoundContext, assessment: Assessment, assessor: Assessor, mode: Mode
) -> tuple[MarginRow, ...]:
    view = context.view
    smoothed = smoothed_rows(
        rows=assessment.margin_rows,
        published=view.margins,
        now=context.now,
        down_half_life_seconds=assessor.model.charges.down_half_life_seconds,
        ratio_cap_bps=view.parameters.model.ratio_cap_bps,
    )
    return widen_only(rows=smoothed, published=view.margins, mode=mode)


def state_rows_of(view: ChainView, assessment: Assessment) -> tuple[StateRow, ...]:
    """The state round that the assessment's covariance asks for; none where the chain has no state lane."""
    lane = view.lanes.state
    if lane is None:
        return ()
    return proposed_rows(
        parameters=view.parameters,
        estimate=assessment.covariance,
        limits=lane.limits,
        elapsed=lane.limits.elapsed(view.block.timestamp, lane.changed_at),
    )


def _prices(
    context: RoundContext, observation: Observation, config: ConsensusConfig
) -> tuple[tuple[ConsensusPrice, ...], dict[int, str]]:
    previous: Mapping[int, Decimal] = context.view.previous_prices()
    prices: list[ConsensusPrice] = []
    missing: dict[int, str] = {}
    for underlying in context.view.underlyings:
        try:
            price = consensus_price(
                observation.quotes,
                underlying=underlying,
                now=context.now,
                previous=previous.get(underlying),
                config=config,
                last_changes=context.last_changes,
            )
        except NoConsensus as error:
            missing[underlying] = str(error)
        else:
            prices.append(price)
    return tuple(prices), missing


def _effects(view: ChainView, assessment: Assessment, rows: Sequence[MarginRow]) -> list[AccountEffect]:
    """Every account with a new ratio; one whose portfolio is new has none in force, so that nothing changes for it."""
    after = {row.account: row.maintenance_ratio_bps for row in rows}
    effects = []
    for account in assessment.accounts:
        ratio = after.get(account.account)
        if account.own_requirement is None or account.equity_high is None or ratio is None:
            continue
        last = view.margins.get(account.account)
        is_same = last is not None and last.row.portfolio_nonce == account.portfolio_nonce
        effects.append(
            AccountEffect(
                account=account.account,
                equity=account.equity_high,
                own_requirement=account.own_requirement,
                ratio_before_bps=last.row.maintenance_ratio_bps if last is not None and is_same else ratio,
                ratio_after_bps=ratio,
                delta=account.delta,
            )
        )
    return effects
