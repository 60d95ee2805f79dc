"""Whether the chain holds what is not true: prices against the market itself, ratios against an honest keeper's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from keeper.decide.agreement import Tolerances
from keeper.types import WAD
from tests.chaos.conclave import Opening
from tests.chaos.seats import Seat

_TOLERANCES = Tolerances()


async def is_wrong(troupe: Opening, seats: Sequence[Seat], step: int) -> bool:
    """After a round of this step was accepted."""
    return await _is_price_wrong(troupe, step) or await _is_ratio_wrong(troupe, seats)


async def _is_price_wrong(troupe: Opening, step: int) -> bool:
    """Off the truth by more than the farthest venue that does not lie, and what honest keepers may differ by."""
    truth, prices = troupe.market.truth(step), await troupe.reader.prices([1, 2])
    assert set(prices) == set(truth)
    for underlying, interval in prices.items():
        off = abs(Decimal(interval.price) / WAD / truth[underlying] - 1)
        if off > _venues_off(troupe, step, underlying) + Decimal(_TOLERANCES.price_bps) / 10_000:
            return True
    return False


def _venues_off(troupe: Opening, step: int, underlying: int) -> Decimal:
    truth = troupe.market.truth(step)[underlying]
    seen = [venue.price for (_, u), venue in troupe.market.state(step).venues.items() if u == underlying]
    return max(abs(price / truth - 1) for price in seen)


async def _is_ratio_wrong(troupe: Opening, seats: Sequence[Seat]) -> bool:
    """Of the ratios attested since this round's observation, one is not what an honest keeper computed."""
    own = next(seat.keeper.present.newest for seat in seats if not seat.fault)
    assert own is not None
    held = await troupe.reader.attestations([row.account for row in own.margin_rows])
    fresh = {account: last for account, last in held.items() if last.observed_at >= own.observed_at}
    pairs = ((row, fresh[row.account]) for row in own.margin_rows if row.account in fresh)
    return any(
        abs(getattr(row, name) - getattr(last, name)) > _TOLERANCES.ratio_bps
        for row, last in pairs
        for name in ("initial_ratio_bps", "maintenance_ratio_bps")
    )
