"""Which rows of an assessment are worth publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keeper.types import Attestation, Mode
from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS, MarginRow, PriceRow, SurfaceRow


@dataclass(frozen=True, slots=True)
class PublishThresholds:
    """When a lane is pushed before its heartbeat, in basis points and seconds.

    `ratio_bps` is the change of an attested ratio that is worth a row; `attestation_seconds` the age at which
    a row is renewed although nothing changed (keep it below the contract's attestationMaxAge). More than
    `margin_root_above` due rows become one root of all verdicts.
    """

    price_deviation_bps: int = 50
    price_heartbeat_seconds: int = 900
    surface_heartbeat_seconds: int = 900
    state_heartbeat_seconds: int = 3600
    ratio_bps: int = 25
    margin_root_above: int = 200
    attestation_seconds: int = 1800


@dataclass(frozen=True, slots=True)
class PublishedMargin:
    """What the chain last accepted for an account."""

    row: MarginRow
    observed_at: int

    @classmethod
    def of(cls, account: int, attested: Attestation) -> PublishedMargin:
        """As attested; the amounts, which the chain does not keep, are 0."""
        ratios = (attested.initial_ratio_bps, attested.maintenance_ratio_bps)
        return cls(MarginRow(account, attested.portfolio_nonce, *ratios, 0, 0), attested.observed_at)


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


def margin_lane(
    *, due: Sequence[MarginRow], everyone: Sequence[MarginRow], thresholds: PublishThresholds
) -> tuple[int, tuple[MarginRow, ...]]:
    """Rows where few are due; else the lane of roots with every verdict, for whoever wants to prove one."""
    if len(due) > thresholds.margin_root_above:
        return LANE_MARGIN_ROOTS, tuple(everyone)
    return LANE_MARGINS, tuple(due)


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
