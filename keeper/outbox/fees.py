"""What a transaction offers for its gas, and by how much a replacement outbids its predecessor."""

from __future__ import annotations

from dataclasses import dataclass

BASE_FEE_MULTIPLE = 2  # survives about six full blocks of rising base fee (12.5% each)
BUMP_PERMILLE = 1_125  # of both fees: go-ethereum's pool asks for 10%, other clients' for 12.5%


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per unit of gas."""

    max_fee: int
    max_priority_fee: int


def market_fees(*, base_fee: int, priority_fee: int) -> Fees:
    """An offer with room for a rising base fee: max_fee = 2 x base + priority."""
    return Fees(max_fee=BASE_FEE_MULTIPLE * base_fee + priority_fee, max_priority_fee=priority_fee)


def least_replacement(previous: Fees) -> Fees:
    """The smallest offer that every client's pool takes in place of `previous`: both fees x 1.125, rounded up."""
    return Fees(_bumped(previous.max_fee), _bumped(previous.max_priority_fee))


def replacement(previous: Fees, market: Fees) -> Fees:
    """The market's offer, and at least what outbids `previous`."""
    least = least_replacement(previous)
    tip = max(least.max_priority_fee, market.max_priority_fee)
    return Fees(max(least.max_fee, market.max_fee, tip), tip)


def within_cost(fees: Fees, *, gas: int, most_cost_wei: int | None) -> Fees:
    """`fees`, lowered so that gas x max_fee <= most_cost_wei; None is no limit."""
    if most_cost_wei is None or gas * fees.max_fee <= most_cost_wei:
        return fees
    highest = max(1, most_cost_wei // gas)
    return Fees(highest, min(fees.max_priority_fee, highest))


def outbids(fees: Fees, previous: Fees) -> bool:
    """Whether every client's pool takes `fees` in place of `previous`."""
    least = least_replacement(previous)
    return fees.max_fee >= least.max_fee and fees.max_priority_fee >= least.max_priority_fee


def _bumped(wei: int) -> int:
    return -(-wei * BUMP_PERMILLE // 1_000)
