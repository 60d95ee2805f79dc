"""The payouts' events replayed: claims, what is owed, and each vault's net outflow within its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keeper.audit.integers import divide_toward_zero
from keeper.chain import AuditEvent

# More than any token's supply that counts; the contract caps what it remembers there.
MOST = 2**190


class Payouts:
    """Claims by (recipient, token), and by (vault, token) the net outflow with the time it was written."""

    def __init__(self) -> None:
        self.claims: dict[tuple[str, str], int] = {}
        self.owed: dict[str, int] = {}
        self.flows: dict[tuple[str, str], tuple[int, int]] = {}
        self.window_seconds = 0
        self.limit_bps = 0

    def copy(self) -> Payouts:
        """Payouts that further events do not change."""
        other = Payouts()
        other.claims, other.owed, other.flows = dict(self.claims), dict(self.owed), dict(self.flows)
        other.window_seconds, other.limit_bps = self.window_seconds, self.limit_bps
        return other

    def apply(self, event: AuditEvent, time: int) -> list[str]:
        """Applies an event at a block time; says what about it does not follow from the state before."""
        handler = _HANDLERS.get(event.name)
        return [] if handler is None else handler(self, event.arguments, time)

    def net_outflow(self, vault: str, token: str, time: int) -> int:
        """As remembered at a time: outflow rounded up, inflow rounded down."""
        net, written = self.flows.get((vault, token), (0, 0))
        elapsed = time - written
        if elapsed >= self.window_seconds:
            return 0
        forgotten = net * elapsed
        rounded = -1 if net < 0 and forgotten % self.window_seconds else 0
        return net - divide_toward_zero(forgotten, self.window_seconds) - rounded

    def _limited(self, values: Mapping[str, Any], _time: int) -> list[str]:
        self.window_seconds, self.limit_bps = values["windowSeconds"], values["limitBps"]
        return []

    def _flowed(self, values: Mapping[str, Any], time: int) -> list[str]:
        key, change, said = (values["vault"], values["token"]), values["change"], values["netOutflowAfter"]
        before = self.net_outflow(*key, time)
        self.flows[key] = (said, time)
        # An inflow before counts for one limit at most: a share of the vault's balance, which no log says.
        least = max(before + change, -MOST)
        most = change if change > 0 and before < 0 else least
        return [] if least <= said <= most else [f"net outflow {said}, replayed {least} to {most}"]

    def _credited(self, values: Mapping[str, Any], _time: int) -> list[str]:
        key = (values["recipient"], values["token"])
        claim = self.claims.get(key, 0) + values["amount"]
        self.claims[key] = values["claimAfter"]
        self.owed[key[1]] = self.owed.get(key[1], 0) + values["amount"]
        return [] if claim == values["claimAfter"] else [f"claim {values['claimAfter']}, replayed {claim}"]

    def _paid(self, values: Mapping[str, Any], _time: int) -> list[str]:
        key = (values["recipient"], values["token"])
        claim = self.claims.get(key, 0)
        self.claims[key] = 0
        self.owed[key[1]] = self.owed.get(key[1], 0) - values["amount"]
        return [] if claim == values["amount"] else [f"paid {values['amount']} of a claim of {claim}"]


_HANDLERS: dict[str, Callable[[Payouts, Mapping[str, Any], int], list[str]]] = {
    "OutflowLimitSet": Payouts._limited,
    "FlowNoted": Payouts._flowed,
    "ClaimCredited": Payouts._credited,
    "ClaimPaid": Payouts._paid,
}
