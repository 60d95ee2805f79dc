"""What a round would do to accounts, before anyone signs it.

Price-driven changes are the market's and are never held back. Changes that the round's own ratios cause, at the same
prices, are the keeper's and have a hard budget: over it there is no signature, an alert, and a human.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountEffect:
    """One account at the round's prices. Money in quote; ratios in basis points of the own requirement."""

    account: int
    equity: float
    own_requirement: float
    ratio_before_bps: int
    ratio_after_bps: int

    @property
    def newly_liquidatable(self) -> bool:
        """Healthy under the ratio in force, under water under the new one."""
        before = self.own_requirement * self.ratio_before_bps / 10_000
        after = self.own_requirement * self.ratio_after_bps / 10_000
        return before <= self.equity < after


@dataclass(frozen=True, slots=True)
class PreflightBudget:
    """Most accounts, and most own requirement in quote, that ratios alone may make liquidatable in one round."""

    accounts: int = 3
    own_requirement: float = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Preflight:
    """The round's effect beside its budget; `exceeded` names what is over it, empty when nothing is."""

    newly_liquidatable: tuple[int, ...]
    own_requirement: float
    largest_change_bps: int
    exceeded: str


def preflight(*, effects: Sequence[AccountEffect], budget: PreflightBudget) -> Preflight:
    hit = [effect for effect in effects if effect.newly_liquidatable]
    requirement = sum(effect.own_requirement for effect in hit)
    largest = max((abs(e.ratio_after_bps - e.ratio_before_bps) for e in effects), default=0)
    exceeded = ""
    if len(hit) > budget.accounts:
        exceeded = f"{len(hit)} accounts would become liquidatable by ratios alone, budget {budget.accounts}"
    elif requirement > budget.own_requirement:
        limit = budget.own_requirement
        exceeded = f"{requirement:.2f} of own requirement would become liquidatable, budget {limit:.2f}"
    return Preflight(tuple(sorted(e.account for e in hit)), requirement, largest, exceeded)
