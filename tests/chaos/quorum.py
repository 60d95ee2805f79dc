"""One keeper killed, one lying, one partitioned, in all combinations: rounds go on iff an honest quorum is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, combinations

from keeper.alarms import Alarm
from keeper.wire import LANE_MARGINS, LANE_PRICES
from tests.chaos.conclave import Conclave, convened
from tests.chaos.seats import TAKEOVER_SECONDS, Seat, seated
from tests.chaos.truth import is_wrong
from tests.keeper.audit.play import STEP_SECONDS

SIZES = ((3, 2), (5, 3))
FAULTS = ("killed", "lying", "partitioned")
LIES = ("lying_prices", "lying_margins")
_MOST_CYCLES_TO_TAKE_OVER = 2


@dataclass(frozen=True)
class Outcome:
    """One combination: `rounds` were accepted of `played`, the slowest `takeover_seconds` of chain time after it began.

    `verdicts` of them came with margins. Every faulty keeper leads one of them, and an honest one the last where there
    is one. `wrong`: rounds after which the chain held a price off the market's truth or a ratio off an honest keeper's.
    `reported`: what an honest keeper's alarm said of each fault, "" where none did; of nobody where nobody is honest.
    """

    keepers: int
    threshold: int
    faults: tuple[str, ...]
    honest: int
    played: int
    rounds: int
    verdicts: int
    takeover_seconds: int
    wrong: int
    seconds: float
    reported: dict[str, str] = field(default_factory=dict)

    @property
    def is_as_it_must_be(self) -> bool:
        expected = self.played if self.honest >= self.threshold else 0
        in_time = self.takeover_seconds <= _MOST_CYCLES_TO_TAKE_OVER * STEP_SECONDS
        return (
            (self.rounds, self.verdicts, self.wrong) == (expected, expected, 0)
            and in_time
            and all(self.reported.values())
        )

    def document(self) -> dict[str, object]:
        return {**asdict(self), "is_as_it_must_be": self.is_as_it_must_be}


def scenarios(keepers: int) -> list[tuple[str, ...]]:
    """The fault of each keeper, for every subset of the faults and both kinds of lie; the faulty ones lead first."""
    subsets = chain.from_iterable(combinations(FAULTS, size) for size in range(len(FAULTS) + 1))
    found = []
    for subset in subsets:
        for lie in LIES if "lying" in subset else ("",):
            named = tuple(lie if fault == "lying" else fault for fault in subset)
            found.append(named + ("",) * (keepers - len(named)))
    return found


async def matrix(
    sizes: Sequence[tuple[int, int]] = SIZES, only: Sequence[tuple[str, ...]] | None = None
) -> list[Outcome]:
    """Every combination at every size (keepers, threshold); `only` these where given."""
    outcomes = []
    for keepers, threshold in sizes:
        async with convened(keepers, threshold) as conclave:
            for faults in scenarios(keepers) if only is None else only:
                outcomes.append(await _tried(conclave, faults))
                await conclave.restart()
    return outcomes


async def _tried(conclave: Conclave, faults: tuple[str, ...]) -> Outcome:
    started, waits, wrong = time.monotonic(), list[int](), 0
    verdicts_before = (await conclave.troupe.reader.lanes()).sequences[LANE_MARGINS]
    played = min(len([fault for fault in faults if fault]) + 1, len(faults))
    async with seated(conclave, _placed(conclave, faults)) as seats:
        for step in range(1, played + 1):
            waited = await _round(conclave, seats, step)
            if waited is not None:
                waits.append(waited)
                wrong += await is_wrong(conclave.troupe, seats, step)
        reported = _reported(seats)
    verdicts = (await conclave.troupe.reader.lanes()).sequences[LANE_MARGINS] - verdicts_before
    return Outcome(
        keepers=len(faults),
        threshold=conclave.threshold,
        faults=tuple(fault for fault in faults if fault),
        honest=faults.count(""),
        played=played,
        rounds=len(waits),
        verdicts=verdicts,
        takeover_seconds=max(waits, default=0),
        wrong=wrong,
        seconds=round(time.monotonic() - started, 1),
        reported=reported,
    )


def _placed(conclave: Conclave, faults: tuple[str, ...]) -> tuple[str, ...]:
    """By signer: the keeper with the first fault leads the first round."""
    number = conclave.troupe.market.time(1) // STEP_SECONDS
    shift = -number % len(faults)
    return tuple(faults[(signer + shift) % len(faults)] for signer in range(len(faults)))


async def _round(conclave: Conclave, seats: Sequence[Seat], step: int) -> int | None:
    """Plays one round; chain seconds into it at which it was accepted, None where it never was."""
    troupe = conclave.troupe
    begin = await troupe.begin(step)
    before = (await troupe.reader.lanes()).sequences[LANE_PRICES]
    for seat in seats:
        seat.sources.step = step
    for slot in range(len(seats)):
        at = max(begin + slot * TAKEOVER_SECONDS, (await troupe.reader.block()).timestamp + 1)
        await troupe.control.mine_at(at)
        await asyncio.gather(*(seat.keeper.tick() for seat in seats if seat.fault != "killed"))
        if (await troupe.reader.lanes()).sequences[LANE_PRICES] > before:
            return at - begin
    return None


def _reported(seats: Sequence[Seat]) -> dict[str, str]:
    honest = [seat for seat in seats if not seat.fault]
    if not honest:
        return {}
    said = [alarm for seat in honest for alarm in seat.bell.rung if alarm[0] is Alarm.PEER_DISAGREES]
    return {
        seat.fault: next((text for _, subject, text in said if subject == f"signer {seat.signer}"), "")[:160]
        for seat in seats
        if seat.fault
    }
