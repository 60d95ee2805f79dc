"""Gates that judge a quote against the others: jumps of a lone source, and outliers of the crowd."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from keeper.consensus.config import ConsensusConfig
from keeper.consensus.gates import reject
from keeper.consensus.statistics import median, median_absolute_deviation
from keeper.types import Quote, Rejection, RejectionReason

__all__ = ["without_jumps", "without_outliers"]


def without_jumps(
    votes: Sequence[Quote], previous: Decimal | None, config: ConsensusConfig
) -> tuple[list[Quote], list[Rejection]]:
    """Refuses a source that jumped away both from the previous price and from the crowd.

    Where the crowd itself moved, near its median is near enough: a crash is followed, however fast.
    """
    if previous is None or not votes:
        return list(votes), []
    centre = median([vote.price for vote in votes])
    kept, rejected = [], []
    for vote in votes:
        if _far(vote.price, previous, config) and _far(vote.price, centre, config):
            detail = f"{vote.price} against previous {previous} and median {centre}"
            rejected.append(reject(vote, RejectionReason.JUMP, f"{detail}, ln limit {config.jump_limit}"))
        else:
            kept.append(vote)
    return kept, rejected


def without_outliers(
    votes: Sequence[Quote], previous: Decimal | None, config: ConsensusConfig
) -> tuple[list[Quote], list[Rejection]]:
    """Refuses sources far from the median, if those near it are a majority that can price alone.

    Else nobody is refused and the price's interval spans them all. So it is too where the median jumped and
    more than a third did not follow: those who stayed are evidence against the jump.
    """
    if not votes:
        return [], []
    prices = [vote.price for vote in votes]
    centre = median(prices)
    mads = config.dispersion_mads * median_absolute_deviation(prices, centre)
    limit = max(config.dispersion_limit * centre, mads)
    near = [vote for vote in votes if abs(vote.price - centre) <= limit]
    is_majority = 2 * len(near) > len(votes) and len(near) >= config.min_domains
    if not is_majority or _jump_is_disputed(prices, centre, previous, config):
        return list(votes), []
    detail = f"median {centre}, limit {limit}"
    rejected = [
        reject(vote, RejectionReason.DISPERSED, f"{vote.price} against {detail}")
        for vote in votes
        if vote not in near
    ]
    return near, rejected


def _jump_is_disputed(
    prices: Sequence[Decimal], centre: Decimal, previous: Decimal | None, config: ConsensusConfig
) -> bool:
    if previous is None or not _far(centre, previous, config):
        return False
    stayed = sum(not _far(price, previous, config) for price in prices)
    return 3 * stayed > len(prices)


def _far(price: Decimal, reference: Decimal, config: ConsensusConfig) -> bool:
    factor = config.jump_limit.exp()
    return price > reference * factor or price * factor < reference
