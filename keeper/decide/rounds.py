"""Which rows of an assessment are worth publishing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from keeper.decide.cause import Cause, by_age, strongest
from keeper.types import Attestation, Mode
from keeper.wire import LANE_MARGIN_ROOTS, LANE_MARGINS, MarginRow, PriceRow, SurfaceRow

NOTHING_WAITS: frozenset[Cause] = frozenset()


@dataclass(frozen=True, slots=True)
class PublishThresholds:
    """When a lane is pushed before its heartbeat, in basis points and seconds.

    `ratio_bps` is the change of an attested ratio that is worth a row; `attestation_seconds` the age at which
    a row is renewed although nothing changed (keep twice of it below the contract's attestationMaxAge). More than
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
    mode_changed: bool = False,
    waiting: Collection[Cause] = NOTHING_WAITS,
) -> tuple[PriceRow, ...]:
    """All rows when any is due: one round, one instant for every underlying."""
    cause = price_cause(
        rows=rows, published=published, now=now, thresholds=thresholds, mode_changed=mode_changed
    )
    return tuple(rows) if cause is not None and cause not in waiting else ()


def price_cause(
    *,
    rows: Sequence[PriceRow],
    published: Mapping[int, tuple[PriceRow, int]],
    now: int,
    thresholds: PublishThresholds,
    mode_changed: bool,
) -> Cause | None:
    """The strongest reason to push prices, None where there is none."""

    def of(row: PriceRow) -> Cause | None:
        last = published.get(row.underlying)
        if last is None:
            return Cause.FIRST
        if abs(row.price - last[0].price) * 10_000 >= thresholds.price_deviation_bps * last[0].price:
            return Cause.DEVIATION
        return by_age(now - last[1], thresholds.price_heartbeat_seconds)

    return strongest([*map(of, rows), Cause.MODE if mode_changed and rows else None])


def surface_rows_due(
    *,
    rows: Sequence[SurfaceRow],
    published_at: Mapping[tuple[int, int], int],
    now: int,
    prices_due: bool,
    thresholds: PublishThresholds,
    waiting: Collection[Cause] = NOTHING_WAITS,
) -> tuple[SurfaceRow, ...]:
    """Surfaces whose heartbeat has passed, or all of them in a round that also moves prices."""
    if prices_due:
        return tuple(rows)

    def of(row: SurfaceRow) -> Cause | None:
        last = published_at.get((row.underlying, row.expiry))
        return Cause.FIRST if last is None else by_age(now - last, thresholds.surface_heartbeat_seconds)

    return tuple(row for row in rows if (cause := of(row)) is not None and cause not in waiting)


def margin_rows_due(
    *,
    rows: Sequence[MarginRow],
    published: Mapping[int, PublishedMargin],
    now: int,
    thresholds: PublishThresholds,
    mode_changed: bool = False,
    waiting: Collection[Cause] = NOTHING_WAITS,
) -> tuple[MarginRow, ...]:
    """Rows of changed portfolios, of moved ratios and of attestations about to age out; in a new mode every row whose
    ratios differ at all."""
    least = 1 if mode_changed else thresholds.ratio_bps

    def of(row: MarginRow) -> Cause | None:
        return margin_cause(row, published.get(row.account), now, least, thresholds.attestation_seconds)

    return tuple(row for row in rows if (cause := of(row)) is not None and cause not in waiting)


def margin_cause(
    row: MarginRow, last: PublishedMargin | None, now: int, least_bps: int, attestation_seconds: int
) -> Cause | None:
    """Why a row should follow the last one, None where it need not."""
    if last is None:
        return Cause.FIRST
    if last.row.portfolio_nonce != row.portfolio_nonce:
        return Cause.PORTFOLIO
    moves = (
        row.initial_ratio_bps - last.row.initial_ratio_bps,
        row.maintenance_ratio_bps - last.row.maintenance_ratio_bps,
    )
    if max(map(abs, moves)) >= least_bps:
        return Cause.RISE if max(moves) > 0 else Cause.FALL
    return by_age(now - last.observed_at, attestation_seconds)


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
