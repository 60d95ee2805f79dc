"""What the liquidator may spend, whatever its strategy says: a pure check of simulated figures against limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keeper.amounts import exact, to_wad
from keeper.candidates import MarginDocument
from keeper.quotes import Quote
from keeper.types import WAD


@dataclass(frozen=True, slots=True)
class Limits:
    """Money in WAD, gas in wei, shares in basis points.

    `least_profit` after gas, at the worse price end. `most_own_requirement` of the own account after a fill, the
    inventory it may carry; `instruments`: the most of an instrument it may hold (WAD, without sign), absent without a
    limit. `least_free_bps` of the own equity stays above the initial requirement. Gas: of one
    transaction, and of all within a day, counted at the most that each may cost.
    """

    least_profit: int
    most_own_requirement: int
    least_free_bps: int
    most_gas_wei: int
    most_gas_wei_per_day: int
    slippage_bps: int = 100
    instruments: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capital:
    """The own account before, wei already offered for gas within the last day, and what is held by instrument (WAD)."""

    margin: MarginDocument
    gas_wei_today: int
    held: Mapping[int, int] = field(default_factory=dict)


def refusal(quote: Quote, *, gas_cost: int, capital: Capital, limits: Limits) -> str:
    """Why what the quote describes may not be sent; empty where it may. `gas_cost` is WAD money."""
    most = most_cost_wei(capital, limits)
    if most <= 0:
        return f"gas of today: {capital.gas_wei_today} of {limits.most_gas_wei_per_day} wei are spent"
    if quote.action == "end":
        return ""
    if quote.fill is None:
        return quote.refusal or f"nothing to take: {quote.action}"
    if int(quote.fill.gas_cost_wei) > most:
        return f"gas costs {quote.fill.gas_cost_wei} wei, {most} may be spent"
    profit = _profit(quote) - gas_cost
    if profit < limits.least_profit:
        return f"profit {exact(profit)} after gas, {exact(limits.least_profit)} is asked"
    return _inventory_refusal(quote, capital, limits)


def _profit(quote: Quote) -> int:
    """Simulated now; of a start, the most that its auction offers, for its discount does not grow unstarted."""
    now = 0 if quote.fill is None else to_wad(quote.fill.profit_low)
    if quote.action != "start":
        return now
    offered = [to_wad(o.discount) * to_wad(o.largest_fraction) // WAD for o in quote.offers]
    return max(now, *offered) if offered else now


def _inventory_refusal(quote: Quote, capital: Capital, limits: Limits) -> str:
    if quote.fill is None:
        return ""
    crowded = _instrument_refusal(quote, capital, limits)
    if crowded:
        return crowded
    own = to_wad(capital.margin.own_requirement) + to_wad(quote.fill.own_requirement_added)
    if own > limits.most_own_requirement and to_wad(quote.fill.own_requirement_added) > 0:
        return f"own requirement would be {exact(own)}, {exact(limits.most_own_requirement)} is the most"
    equity = to_wad(capital.margin.equity_low) + to_wad(quote.fill.profit_low)
    free = to_wad(quote.fill.free_after)
    if free * 10_000 < equity * limits.least_free_bps:
        return f"free margin would be {exact(free)} of {exact(equity)}, {limits.least_free_bps} bps are kept"
    return ""


def _instrument_refusal(quote: Quote, capital: Capital, limits: Limits) -> str:
    """A share of every leg takes some of each: one that there is no room for refuses it. A start takes nothing."""
    taken = 0 if quote.fill is None or quote.action != "bid" else to_wad(quote.fill.fraction)
    for leg in quote.legs:
        room = rooms(capital, limits, {int(leg.instrument): to_wad(leg.quantity)}).get(int(leg.instrument))
        if room is not None and abs(to_wad(leg.quantity)) * taken // WAD > room:
            return (
                f"{leg.name}: {exact(room)} more may be held, the fill takes {exact(taken)} of {leg.quantity}"
            )
    return ""


def rooms(capital: Capital, limits: Limits, legs: Mapping[int, int]) -> dict[int, int]:
    """How much of each of these legs (signed WAD) may be taken where its instrument has a limit: what is left to it,
    and all that is held of the other side."""
    found = {}
    for instrument, quantity in legs.items():
        if instrument in limits.instruments:
            held = capital.held.get(instrument, 0)
            toward = held if quantity > 0 else -held
            found[instrument] = max(limits.instruments[instrument] - toward, 0)
    return found


def most_cost_wei(capital: Capital, limits: Limits) -> int:
    """The most that the next transaction may ever cost, replacements included."""
    return min(limits.most_gas_wei, limits.most_gas_wei_per_day - capital.gas_wei_today)


def least_share(quote: Quote, limits: Limits) -> int:
    """The WAD share of the own requirement below which the bid is to revert: a rival was faster, and less is left than
    was simulated."""
    own = to_wad(quote.own_requirement)
    if quote.fill is None or not quote.offers or own <= 0:
        return 0
    discount = to_wad(quote.offers[0].discount) * (10_000 - limits.slippage_bps) // 10_000
    return discount * WAD // own


def fitting_fraction(quote: Quote, capital: Capital, limits: Limits) -> int:
    """The share of the simulated fill (WAD of all legs) that the inventory limit leaves room for."""
    if quote.fill is None:
        return 0
    taken, added = to_wad(quote.fill.fraction), to_wad(quote.fill.own_requirement_added)
    room = limits.most_own_requirement - to_wad(capital.margin.own_requirement)
    fitting = taken if added <= room or added <= 0 else max(taken * room // added, 0)
    legs = {int(leg.instrument): to_wad(leg.quantity) for leg in quote.legs}
    for instrument, most in rooms(capital, limits, legs).items():
        if legs[instrument]:
            fitting = min(fitting, most * WAD // abs(legs[instrument]))
    return fitting
