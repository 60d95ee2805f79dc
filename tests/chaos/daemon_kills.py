"""kill -9 of the whole daemon at every named step of the cycle and of the outbox, at a random moment after it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.chaos.daemon_rig import DaemonRig, opened
from tests.chaos.daemon_verdict import judged
from tests.chaos.kills import Kills
from tests.chaos.verdict import Verdict, together

# A step is told of when it is done; what follows within this time is where the kill falls.
_MOST_DELAY_SECONDS = 0.12
_MOST_ROUNDS_A_STEP = 8
_PATIENCE_SECONDS = 1.5
REORGANISED_BLOCKS = 8  # the last round, and the block that the index knew when it began
_STEPS_OF_ROUNDS = (
    "keeper.started",
    "index.advanced",
    "round.viewed",
    "round.seen",
    "round.assessed",
    "round.remembered",
    "round.proposed",
    "round.signed",
    "outbox.planned",
    "outbox.signed",
    "outbox.accepted",
    "outbox.mined",
    "round.published",
    "cycle.done",
    "outbox.tended",
    "outbox.confirmed",
)


async def _next_round(rig: DaemonRig) -> None:
    await rig.begin()


async def _after_a_reorganisation(rig: DaemonRig) -> None:
    """The blocks with the last round's transactions are gone when the next one begins; the index knows one before."""
    await rig.begin()
    await rig.finish()
    await rig.reorganise(REORGANISED_BLOCKS)
    await rig.begin()


async def _stuck(rig: DaemonRig) -> None:
    await rig.begin()
    await rig.troupe.control.set_automine(False)


_BESIDE_ANOTHER = "index.reorganised, beside another"
# Steps that need a reason to be taken.
_OCCASIONS: dict[str, Callable[[DaemonRig], Awaitable[None]]] = {
    "outbox.reorganised": _after_a_reorganisation,
    "index.reorganised": _after_a_reorganisation,
    "outbox.replaced": _stuck,
    _BESIDE_ANOTHER: _after_a_reorganisation,
}
# Of a keeper beside another: every other round is the other one's, and so are the transactions that are taken back.
_OF_TWO = ("proposal.signed", _BESIDE_ANOTHER)
STEPS = (*_STEPS_OF_ROUNDS, *(step for step in _OCCASIONS if step not in _OF_TWO), *_OF_TWO)


async def daemon_killed(folder: Path, *, times: int, seed: int) -> Kills:
    """Kills a daemon `times` times, each named step in turn, and judges what is left."""
    draw = random.Random(seed)  # noqa: S311 - moments, not secrets
    steps = [STEPS[number % len(STEPS)] for number in range(times)]
    alone = [step for step in steps if step not in _OF_TWO]
    beside = [step for step in steps if step in _OF_TWO]
    started = time.monotonic()
    verdicts = [
        await _trial(folder / str(keepers), chosen, keepers, draw)
        for keepers, chosen in ((1, alone), (2, beside))
        if chosen
    ]
    return Kills(dict(Counter(steps)), together(verdicts), time.monotonic() - started)


async def _trial(folder: Path, steps: Sequence[str], keepers: int, draw: random.Random) -> Verdict:
    folder.mkdir()
    async with opened(folder, keepers=keepers) as rig:
        for _ in range(2):
            await rig.begin()
            await rig.finish()
        for step in steps:
            await _killed_at(rig, step, draw.uniform(0.0, _MOST_DELAY_SECONDS))
        return await judged(rig, folder)


async def _killed_at(rig: DaemonRig, step: str, delay: float) -> None:
    await _reached(rig, step)
    await asyncio.sleep(delay)
    rig.victim.kill()
    rig.victim.start()
    await rig.troupe.control.set_automine(True)
    await rig.troupe.control.mine()
    await rig.finish()


async def _reached(rig: DaemonRig, step: str) -> None:
    """Plays rounds until the victim, as it runs now, tells of the step."""
    since, play, event = rig.victim.born, _OCCASIONS.get(step, _next_round), step.split(",")[0]
    for _ in range(_MOST_ROUNDS_A_STEP):
        if await rig.victim.tells(event, since=since, within_seconds=0.0):
            return
        await play(rig)
        if await _met(rig, event, since):
            return
        await rig.troupe.control.set_automine(True)
        await rig.troupe.control.mine()
        await rig.finish()
    raise AssertionError(f"{step} was never reached:\n{rig.victim.tail()}")


async def _met(rig: DaemonRig, event: str, since: int) -> bool:
    """Within the round in hand, and a little longer: its other lanes follow its prices."""
    deadline = time.monotonic() + 10 * _PATIENCE_SECONDS
    while time.monotonic() < deadline and not await rig.is_accepted():
        if await rig.victim.tells(event, since=since, within_seconds=0.05):
            return True
    return await rig.victim.tells(event, since=since, within_seconds=_PATIENCE_SECONDS)
