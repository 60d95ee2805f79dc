"""What a round would do to accounts, before anyone signs it.

Price-driven changes are the market's and are never held back. Changes that the round's own ratios cause, at the same
prices, are the keeper's and have hard budgets: over any of them there is no signature, an alert, and a human.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from keeper.decide.cascade import NO_CASCADE, SHALLOW, Cascade, Depth, Exposure, cascade


@dataclass(frozen=True, slots=True)
class AccountEffect:
    """One account at the round's prices. Money in quote; ratios in basis points of the own requirement; delta in quote
    per relative move of each underlying."""

    account: int
    equity: float
    own_requirement: float
    ratio_before_bps: int
    ratio_after_bps: int
    delta: tuple[float, ...] = ()

    @property
    def requirement_after(self) -> float:
        return self.own_requirement * self.ratio_after_bps / 10_000

    @property
    def newly_liquidatable(self) -> bool:
        """Healthy under the ratio in force, under water under the new one."""
        before = self.own_requirement * self.ratio_before_bps / 10_000
        return before <= self.equity < self.requirement_after


@dataclass(frozen=True, slots=True)
class PreflightBudget:
    """Most that ratios alone may do in one round: accounts made liquidatable and their own requirement in quote, change
    of one ratio, accounts that closing those would draw in, and the price move of closing them all."""

    accounts: int = 3
    own_requirement: float = 1_000_000.0
    ratio_change_bps: int = 10_000
    cascade_accounts: int = 10
    cascade_move: float = 0.05
    depth: Depth = SHALLOW


@dataclass(frozen=True, slots=True)
class Preflight:
    """The round's effect beside its budget; `exceeded` names what is over it, empty when nothing is.

    `unknown`: accounts whose data failed. They get no new ratio, and nobody says what the round does to them.
    """

    newly_liquidatable: tuple[int, ...]
    own_requirement: float
    largest_change_bps: int
    exceeded: str
    cascade: Cascade = NO_CASCADE
    unknown: tuple[int, ...] = ()


def preflight(
    *, effects: Sequence[AccountEffect], budget: PreflightBudget, unknown: Sequence[int] = ()
) -> Preflight:
    """The effect of the round's ratios at the round's prices. Every budget that is exceeded is named."""
    hit = [effect for effect in effects if effect.newly_liquidatable]
    result = Preflight(
        newly_liquidatable=tuple(sorted(effect.account for effect in hit)),
        own_requirement=sum(effect.own_requirement for effect in hit),
        largest_change_bps=max((abs(e.ratio_after_bps - e.ratio_before_bps) for e in effects), default=0),
        exceeded="",
        cascade=cascade(
            closed=(effect.account for effect in hit),
            exposures=[Exposure(e.account, e.equity, e.requirement_after, e.delta) for e in effects],
            depth=budget.depth,
        ),
        unknown=tuple(sorted(unknown)),
    )
    return replace(result, exceeded="; ".join(_excesses(result, budget)))


def _excesses(found: Preflight, budget: PreflightBudget) -> Iterator[str]:
    hit, drawn, move = len(found.newly_liquidatable), len(found.cascade.drawn_in), found.cascade.largest_move
    if hit > budget.accounts:
        yield f"{hit} accounts would become liquidatable by ratios alone, budget {budget.accounts}"
    if found.own_requirement > budget.own_requirement:
        limit = budget.own_requirement
        yield f"{found.own_requirement:.2f} of own requirement would become liquidatable, budget {limit:.2f}"
    if found.largest_change_bps > budget.ratio_change_bps:
        yield f"a ratio would change by {found.largest_change_bps} bps, budget {budget.ratio_change_bps}"
    if drawn > budget.cascade_accounts:
        yield f"closing them would draw in {drawn} more accounts, budget {budget.cascade_accounts}"
    if move > budget.cascade_move:
        yield f"closing them would move a price by {move:.4f}, budget {budget.cascade_move}"
