"""Which rows of an assessment are worth publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keeper.types import Mode
from keeper.wire import MarginRow, PriceRow, SurfaceRow


@dataclass(frozen=True, slots=True)
class PublishThresholds:
    """When a lane is pushed before its heartbeat, in basis points and seconds.

    `ratio_bps` is the change of an attested ratio that is worth a row; `attestation_seconds` the age at which
    a row is renewed although nothing changed (keep it below the contract's attestationMaxAge).
    """

    price_deviation_bps: int = 50
    price_heartbeat_seconds: int = 900
    surface_heartbeat_seconds: int = 900
    ratio_bps: int = 25
    attestation_seconds: int = 1800


@dataclass(frozen=True, slots=True)
class PublishedMargin:
    """What the chain last accepted for an account."""

    row: MarginRow
    observed_at: int


def price_rows_due(
    *,
    rows: Sequence[PriceRow],
    published: Mapping[int, tuple[PriceRow, int]],
    now: int,
    thresholds: PublishThresholds,
) -> tuple[PriceRow, ...]:
    """All rows when any is due by heartbeat or deviation: one round, one instant for every underlying."""

    def due(row: PriceRow) -> bool:
        last = published.get(row.underlying)
        if last is None or now - last[1] >= thresholds.price_heartbeat_seconds:
            return True
        return abs(row.price - last[0].price) * 10_000 >= thresholds.price_deviation_bps * last[0].price

    return tuple(rows) if any(due(row) for row in rows) else ()


def surface_rows_due(
    *,
    rows: Sequence[SurfaceRow],
    published_at: Mapping[tuple[int, int], int],
    now: int,
    prices_due: bool,
    thresholds: PublishThresholds,
) -> tuple[SurfaceRow, ...]:
    """Surfaces whose heartbeat has passed, or all of them in a round that also moves prices."""
    if prices_due:
        return tuple(rows)
    beat = thresholds.surface_heartbeat_seconds
    return tuple(r for r in rows if now - published_at.get((r.underlying, r.expiry), -beat) >= beat)


def margin_rows_due(
    *,
    rows: Sequence[MarginRow],
    published: Mapping[int, PublishedMargin],
    now: int,
    thresholds: PublishThresholds,
) -> tuple[MarginRow, ...]:
    """Rows of changed portfolios, of moved ratios and of attestations about to age out."""

    def due(row: MarginRow) -> bool:
        last = published.get(row.account)
        if last is None or last.row.portfolio_nonce != row.portfolio_nonce:
            return True
        moved = max(
            abs(row.initial_ratio_bps - last.row.initial_ratio_bps),
            abs(row.maintenance_ratio_bps - last.row.maintenance_ratio_bps),
        )
        return moved >= thresholds.ratio_bps or now - last.observed_at >= thresholds.attestation_seconds

    return tuple(row for row in rows if due(row))


def widen_only(
    *, rows: Sequence[MarginRow], published: Mapping[int, PublishedMargin], mode: Mode
) -> tuple[MarginRow, ...]:
    """In any mode but NORMAL a ratio of an unchanged portfolio may rise but not fall."""
    if mode is Mode.NORMAL:
        return tuple(rows)

    def widened(row: MarginRow) -> MarginRow:
        last = published.get(row.account)
        if last is None or last.row.portfolio_nonce != row.portfolio_nonce:
            return row
        return replace(
            row,
            initial_ratio_bps=max(row.initial_ratio_bps, last.row.initial_ratio_bps),
            maintenance_ratio_bps=max(row.maintenance_ratio_bps, last.row.maintenance_ratio_bps),
        )

    return tuple(widened(row) for row in rows)
