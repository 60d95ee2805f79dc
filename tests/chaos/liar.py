"""How a keeper of a quorum lies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from keeper.daemon.present import PresentRound
from keeper.daemon.round import Round
from keeper.wire import MarginRow

# Within the contract's box for one round, so that only the other keepers stand in its way.
PRICE_LIE = Decimal("1.03")


def misjudging(present: PresentRound) -> None:
    """From now on its rounds ask of every other account all that the corridor allows, of the rest the least of it.

    The bundle says the same, and its own preflight no longer stands in its way.
    """
    honest = present.of

    async def lying(number: int) -> Round:
        own = await honest(number)
        model = own.context.view.parameters.model
        rows = tuple(
            _misjudged(row, model.ratio_cap_bps if row.account % 2 else model.ratio_floor_bps)
            for row in own.margin_rows
        )
        told = [[row.account, row.initial_ratio_bps, row.maintenance_ratio_bps] for row in rows]
        return replace(own, margin_rows=rows, preflight=None, bundle={**own.bundle, "smoothed_ratios": told})

    present.of = lying  # type: ignore[method-assign] # the rest of the keeper is as it was


def _misjudged(row: MarginRow, ratio_bps: int) -> MarginRow:
    return replace(row, initial_ratio_bps=ratio_bps, maintenance_ratio_bps=ratio_bps)
