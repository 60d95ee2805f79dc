"""The consensus rule: many quotes of one underlying to one price with its interval.

Pure. Gates in order: positive, future, age, spread, frozen, one vote per failure domain, jump, dispersion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from types import MappingProxyType
from typing import Final

from keeper.consensus.config import ConsensusConfig
from keeper.consensus.crowd import without_jumps, without_outliers
from keeper.consensus.errors import NoConsensus
from keeper.consensus.gates import one_vote_per_domain, own_rejection, time_of
from keeper.consensus.history import LastChange
from keeper.consensus.statistics import clamped_mean, median, median_absolute_deviation
from keeper.types import ConsensusPrice, Quote, Rejection

__all__ = ["consensus_price", "leave_one_out_medians"]

# Digits kept inside the rule: prices carry at most 30, so sums and means stay exact far below 1e-18.
_PRECISION: Final = 60
_WAD_PLACES: Final = Decimal("1e-18")
# The median absolute deviation of a normal sample times this is its standard deviation.
_NORMAL_MAD: Final = Decimal("1.4826")
_BPS: Final = Decimal(10_000)

_NO_HISTORY: Final[Mapping[tuple[str, int], LastChange]] = MappingProxyType({})


def consensus_price(
    quotes: Sequence[Quote],
    *,
    underlying: int,
    now: int,
    previous: Decimal | None,
    config: ConsensusConfig,
    last_changes: Mapping[tuple[str, int], LastChange] = _NO_HISTORY,
) -> ConsensusPrice:
    """The defensible price of `underlying` at unix second `now`.

    `price` is the clamped mean around the median of the accepted votes, in quote currency at WAD precision.
    `confidence` is the largest of: the furthest accepted vote's distance from the price, 1.4826 median
    absolute deviations, the median half spread, and the configured floor; so the interval
    `price +- confidence` covers every vote. `previous` is the last consensus, None at the start;
    `last_changes` comes from `updated_changes` and feeds the frozen gate.

    Raises `NoConsensus`, which keeps who voted and who was refused, where fewer than `min_domains` votes
    remain or the interval is wider than `max_confidence` of the price. Order of `quotes` does not matter.
    """
    with localcontext() as context:
        context.prec = _PRECISION
        seen = [quote for quote in quotes if quote.underlying == underlying]
        votes, rejected = _votes(seen, now, last_changes, config)
        votes, jumped = without_jumps(votes, previous, config)
        votes, dispersed = without_outliers(votes, previous, config)
        accepted = tuple(sorted(votes, key=_by_source))
        refused = tuple(sorted((*rejected, *jumped, *dispersed), key=_by_reason))
        if len(accepted) < config.min_domains:
            what = f"{len(accepted)} of the {config.min_domains} independent sources needed"
            raise NoConsensus(underlying, what, accepted, refused)
        return _priced(underlying, accepted, refused, config)


def leave_one_out_medians(votes: Sequence[Quote]) -> dict[str, Decimal]:
    """For each source, the median of all the others: how much the price leans on that one source."""
    return {
        left_out.source: median([vote.price for vote in votes if vote is not left_out])
        for left_out in votes
        if len(votes) > 1
    }


def _votes(
    seen: Sequence[Quote],
    now: int,
    last_changes: Mapping[tuple[str, int], LastChange],
    config: ConsensusConfig,
) -> tuple[list[Quote], list[Rejection]]:
    judged = [(quote, own_rejection(quote, now, last_changes, config)) for quote in seen]
    sound = [quote for quote, rejection in judged if rejection is None]
    unsound = [rejection for _, rejection in judged if rejection is not None]
    votes, duplicates = one_vote_per_domain(sound)
    return votes, unsound + duplicates


def _priced(
    underlying: int, accepted: tuple[Quote, ...], refused: tuple[Rejection, ...], config: ConsensusConfig
) -> ConsensusPrice:
    prices = [vote.price for vote in accepted]
    centre = median(prices)
    mean = clamped_mean(prices, config.clamp)
    price = min(max(mean.quantize(_WAD_PLACES), min(prices)), max(prices))
    confidence = _confidence(accepted, price, centre, config)
    if confidence > config.max_confidence * price:
        what = f"price {price} +- {confidence} is wider than {config.max_confidence} of it"
        raise NoConsensus(underlying, what, accepted, refused)
    return ConsensusPrice(
        underlying=underlying,
        price=price,
        confidence=confidence,
        observed_at=min(time_of(vote) for vote in accepted),
        dispersion=float(max(abs(value - centre) for value in prices) / centre),
        accepted=accepted,
        rejected=refused,
    )


def _confidence(
    accepted: tuple[Quote, ...], price: Decimal, centre: Decimal, config: ConsensusConfig
) -> Decimal:
    prices = [vote.price for vote in accepted]
    return max(
        max(abs(value - price) for value in prices),
        _NORMAL_MAD * median_absolute_deviation(prices, centre),
        median([vote.half_spread for vote in accepted]),
        price * config.confidence_floor_bps / _BPS,
    )


def _by_source(quote: Quote) -> tuple[object, ...]:
    return (quote.source, quote.domain, quote.price)


def _by_reason(rejection: Rejection) -> tuple[object, ...]:
    return (rejection.source, rejection.reason, rejection.detail)
