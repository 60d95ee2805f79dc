"""One deciding event with the states around it, and how an event's figures are compared with recomputed ones."""

from __future__ import annotations

from collections.abc import Sequence

from keeper.audit.calls import ContractCall
from keeper.audit.world import World
from keeper.chain import AuditEvent
from keeper.types import WAD


class Step:
    """One deciding event with the state just after it, the state before its movements, and the events between."""

    def __init__(
        self,
        event: AuditEvent,
        *,
        before: World,
        now_world: World,
        since: Sequence[AuditEvent],
        calls: Sequence[ContractCall],
        time: int,
    ) -> None:
        self.event, self.before, self.after = event, before, now_world
        self.since, self.calls, self.time = since, calls, time

    def cash_moved(self, account: int, reason: int) -> int:
        """Sum of the account's cash changes for a reason since `before`."""
        return sum(
            e.arguments["change"]
            for e in self.since
            if e.name == "CashChanged"
            and e.arguments["account"] == account
            and e.arguments["reason"] == reason
        )

    def collateral_moved(self, account: int, token: str) -> int:
        """How the account's holding of a token changed since `before`, token units."""
        key = (account, token)
        return self.after.collateral.held.get(key, 0) - self.before.collateral.held.get(key, 0)


def close(tolerance: float, *facts: tuple[str, int, float]) -> list[str]:
    """Names what differs by more than the tolerance; facts are (name, WAD of the event, recomputed quote)."""
    return [
        f"{name}: event {said / WAD}, replay gives {computed}"
        for name, said, computed in facts
        if abs(said / WAD - computed) > tolerance
    ]
