"""What is known of one account, and what of it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keeper.types import WAD, AccountState
from keeper.wire import MarginRow
from risk.instruments import Instrument
from risk.units import to_wad_up

_LARGEST_WIRE_AMOUNT = 2**96 - 1


@dataclass(frozen=True, slots=True)
class AccountAssessment:
    """One account's figures in quote currency; None where its data failed, with the `reason`.

    `expected_shortfall_error` is the standard error of the CVaR estimate. `raw_initial_ratio_bps`: from that CVaR
    alone; `initial` and `maintenance`: what is charged, before the corridor; the ratios: of what is charged, inside
    it. `clipped`: the corridor held a ratio. `delta`: change of equity per relative move of each underlying.
    """

    account: int
    portfolio_nonce: int
    legs: int
    equity_low: float | None = None
    equity_high: float | None = None
    own_requirement: float | None = None
    delta_gamma_vega: float | None = None
    scenario_loss: float | None = None
    value_at_risk: float | None = None
    expected_shortfall: float | None = None
    expected_shortfall_error: float | None = None
    initial: float | None = None
    maintenance: float | None = None
    add_ons: float | None = None
    raw_initial_ratio_bps: int = 0
    initial_ratio_bps: int = 0
    maintenance_ratio_bps: int = 0
    clipped: bool = False
    delta: tuple[float, ...] = ()
    reason: str = ""

    def row(self) -> MarginRow | None:
        """What is signed about this account; None for one without legs or without figures."""
        if self.value_at_risk is None or self.expected_shortfall is None or self.legs == 0:
            return None
        return MarginRow(
            account=self.account,
            portfolio_nonce=self.portfolio_nonce,
            initial_ratio_bps=self.initial_ratio_bps,
            maintenance_ratio_bps=self.maintenance_ratio_bps,
            value_at_risk=_wire_amount(self.value_at_risk),
            expected_shortfall=_wire_amount(self.expected_shortfall),
        )


def without_legs(account: AccountState) -> AccountAssessment:
    """Nothing at risk but cash."""
    cash = account.cash / WAD
    return AccountAssessment(
        account=account.account,
        portfolio_nonce=account.portfolio_nonce,
        legs=0,
        equity_low=cash,
        equity_high=cash,
        own_requirement=0.0,
        delta_gamma_vega=0.0,
        scenario_loss=0.0,
        value_at_risk=0.0,
        expected_shortfall=0.0,
        expected_shortfall_error=0.0,
        initial=0.0,
        maintenance=0.0,
        add_ons=0.0,
    )


def unknown(account: AccountState, legs: Sequence[Instrument]) -> AccountAssessment:
    """An account that holds `legs` that nobody can value."""
    reason = f"no surface for {', '.join(sorted({f'{i.underlying}/{i.expiry}' for i in legs}))}"
    return AccountAssessment(
        account=account.account,
        portfolio_nonce=account.portfolio_nonce,
        legs=len(account.legs),
        reason=reason,
    )


def _wire_amount(value: float) -> int:
    """WAD rounded up, inside uint96; a tail that gains counts as no loss."""
    return min(to_wad_up(max(value, 0.0)), _LARGEST_WIRE_AMOUNT)
