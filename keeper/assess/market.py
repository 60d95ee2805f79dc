"""Wire rows back to the market state that risk/ prices on. An auditor with only the wire gets the same state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from keeper.parameters import ParametersSnapshot
from keeper.types import WAD
from keeper.wire import PriceRow, SurfaceRow
from risk.market import Accrued, ExpirySurface, MarketState
from risk.parameters import MarginParameters, ScenarioPoint, UnderlyingCharges


def market_state(
    *,
    now: int,
    prices: Iterable[PriceRow],
    surfaces: Iterable[SurfaceRow],
    settlements: Mapping[tuple[int, int], int] | None = None,
    accruals: Mapping[tuple[int, int], tuple[int, int]] | None = None,
    premiums: Sequence[int] = (),
) -> MarketState:
    """`prices` of underlyings 1, 2, ... in order, whose confidence is how far the price may lie off to both sides.
    `settlements` are fixed WAD prices by (underlying, expiry), `accruals` of others the seconds of their window that
    are over, and price x seconds in these (WAD);
    `premiums` those of perpetuals in WAD by underlying, none of them is none at all."""
    rows = list(prices)
    return MarketState(
        now=now,
        index=np.array([row.price / WAD for row in rows]),
        surfaces={
            (row.underlying - 1, row.expiry): ExpirySurface.from_wire(
                basis=row.basis, a=row.a, b=row.b, rho=row.rho, m=row.m, sigma=row.sigma
            )
            for row in surfaces
        },
        settlements={(u - 1, expiry): price / WAD for (u, expiry), price in (settlements or {}).items()},
        accruals={
            (u - 1, expiry): Accrued.over(seconds=seconds, price=weighted / seconds / WAD)
            for (u, expiry), (seconds, weighted) in (accruals or {}).items()
        },
        premiums={column: premium / WAD for column, premium in enumerate(premiums)},
        widths={column: row.confidence / row.price for column, row in enumerate(rows)},
    )


def margin_parameters(snapshot: ParametersSnapshot) -> MarginParameters:
    """The part of the chain's parameters that the own requirement reads."""
    model = snapshot.model
    return MarginParameters(
        loadings=snapshot.loadings,
        grid=tuple(
            ScenarioPoint(point.spot_shock_bps, point.volatility_shock_bps, point.weight_bps)
            for point in snapshot.grid
        ),
        value_at_risk_multiplier=model.value_at_risk_multiplier,
        expected_shortfall_multiplier=model.expected_shortfall_multiplier,
        ratio_floor_bps=model.ratio_floor_bps,
        ratio_cap_bps=model.ratio_cap_bps,
        stale_initial_ratio_bps=model.stale_initial_ratio_bps,
        attestation_decay_seconds=model.attestation_decay_seconds,
        cure_buffer_bps=model.cure_buffer_bps,
        short_option_charge_bps=model.short_option_charge_bps,
        minimum_notional_bps=model.minimum_notional_bps,
        term_floor_days=model.term_floor_days,
        charges=tuple(
            UnderlyingCharges(
                depth=terms.depth / WAD,
                concentration_bps=terms.concentration_bps,
                basis_bps=terms.basis_bps,
                confidence_bps=terms.confidence_bps,
                offset_bps=terms.offset_bps,
            )
            for terms in snapshot.terms
        ),
    )
