"""Shares of the insurance fund and their queue for the way out, recomputed.

With A the fund's cash in token units rounded down and S all shares, entering with a gives floor(a (S + 1e6) / (A + 1))
shares, and s shares leave with floor(s (A + 1) / (S + 1e6)), at the earliest 14 days after they were queued, at the
latest 17, and while no account on auction has a known deficit.
"""

from __future__ import annotations

from dataclasses import dataclass

from keeper.audit.facts import equal
from keeper.audit.ledger import REASON_DEPOSIT, REASON_WITHDRAWAL
from keeper.audit.step import Step

VIRTUAL_SHARES = 10**6
EXIT_DELAY, EXIT_WINDOW = 14 * 86_400, 3 * 86_400


@dataclass(frozen=True, slots=True)
class QueuedExit:
    """Shares on their way out, claimable from unix second `due` on."""

    owner: str
    receiver: str
    shares: int
    due: int


class Fund:
    """The fund's shares by its events; `owner` is its address, under which the ledger knows its account."""

    def __init__(self, owner: str) -> None:
        self.owner = owner.lower()
        self.supply = 0
        self.exits: dict[int, QueuedExit] = {}
        self._scale = 0

    def account(self, step: Step) -> int:
        """The fund's account; LookupError where it has none yet."""
        accounts = step.before.ledger.accounts
        found = [number for number, state in accounts.items() if state.owner.lower() == self.owner]
        if not found:
            raise LookupError(f"no account of {self.owner}")
        return found[0]

    def entered(self, step: Step) -> list[str]:
        """`Entered` and `Contributed`: tokens in, for shares or for none."""
        said, account = step.event.arguments, self.account(step)
        assets = said.get("assets", said.get("amount", 0))
        moved = step.cash_moved(account, REASON_DEPOSIT)
        self._scale = self._scale or (moved // assets if assets else 0)
        problems = equal(("cash of the fund", moved, assets * self._scale))
        if "shares" not in said:
            return problems
        shares = assets * (self.supply + VIRTUAL_SHARES) // (self._assets(step, account) + 1)
        self.supply += said["shares"]
        return problems + equal(("shares", said["shares"], shares))

    def requested(self, step: Step) -> list[str]:
        said = step.event.arguments
        self.exits[said["id"]] = QueuedExit(
            said["owner"], said["receiver"], said["shares"], said["claimableAt"]
        )
        return equal(
            ("id", said["id"], len(self.exits)), ("claimableAt", said["claimableAt"], step.time + EXIT_DELAY)
        )

    def claimed(self, step: Step, deficit: int) -> list[str]:
        said, account = step.event.arguments, self.account(step)
        queued, shares = self._taken(said["id"]), said["shares"]
        worth = shares * (self._assets(step, account) + 1) // (self.supply + VIRTUAL_SHARES)
        self.supply -= shares
        problems = equal(
            ("receiver", said["receiver"], queued.receiver),
            ("shares", shares, queued.shares),
            ("assets", said["assets"], worth),
            ("cash of the fund", step.cash_moved(account, REASON_WITHDRAWAL), -said["assets"] * self._scale),
        )
        if not queued.due <= step.time <= queued.due + EXIT_WINDOW:
            problems.append(f"claimed at {step.time}, due at {queued.due}")
        if deficit:
            problems.append(f"left the fund before a known loss of {deficit}")
        return problems

    def returned(self, step: Step) -> list[str]:
        said = step.event.arguments
        queued = self._taken(said["id"])
        problems = equal(("owner", said["owner"], queued.owner), ("shares", said["shares"], queued.shares))
        if step.time <= queued.due + EXIT_WINDOW:
            problems.append(f"returned at {step.time}, due at {queued.due}")
        return problems

    def _assets(self, step: Step, account: int) -> int:
        return max(step.before.cash(account), 0) // self._scale if self._scale else 0

    def _taken(self, number: int) -> QueuedExit:
        queued = self.exits.get(number)
        if queued is None or queued.shares == 0:
            raise LookupError(f"no exit {number} is queued")
        self.exits[number] = QueuedExit(queued.owner, queued.receiver, 0, 0)
        return queued
