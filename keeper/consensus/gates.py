"""Gates that judge one quote by itself; each gives a rejection or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keeper.consensus.config import ConsensusConfig
from keeper.consensus.history import LastChange
from keeper.types import Quote, Rejection, RejectionReason

__all__ = ["one_vote_per_domain", "own_rejection", "reject", "time_of"]


def time_of(quote: Quote) -> int:
    """The source's own time, or the keeper's at reception where the format has none. Unix seconds."""
    return quote.received_at if quote.source_time is None else quote.source_time


def reject(quote: Quote, reason: RejectionReason, detail: str) -> Rejection:
    return Rejection(quote.source, quote.underlying, reason, detail, quote)


def own_rejection(
    quote: Quote, now: int, last_changes: Mapping[tuple[str, int], LastChange], config: ConsensusConfig
) -> Rejection | None:
    """The first gate, in order, that refuses the quote: positive, future, age, spread, frozen."""
    return (
        _not_positive(quote)
        or _from_the_future(quote, now, config)
        or _stale(quote, now, config)
        or _wide(quote, config)
        or _frozen(quote, now, last_changes, config)
    )


def _not_positive(quote: Quote) -> Rejection | None:
    if quote.price.is_finite() and quote.price > 0:
        return None
    return reject(quote, RejectionReason.NOT_POSITIVE, f"price {quote.price}")


def _from_the_future(quote: Quote, now: int, config: ConsensusConfig) -> Rejection | None:
    ahead = time_of(quote) - now
    if ahead <= config.max_future_seconds:
        return None
    return reject(
        quote, RejectionReason.FROM_THE_FUTURE, f"{ahead} s ahead of {now}, limit {config.max_future_seconds}"
    )


def _stale(quote: Quote, now: int, config: ConsensusConfig) -> Rejection | None:
    age, limit = now - time_of(quote), config.max_age(quote.domain)
    if age <= limit:
        return None
    return reject(quote, RejectionReason.STALE, f"{age} s old at {now}, limit {limit}")


def _wide(quote: Quote, config: ConsensusConfig) -> Rejection | None:
    if not quote.half_spread.is_finite() or quote.half_spread < 0:
        return reject(quote, RejectionReason.CROSSED_BOOK, f"half spread {quote.half_spread}")
    if quote.half_spread <= config.max_half_spread * quote.price:
        return None
    detail = f"half spread {quote.half_spread} of {quote.price}, limit {config.max_half_spread}"
    return reject(quote, RejectionReason.WIDE_SPREAD, detail)


def _frozen(
    quote: Quote, now: int, last_changes: Mapping[tuple[str, int], LastChange], config: ConsensusConfig
) -> Rejection | None:
    last = last_changes.get((quote.source, quote.underlying))
    if last is None or last.price != quote.price or now - last.since <= config.max_unchanged_seconds:
        return None
    detail = f"{quote.price} since {last.since}, {now - last.since} s, limit {config.max_unchanged_seconds}"
    return reject(quote, RejectionReason.FROZEN, detail)


def one_vote_per_domain(quotes: Sequence[Quote]) -> tuple[list[Quote], list[Rejection]]:
    """Each failure domain's freshest quote, the tightest among equals; the domain's others are refused."""
    chosen: dict[str, Quote] = {}
    rejected: list[Rejection] = []
    for quote in sorted(quotes, key=_preference):
        best = chosen.setdefault(quote.domain, quote)
        if best is not quote:
            detail = f"{best.source} votes for {quote.domain}"
            rejected.append(reject(quote, RejectionReason.DUPLICATE_DOMAIN, detail))
    return list(chosen.values()), rejected


def _preference(quote: Quote) -> tuple[object, ...]:
    return (-time_of(quote), quote.half_spread / quote.price, quote.source, quote.price)
