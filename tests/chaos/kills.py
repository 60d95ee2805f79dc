"""kill -9 at every named step of the cycle and of the outbox, at a random moment after the step is told of."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.rig import Rig, opened
from tests.chaos.verdict import Verdict, judged

# A step is told of when it is done; what follows within this time is where the kill falls.
_MOST_DELAY_SECONDS = 0.03
_STEPS_OF_EVERY_CYCLE = (
    "worker.started",
    "cycle.started",
    "outbox.tended",
    "outbox.planned",
    "outbox.signed",
    "outbox.accepted",
    "outbox.mined",
    "update.delivered",
    "update.remembered",
    "cycle.viewed",
    "index.advanced",
    "outbox.confirmed",
)


@dataclass(frozen=True)
class Kills:
    """How many kills fell at which step, and what they left."""

    by_step: dict[str, int]
    verdict: Verdict
    seconds: float

    def document(self) -> dict[str, object]:
        return {"by_step": self.by_step, "seconds": round(self.seconds, 1), **self.verdict.document()}


async def _reorganised(rig: Rig) -> None:
    await rig.control.mine(3)
    await rig.rpc.call("anvil_reorg", 8, [])


async def _stuck(rig: Rig) -> None:
    await rig.control.set_automine(False)


# Steps that need a reason to be taken.
_OCCASIONS: dict[str, Callable[[Rig], Awaitable[None]]] = {
    "outbox.reorganised": _reorganised,
    "index.reorganised": _reorganised,
    "outbox.replaced": _stuck,
}
STEPS = (*_STEPS_OF_EVERY_CYCLE, *_OCCASIONS)


async def killed(folder: Path, *, times: int, seed: int) -> Kills:
    """Kills the worker `times` times, each named step in turn, and judges what is left."""
    draw = random.Random(seed)  # noqa: S311 - moments, not secrets
    counts, started = Counter[str](), time.monotonic()
    async with opened(folder, confirmations=8, timeout_seconds=15.0) as rig:
        rig.worker.start()
        for _ in range(3):
            await rig.progress()
        for number in range(times):
            step = STEPS[number % len(STEPS)]
            await _killed_at(rig, step, draw.uniform(0.0, _MOST_DELAY_SECONDS))
            counts[step] += 1
            rig.worker.start()
        await rig.worker.line("worker.started", since=rig.worker.born)
        rig.worker.kill()
        return Kills(dict(counts), await judged(rig, folder), time.monotonic() - started)


async def _killed_at(rig: Rig, step: str, delay: float) -> None:
    occasion = _OCCASIONS.get(step)
    since = rig.worker.born
    if occasion is not None:
        await rig.progress()
        await occasion(rig)
    await rig.worker.line(step, since=since)
    await asyncio.sleep(delay)
    rig.worker.kill()
    await rig.control.set_automine(True)
    await rig.control.mine()
