"""Whether another keeper's rows are within published tolerances of one's own.

A follower signs the leader's bytes unchanged or not at all. It compares every row with what it computed from its own
observations; one row outside, one row missing or one row invented is a refusal, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from keeper.wire import MarginRow, PriceRow, SurfaceRow

Row = TypeVar("Row")

_SURFACE_SCALE = 1e12
# Log-moneyness at which two surfaces are compared: the money and both wings.
_COMPARED_MONEYNESS = (-0.4, -0.2, 0.0, 0.2, 0.4)


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Largest accepted difference between two honest keepers.

    `price_bps` of the price, plus the larger of both stated confidences; `confidence_ratio` between the half-widths;
    `volatility` absolute at compared strikes; `basis` absolute; `ratio_bps` of attested ratios; `tail_share`
    relative of VaR and expected shortfall.
    """

    price_bps: int = 20
    confidence_ratio: float = 3.0
    volatility: float = 0.03
    basis: float = 0.002
    ratio_bps: int = 300
    tail_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A row of the leader that this keeper does not confirm."""

    row: str
    field: str
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{self.row}: {self.field} is {self.theirs}, own computation gives {self.ours}"


def compare_prices(
    *, theirs: Sequence[PriceRow], ours: Sequence[PriceRow], tolerances: Tolerances
) -> list[Disagreement]:
    def differ(a: PriceRow, b: PriceRow) -> Iterable[Disagreement]:
        allowed = b.price * tolerances.price_bps // 10_000 + max(a.confidence, b.confidence)
        if abs(a.price - b.price) > allowed:
            yield _disagree(f"price {a.underlying}", "price", a.price, b.price)
        low, high = sorted((a.confidence, b.confidence))
        if high > tolerances.confidence_ratio * low:
            yield _disagree(f"price {a.underlying}", "confidence", a.confidence, b.confidence)

    return _compare(theirs, ours, lambda r: r.underlying, "price", differ, complete=True)


def compare_surfaces(
    *, theirs: Sequence[SurfaceRow], ours: Sequence[SurfaceRow], now: int, tolerances: Tolerances
) -> list[Disagreement]:
    def differ(a: SurfaceRow, b: SurfaceRow) -> Iterable[Disagreement]:
        name = f"surface {a.underlying}/{a.expiry}"
        if abs(a.basis - b.basis) > tolerances.basis * _SURFACE_SCALE:
            yield _disagree(name, "basis", a.basis, b.basis)
        years = max(a.expiry - now, 60) / 31_536_000
        for k in _COMPARED_MONEYNESS:
            mine, other = _volatility(b, k, years), _volatility(a, k, years)
            if not abs(mine - other) <= tolerances.volatility:
                yield _disagree(name, f"volatility at {k:+.1f}", f"{other:.4f}", f"{mine:.4f}")

    return _compare(theirs, ours, lambda r: (r.underlying, r.expiry), "surface", differ, complete=False)


def compare_margins(
    *, theirs: Sequence[MarginRow], ours: Sequence[MarginRow], tolerances: Tolerances
) -> list[Disagreement]:
    def differ(a: MarginRow, b: MarginRow) -> Iterable[Disagreement]:
        name = f"margin {a.account}"
        if a.portfolio_nonce != b.portfolio_nonce:
            yield _disagree(name, "portfolio nonce", a.portfolio_nonce, b.portfolio_nonce)
        for field in ("initial_ratio_bps", "maintenance_ratio_bps"):
            if abs(getattr(a, field) - getattr(b, field)) > tolerances.ratio_bps:
                yield _disagree(name, field, getattr(a, field), getattr(b, field))
        for field in ("value_at_risk", "expected_shortfall"):
            if abs(getattr(a, field) - getattr(b, field)) > tolerances.tail_share * getattr(b, field) + 1:
                yield _disagree(name, field, getattr(a, field), getattr(b, field))

    return _compare(theirs, ours, lambda r: r.account, "margin", differ, complete=False)


def _compare(
    theirs: Sequence[Row],
    ours: Sequence[Row],
    key: Callable[[Row], Hashable],
    kind: str,
    differ: Callable[[Row, Row], Iterable[Disagreement]],
    *,
    complete: bool,
) -> list[Disagreement]:
    mine: Mapping[Hashable, Row] = {key(row): row for row in ours}
    found: list[Disagreement] = []
    for row in theirs:
        own = mine.get(key(row))
        if own is None:
            found.append(_disagree(f"{kind} {key(row)}", "row", "present", "absent"))
        else:
            found.extend(differ(row, own))
    if complete:
        absent = set(mine) - {key(row) for row in theirs}
        found.extend(_disagree(f"{kind} {k}", "row", "absent", "present") for k in sorted(map(str, absent)))
    return found


def _disagree(row: str, field: str, theirs: object, ours: object) -> Disagreement:
    return Disagreement(row, field, str(theirs), str(ours))


def _volatility(row: SurfaceRow, k: float, years: float) -> float:
    a, b, rho, m, sigma = (x / _SURFACE_SCALE for x in (row.a, row.b, row.rho, row.m, row.sigma))
    total_variance = a + b * (rho * (k - m) + math.hypot(k - m, sigma))
    return math.sqrt(total_variance / years) if total_variance >= 0 else math.nan
