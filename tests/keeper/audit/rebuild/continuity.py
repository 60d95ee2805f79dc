"""The price lane's words: a price with its standing, and what a jump left, which storage keeps when it is settled."""

from __future__ import annotations

from keeper.audit.context import Context
from keeper.audit.continuity import CONFIDENCE_SCALE, SETTLED, Standing
from keeper.audit.integers import divide_up
from keeper.audit.lanes import Lanes
from keeper.wire import PriceRow

from .record import Record

SETTLED_PRICE = PriceRow(underlying=0, price=1, confidence=0)


class KeptLanes(Lanes):
    """The audit's replay of the lanes, which forgets a jump that is settled, with what the contract keeps of it."""

    def __init__(self) -> None:
        super().__init__()
        self.left: dict[int, int] = {}
        self._funding_before = 0

    def _accrue(
        self, underlying: int, last: tuple[PriceRow, int], observed_at: int, context: Context
    ) -> None:
        self._funding_before = self.funding.get(underlying, 0)
        super()._accrue(underlying, last, observed_at, context)

    def _follow(self, row: PriceRow, last: tuple[PriceRow, int], observed_at: int, context: Context) -> None:
        """A restart writes its first round's time over it, a jump from a settled price that price."""
        before = self.standings.get(row.underlying, SETTLED)
        super()._follow(row, last, observed_at, context)
        after = self.standings[row.underlying]
        if after.restart_rounds:
            self.left[row.underlying] = price_word(SETTLED_PRICE, after.restarted_at, 0, SETTLED)
        elif after.left is not None and before.left is None:
            self.left[row.underlying] = price_word(*last, self._funding_before, before)


def left_prices(record: Record) -> dict[int, int]:
    """`PriceContinuity._left`. TypeError where the record was replayed without keeping it."""
    lanes = record.world.lanes
    if not isinstance(lanes, KeptLanes):
        raise TypeError("the replay kept nothing of settled jumps")
    return lanes.left


def price_word(row: PriceRow, observed_at: int, funding: int, standing: Standing) -> int:
    """As `PackedPrice` packs it."""
    millionths = divide_up(row.confidence * CONFIDENCE_SCALE, row.price)
    rounds = standing.restart_rounds << 2 | standing.jump_rounds
    word = row.price << 160 | millionths << 140 | rounds << 136 | observed_at << 96
    return word | funding % (1 << 96)
