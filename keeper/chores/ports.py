"""What the worker needs from outside, handed in by the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from keeper.alarms import Alarm
from keeper.decide.chores import ChoreKind
from keeper.liquidator.calls import Invocation

# Margin model and grid, as the lane's functions take them.
Policy = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]


class Sender(Protocol):
    """One key's durable way to the chain; see `BoundedTransactor`."""

    async def is_busy(self) -> bool: ...

    def offered_today(self) -> int: ...

    async def simulate(self, call: Invocation) -> Any: ...  # noqa: ANN401 - as dynamic as the ABI

    async def cost_wei(self, call: Invocation) -> int: ...

    async def send(self, intent: str, call: Invocation, *, most_cost_wei: int) -> None: ...


class Figures(Protocol):
    """Where counts go."""

    def made(self, kind: ChoreKind, result: str) -> None: ...

    def due(self, counts: Mapping[ChoreKind, int]) -> None: ...

    def offered(self, wei: int) -> None: ...


class Alarms(Protocol):
    """Where people are woken."""

    def raise_alarm(self, alarm: Alarm, text: str, *, subject: str = "") -> None: ...


class Policies(Protocol):
    """Contents of policies that the policy lane names by digest alone."""

    async def known(self, target: str) -> Mapping[str, Policy]:
        """By digest (0x-hex), those that calls for the update leading to `target` named; as `execute` takes them."""


class ChoreReport(TypedDict):
    """What the last look found, for the status."""

    block: int | None
    due: list[dict[str, Any]]
    sent: int
    offered_wei_today: int
    dry_run: bool
