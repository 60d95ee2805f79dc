"""What a round may cost: a share of the value it protects, not a cap on the price of gas.

A fixed cap stops a keeper exactly when the chain is busiest and the protocol needs it most.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

_WEI = Decimal(10**18)


@dataclass(frozen=True, slots=True)
class CostPolicy:
    """`share` of the value at risk, never below `least_wei` and never above `most_wei`, for each transaction."""

    share: Decimal
    least_wei: int
    most_wei: int


def most_cost_wei(*, value_at_risk: Decimal, native_price: Decimal | None, policy: CostPolicy) -> int:
    """Bound on gas x fee: share x value_at_risk / native_price, clamped. Without a native price the upper bound.

    value_at_risk: sum of requirements of the accounts the round covers, in quote. native_price: quote for one unit of
    the chain's own currency.
    """
    if native_price is None or native_price <= 0:
        return policy.most_wei
    wei = (policy.share * value_at_risk / native_price * _WEI).to_integral_value(ROUND_DOWN)
    return min(max(int(wei), policy.least_wei), policy.most_wei)
