"""What storage is rebuilt from: audit events, the audit's replay of them, the logs of OpenZeppelin's contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from keeper.audit.source import ChainLog
from keeper.audit.world import World
from keeper.chain import AuditEvent, Trail
from keeper.chain.events import NO_TRAIL


@dataclass(frozen=True, slots=True)
class Foreign:
    """A log outside the audit trail."""

    contract: str
    name: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """Logs and calldata, and the replay's world at their end and at the end of some blocks."""

    log: ChainLog
    world: World
    moments: Mapping[int, World]
    foreign: tuple[Foreign, ...]

    def events(self, contract: str, *names: str) -> list[AuditEvent]:
        return [e for e in self.log.events if e.contract == contract and (not names or e.name in names)]

    def last(self, contract: str, name: str, argument: str) -> Any:
        """An argument of the newest such event; 0 where there is none."""
        found = self.events(contract, name)
        return found[-1].arguments[argument] if found else 0

    def trail(self, name: str) -> int:
        """A trail's packed slot, every log followed."""
        trail = Trail()
        for event in self.log.events:
            if event.trail == name != NO_TRAIL:
                trail = trail.after(event)
        return int.from_bytes(trail.running_hash) << 64 | trail.seq

    def authority(self, contract: str) -> bytes:
        """Whom a managed contract asks, by its own newest log of it."""
        return [log for log in self.foreign if (log.contract, log.name) == (contract, "AuthorityUpdated")][
            -1
        ].data

    def time(self, event: AuditEvent) -> int:
        return self.log.times[event.block_number]


def camel(record: Any) -> dict[str, Any]:
    """A frozen record's fields under the names of the contracts."""

    def name(field: str) -> str:
        first, *rest = field.split("_")
        return first + "".join(part.capitalize() for part in rest)

    return {name(field): value for field, value in asdict(record).items()}


def of_names(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Some arguments of an event."""
    return {name: values[name] for name in names}
