"""Which rows of a round are due, by lane."""

from __future__ import annotations

import structlog

from keeper.daemon.proposal import Rows
from keeper.daemon.round import Round
from keeper.decide.cause import Cause
from keeper.decide.corridor import inside_corridor
from keeper.decide.rounds import (
    PublishThresholds,
    margin_lane,
    margin_rows_due,
    price_rows_due,
    surface_rows_due,
)
from keeper.decide.state_round import is_state_due
from keeper.decide.warm_up import released
from keeper.wire import LANE_MARGINS, LANE_PRICES, LANE_STATE, LANE_SURFACES, MarginRow, StateRow

log = structlog.get_logger()


def due_rows(
    own: Round, *, thresholds: PublishThresholds, waiting: frozenset[Cause]
) -> list[tuple[int, Rows]]:
    """Lanes in ascending order, each with at least one row. `waiting`: causes that do not count now."""
    if own.assessment is None:
        return []
    view, now = own.context.view, own.context.now
    prices = price_rows_due(
        rows=own.assessment.price_rows,
        published=view.prices,
        now=now,
        thresholds=thresholds,
        mode_changed=own.mode.changed,
        waiting=waiting,
    )
    surfaces = surface_rows_due(
        rows=own.surface_rows,
        published_at=view.surfaces_at,
        now=now,
        prices_due=bool(prices),
        thresholds=thresholds,
        waiting=waiting,
    )
    lanes: tuple[tuple[int, Rows], ...] = (
        (LANE_PRICES, prices),
        (LANE_SURFACES, surfaces),
        (LANE_STATE, _due_state(own, thresholds.state_heartbeat_seconds)),
        _due_verdicts(own, thresholds, waiting),
    )
    return [(lane, rows) for lane, rows in lanes if rows]


def _due_verdicts(
    own: Round, thresholds: PublishThresholds, waiting: frozenset[Cause]
) -> tuple[int, tuple[MarginRow, ...]]:
    """None while ratios alone would do more than the budget allows; prices go on meanwhile."""
    if own.over_budget:
        log.critical("preflight.exceeded", reason=own.over_budget)
        return LANE_MARGINS, ()
    view = own.context.view
    model = view.parameters.model
    held = () if own.preflight is None else own.preflight.newly_liquidatable
    everyone = inside_corridor(
        released(rows=own.margin_rows, newly_liquidatable=held, warmed_up=own.mode.warmed_up),
        floor_bps=model.ratio_floor_bps,
        cap_bps=model.ratio_cap_bps,
    )
    due = margin_rows_due(
        rows=everyone,
        published=view.margins,
        now=own.context.now,
        thresholds=thresholds,
        mode_changed=own.mode.changed,
        waiting=waiting,
    )
    if len(everyone) < len(own.margin_rows):  # a root is of every verdict or of none
        return LANE_MARGINS, due[: thresholds.margin_root_above]
    return margin_lane(due=due, everyone=everyone, thresholds=thresholds)


def _due_state(own: Round, heartbeat_seconds: int) -> tuple[StateRow, ...]:
    lane, now = own.context.view.lanes.state, own.context.view.block.timestamp
    if lane is None or not is_state_due(
        now=now, changed_at=lane.changed_at, heartbeat_seconds=heartbeat_seconds
    ):
        return ()
    return own.state_rows
