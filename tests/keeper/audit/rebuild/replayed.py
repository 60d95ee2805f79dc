"""The audit's replay of a record, with what storage keeps and the audit forgets."""

from __future__ import annotations

from collections.abc import Iterable

from keeper.audit import silent
from keeper.audit.replay import Replayer, decode_transactions
from keeper.audit.source import ChainLog

from .continuity import KeptLanes
from .policy import waiting_since
from .record import Foreign, Record


def replayed(log: ChainLog, foreign: Iterable[Foreign]) -> Record:
    """All of the record replayed once."""
    replayer = Replayer(log, decode_transactions(log), silent)
    replayer._world.lanes = KeptLanes()
    replay = replayer.run(waiting_since(log))
    return Record(log, replay.world, replay.moments, tuple(foreign))
