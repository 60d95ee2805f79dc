"""Price intervals and the mode, as `PriceIntervals` has them: the signed lane, on-chain sources, the pause.

What a source answered is not in any log: it is read from the chain's own view at the end of the block in question. A
source that changes after a decision in the same block is reported as a difference, never as an agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace

from keeper.audit.integers import divide_up, square_root_up
from keeper.chain import AuditEvent, PriceInterval

YEAR_SECONDS = 365 * 86_400
NORMAL, REDUCE_ONLY, HALTED = range(3)
STAND_IN_SOURCES = 2

Readings = Mapping[int, Sequence[PriceInterval]]
"""By underlying, what each of its sources answers; `observed_at` 0 is no answer."""


class SourceReplay:
    """What governance listed, whether a pause runs, and what the sources answer at the present block."""

    def __init__(self) -> None:
        self.sources: dict[int, tuple[str, ...]] = {}
        self.uptime = "0x" + "00" * 20
        self.paused_until = 0
        self.readings: Readings = {}

    def copy(self) -> SourceReplay:
        other = copy(self)
        other.sources = dict(self.sources)
        return other

    def apply(self, event: AuditEvent) -> None:
        """Moves on by an event of `PriceIntervals` or `Pause`."""
        values = event.arguments
        if event.name == "SourcesSet":
            places = (values[name] for name in ("first", "second", "third", "fourth"))
            self.sources[values["underlying"]] = tuple(place for place in places if int(place, 16))
        elif event.name == "SequencerUptimeSet":
            self.uptime = values["uptime"]
        elif event.name == "Paused":
            self.paused_until = values["until"]
        elif event.name == "PauseEnded":
            self.paused_until = values["endedAt"]


def widen(*, price: int, confidence: int, observed_at: int, now: int, age_volatility: int) -> PriceInterval:
    """`PriceWidth.widen`: confidence plus price x volatility x sqrt(age in years), rounded up."""
    width = confidence + move(price, now - observed_at, age_volatility)
    return PriceInterval(max(price - width, 0), price, price + width, observed_at)


def move(price: int, seconds: int, age_volatility: int) -> int:
    """`PriceWidth.move`: price x volatility x sqrt(seconds in years), rounded up."""
    root = square_root_up(divide_up(seconds * 10**36, YEAR_SECONDS))
    return divide_up(price * age_volatility * root, 10**36)


def combine(
    signed: PriceInterval | None, before: PriceInterval | None, sources: Sequence[PriceInterval]
) -> tuple[PriceInterval | None, int]:
    """`PriceCombination.combine`: the interval, None without any answer, and how many sources agree in it.

    `before` is the level that a signed price left by a jump not confirmed yet.
    """
    answers = [source for source in sources if source.observed_at]
    is_open = signed is not None and before is not None and not any(_overlap(signed, a) for a in answers)
    if is_open and signed is not None and before is not None:
        signed = _joined(before, signed)
    answers = _counted(signed, answers)
    everyone = answers if signed is None else [signed, *answers]
    if not everyone:
        return None, 0
    apart = is_open or not _agree(everyone)
    if apart:
        low, high = min(i.low for i in everyone), max(i.high for i in everyone)
    else:
        low = min(max(i.low for i in everyone), min(i.price for i in everyone))
        high = max(min(i.high for i in everyone), max(i.price for i in everyone))
    price = _price(signed, answers, low, high)
    newest = max(i.observed_at for i in everyone)
    return PriceInterval(low, price, high, newest), 0 if apart else len(answers)


def _price(signed: PriceInterval | None, answers: Sequence[PriceInterval], low: int, high: int) -> int:
    """The signed price moved into the span of the sources; without it the middle."""
    if signed is None:
        return (low + high) // 2
    if not answers:
        return signed.price
    return min(max(signed.price, min(a.low for a in answers)), max(a.high for a in answers))


def _counted(signed: PriceInterval | None, answers: list[PriceInterval]) -> list[PriceInterval]:
    """Without the one source, if there is one, that none of the others overlaps while these, two or more, all do."""
    count = len(answers) + (signed is not None)
    everyone = answers if signed is None else [signed, *answers]
    if count <= STAND_IN_SOURCES or _agree(everyone):
        return answers
    for place, suspect in enumerate(answers):
        rest = answers[:place] + answers[place + 1 :]
        others = rest if signed is None else [signed, *rest]
        if _agree(others) and not any(_overlap(suspect, other) for other in others):
            return rest
    return answers


def _agree(intervals: Sequence[PriceInterval]) -> bool:
    return max(i.low for i in intervals) <= min(i.high for i in intervals)


def _overlap(a: PriceInterval, b: PriceInterval) -> bool:
    return a.low <= b.high and b.low <= a.high


def _joined(first: PriceInterval, second: PriceInterval) -> PriceInterval:
    """Spans both, at the price of the first."""
    low, high = min(first.low, second.low), max(first.high, second.high)
    return replace(second, low=low, price=first.price, high=high)
