"""What every part of one keeper shares."""

from __future__ import annotations

from dataclasses import dataclass

from keeper.chain import ChainReader
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Alarms, Memory, Observability
from keeper.daemon.progress import Progress


@dataclass(frozen=True, slots=True)
class Common:
    """Its policy, and the ports through which it reads, remembers and reports."""

    policy: KeeperPolicy
    reader: ChainReader
    memory: Memory
    observability: Observability
    alarms: Alarms
    progress: Progress
