"""Lifelike books for the demonstration: what forty-odd accounts hold before the crash.

Every account trades against one of a few market makers, so positions net to zero. Books are drawn from a seed;
the deposit of each is a multiple of the initial requirement that its finished book will have (1.0 would be the least).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from risk.instruments import CALL, PERPETUAL, PUT, Instrument

MARKET_MAKERS = 4
BITCOIN, ETHER = 1, 2


@dataclass(frozen=True, slots=True)
class Holding:
    """One leg of a plan: quantity in units of the underlying, negative for short."""

    instrument: Instrument
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """`deposit_multiple` is of the initial requirement of the finished book."""

    name: str
    style: str
    deposit_multiple: Decimal
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What may be traded: expiries ascending, spots and strike steps by underlying."""

    expiries: Sequence[int]
    spots: dict[int, Decimal]
    strike_steps: dict[int, int]

    def strike_near(self, underlying: int, moneyness: str) -> int:
        """The listed strike (in micros) nearest to moneyness x spot, and never zero."""
        step = self.strike_steps[underlying]
        target = self.spots[underlying] * Decimal(moneyness)
        return max(1, round(target / step)) * step * 1_000_000

    def option(self, underlying: int, expiry: int, moneyness: str, kind: int) -> Instrument:
        return Instrument(underlying, expiry, self.strike_near(underlying, moneyness), kind)


def perpetual(underlying: int) -> Instrument:
    return Instrument(underlying, 0, 0, PERPETUAL)


def _size(random: Random, underlying: int, least: int, most: int) -> Decimal:
    """A round lot: bitcoin in tenths, ether in units, worth about the same."""
    units = random.randint(least, most)
    return Decimal(units) / 10 if underlying == BITCOIN else Decimal(units * 4)


def _covered_call(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 10, 60)
    call = listing.option(u, listing.expiries[random.choice((1, 2))], random.choice(("1.10", "1.15")), CALL)
    return [Holding(perpetual(u), size), Holding(call, -size)]


def _call_spread(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 20, 80)
    expiry = listing.expiries[random.choice((0, 1, 2))]
    return [
        Holding(listing.option(u, expiry, "1.00", CALL), size),
        Holding(listing.option(u, expiry, "1.15", CALL), -size),
    ]


def _put_spread(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 20, 80)
    expiry = listing.expiries[random.choice((0, 1, 2))]
    return [
        Holding(listing.option(u, expiry, "0.95", PUT), -size),
        Holding(listing.option(u, expiry, "0.80", PUT), size),
    ]


def _iron_condor(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 10, 50)
    expiry = listing.expiries[random.choice((0, 1))]
    wings = (("0.80", PUT, 1), ("0.90", PUT, -1), ("1.10", CALL, -1), ("1.20", CALL, 1))
    return [Holding(listing.option(u, expiry, m, kind), sign * size) for m, kind, sign in wings]


def _short_strangle(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 10, 40)
    expiry = listing.expiries[random.choice((0, 1))]
    return [
        Holding(listing.option(u, expiry, "0.85", PUT), -size),
        Holding(listing.option(u, expiry, "1.15", CALL), -size),
    ]


def _protective_put(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 10, 60)
    put = listing.option(u, listing.expiries[random.choice((0, 1))], "0.90", PUT)
    return [Holding(perpetual(u), size), Holding(put, size)]


def _long_perpetual(listing: Listing, random: Random, u: int) -> list[Holding]:
    del listing
    return [Holding(perpetual(u), _size(random, u, 10, 80))]


def _short_perpetual(listing: Listing, random: Random, u: int) -> list[Holding]:
    del listing
    return [Holding(perpetual(u), -_size(random, u, 10, 80))]


def _reckless_put_seller(listing: Listing, random: Random, u: int) -> list[Holding]:
    size = _size(random, u, 60, 120)
    return [Holding(listing.option(u, listing.expiries[0], "0.75", PUT), -size)]


def _reckless_perpetual(listing: Listing, random: Random, u: int) -> list[Holding]:
    del listing
    return [Holding(perpetual(u), _size(random, u, 60, 120))]


Style = Callable[[Listing, Random, int], list[Holding]]

# style, how many, least and most deposit as a multiple of the initial requirement
_CAST: tuple[tuple[str, Style, int, str, str], ...] = (
    ("covered call", _covered_call, 6, "2.0", "4.0"),
    ("call spread", _call_spread, 5, "1.5", "3.0"),
    ("put spread", _put_spread, 5, "1.5", "3.0"),
    ("iron condor", _iron_condor, 4, "1.5", "3.0"),
    ("short strangle", _short_strangle, 6, "1.3", "3.5"),
    ("protective put", _protective_put, 4, "1.5", "3.0"),
    ("long perpetual", _long_perpetual, 5, "1.6", "4.0"),
    ("short perpetual", _short_perpetual, 4, "1.5", "3.0"),
    ("reckless put seller", _reckless_put_seller, 4, "1.02", "1.05"),
    ("reckless perpetual", _reckless_perpetual, 3, "1.02", "1.05"),
)


def draw_books(*, listing: Listing, seed: int) -> list[AccountPlan]:
    """The same plans for the same seed. Market makers are not among them: they take the other side."""
    random = Random(seed)
    plans = []
    for style, build, count, least, most in _CAST:
        for index in range(count):
            underlying = BITCOIN if index % 2 == 0 else ETHER
            span = Decimal(most) - Decimal(least)
            multiple = Decimal(least) + span * Decimal(random.randint(0, 100)) / 100
            holdings = tuple(build(listing, random, underlying))
            plans.append(AccountPlan(f"{style} {index + 1}", style, multiple, holdings))
    return plans
