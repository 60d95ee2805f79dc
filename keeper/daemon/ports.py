"""What the daemon needs from outside, handed in by the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from keeper.alarms import Alarm
from keeper.assess import HourlyMark
from keeper.consensus import LastChange
from keeper.daemon.progress import Stage
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round
from keeper.decide.mode import LastMode
from keeper.types import Observation
from keeper.wire import MarginRow, QuorumSignature


class TimeSource(Protocol):
    """The keeper's present, asked anew each time."""

    async def now(self) -> int: ...


class Observer(Protocol):
    """Reads every configured source at one instant."""

    async def observe(self, *, underlyings: Sequence[int], now: int) -> Observation: ...


@dataclass(frozen=True, slots=True)
class Published:
    """A lane's round as the chain accepted it. `cost_wei` is the most that its transaction can have cost."""

    lane: int
    seq: int
    observed_at: int
    transaction_hash: str
    gas_used: int
    cost_wei: int = 0


class Publisher(Protocol):
    """Sends signed lanes, in order, and waits until each is mined. Raises TransactionFailed or ChainError."""

    async def publish(self, lane: LaneRound, quorum: QuorumSignature, *, most_cost_wei: int) -> Published: ...

    async def tend(self) -> int:
        """Looks after everything sent and not yet final: resends, replaces, follows reorganisations. Gives the number
        of transactions that are still not mined."""


class Purse(Protocol):
    """What the sender has to pay with. Raises ChainError."""

    async def balance_wei(self) -> int: ...


class Memory(Protocol):
    """What the keeper remembers across rounds and restarts."""

    def last_changes(self) -> Mapping[tuple[str, int], LastChange]: ...

    def recent_marks(self) -> tuple[HourlyMark, ...]: ...

    def last_mode(self) -> LastMode:
        """Of the last observed round."""

    def spent_wei(self, *, since: int) -> int:
        """Most that accepted rounds observed from then on have cost."""

    def remember_observed(self, round_: Round) -> None:
        """What was seen, accepted and rejected; before anything is signed."""

    def remember_proposed(self, lanes: Sequence[LaneRound], bundle: str) -> None:
        """Rounds this keeper signed, as leader or follower, with their evidence; before the signature leaves."""

    def remember_published(self, lane: LaneRound, published: Published) -> None:
        """That the chain accepted this round, of all that were proposed for its sequence number."""

    def settle_rounds(self) -> int:
        """Signed rounds get the status that the index tells, once it has followed; gives how many changed."""

    def newest_signed(self, lane: int) -> int:
        """The highest sequence number of the lane that this keeper ever signed, 0 for none."""

    def newest_root(self) -> tuple[int, int, tuple[MarginRow, ...]] | None:
        """Sequence number, observation and rows of the newest margin root this keeper signed."""

    def evidence(self, digest: str) -> bytes | None: ...


class Alarms(Protocol):
    """Where people are woken. Returns at once, whatever becomes of the message."""

    def raise_alarm(self, alarm: Alarm, text: str, *, subject: str = "") -> None: ...


class Observability(Protocol):
    """Where figures about the keeper go (Prometheus, in production)."""

    def cycle(self, result: str, seconds: float) -> None: ...

    def observed(self, round_: Round) -> None: ...

    def published(self, published: Published) -> None: ...

    def endorsed(self, result: str) -> None: ...

    def stage(self, stage: Stage, seconds: float) -> None: ...

    def tended(self, unfinished: int) -> None: ...

    def paid(self, *, spent_wei: int) -> None: ...

    def balance(self, wei: int) -> None: ...
