"""The accounts of `portfolios/*.json`: drawn at random, a family to a file, each at one edge of what may be held."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from margin_cases import (
    BITCOIN,
    DAY,
    EIGHT,
    ETHER,
    TWO_LOADINGS,
    WAD,
    WINDOW_SECONDS,
    Case,
    Leg,
    Surface,
    crypto_surface,
    option,
    perpetual,
    seeded,
)

Draw = Callable[[random.Random], Case]

COIN = (WAD * 3 // 20, WAD * 149 // 1000, WAD * 152 // 1000)
THREE_LOADINGS = [
    *TWO_LOADINGS,
    WAD * 8 // 100, WAD * 3 // 100, -(WAD // 100), WAD * 2 // 100, WAD * 14 // 100,
    -(WAD * 2) // 100, WAD * 7 // 100, WAD // 100, WAD * 6 // 100, -(WAD * 4) // 100, WAD * 20 // 100,
]  # fmt: skip
INDEX = {1: 60_000.0, 2: 3_000.0, 3: 0.15}
EXPIRIES = tuple(EIGHT + days * DAY for days in (1, 7, 14, 30, 60, 90, 180, 365))
# The extremes first, then the inside, then dampened tail points.
_SPOTS = (-4_500, 4_500, 0, -2_000, 2_000, -3_000, 3_000, -1_000, 1_000, -500, 500)
_TAILS = (-6_000, -7_500, 6_000, 9_000)
WIDE_GRID = (
    *((spot, volatility, 10_000) for spot in _SPOTS for volatility in (-2_500, 4_000)),
    (0, 6_000, 10_000),
    *((spot, volatility, 3_500) for spot in _TAILS for volatility in (-2_500, 4_000)),
)


def _strike(index: float, ratio: float) -> float:
    """Three significant digits, as exchanges list them, at least one micro."""
    return max(float(f"{index * ratio:.3g}"), 1e-6)


def _legs(
    rng: random.Random,
    count: int,
    *,
    expiries: Sequence[int],
    underlyings: Sequence[int] = (1, 2),
    spread: tuple[float, float] = (-0.6, 0.6),
    size: tuple[float, float] = (-5.0, 5.0),
) -> list[Leg]:
    """Options of one row per instrument; strikes at index x 2^spread, quantities worth about as much everywhere."""
    legs: dict[int, Leg] = {}
    while len(legs) < count:
        underlying = rng.choice(underlyings)
        strike = _strike(INDEX[underlying], 2 ** rng.uniform(*spread))
        quantity = (round(rng.uniform(*size), 3) or 1.0) * round(60_000 / INDEX[underlying])
        leg = option(rng.choice(expiries), strike, rng.choice("CP"), quantity, underlying)
        legs.setdefault(leg.instrument(), leg)
    return list(legs.values())


def _market(rng: random.Random, *, now: int, expiries: Sequence[int], three: bool = False) -> dict[str, Any]:
    numbers = (1, 2, 3) if three else (1, 2)
    surfaces = [
        crypto_surface(number, expiry, now=now, basis=rng.randrange(-(10**9), 3 * 10**10))
        for number in numbers
        for expiry in expiries
    ]
    return {
        "now": now,
        "underlyings": [BITCOIN, ETHER, COIN][: len(numbers)],
        "surfaces": surfaces,
        "loadings": THREE_LOADINGS if three else TWO_LOADINGS,
        "entry_values": [0] * len(numbers),
        "cash": rng.randrange(-200_000, 400_000) * WAD,
        "grid": WIDE_GRID,
    }


def _plain(rng: random.Random, count: int, **shape: Any) -> Case:
    now = EIGHT - 8 * 3_600
    legs = _legs(rng, count, expiries=EXPIRIES, **shape)
    return Case(name="", legs=legs, **_market(rng, now=now, expiries=EXPIRIES))


def _deep(rng: random.Random) -> Case:
    """Strikes from a fiftieth to fifty times the index."""
    return _plain(rng, rng.randrange(1, 16), spread=(-5.6, 5.6))


def _last_hour(rng: random.Random) -> Case:
    """One expiry within the hour, down to its last second, some at the money to the digit."""
    now = EIGHT + DAY - rng.choice((1, 7, 60, 600, 1_800, 3_599))
    expiries = (EIGHT + DAY, EIGHT + 30 * DAY)
    legs = _legs(rng, rng.randrange(1, 12), expiries=expiries, spread=(-0.02, 0.02))
    legs.append(option(expiries[0], INDEX[1], rng.choice("CP"), rng.choice((-2.0, 2.0))))
    return Case(name="", legs=list({leg.instrument(): leg for leg in legs}.values()),
                **_market(rng, now=now, expiries=expiries))  # fmt: skip


def _still(rng: random.Random) -> Case:
    """Near-zero volatility: total variances of 1e-12 to 1e-5, and none at all."""
    expiries = EXPIRIES[:3]
    case = _market(rng, now=EIGHT - 3_600, expiries=expiries)
    case["surfaces"] = [
        Surface(s.underlying, s.expiry, s.basis, rng.choice((0, 1, 100, 10_000, 10_000_000)), 0, 0, 0, 0)
        for s in case["surfaces"]
    ]
    legs = _legs(rng, rng.randrange(1, 12), expiries=expiries, spread=(-0.03, 0.03))
    return Case(name="", legs=legs, **case)


def _perpetuals(rng: random.Random) -> Case:
    """Perpetuals of three underlyings against options on them."""
    expiries = EXPIRIES[2:6]
    market = _market(rng, now=EIGHT, expiries=expiries, three=True)
    market["entry_values"] = [rng.randrange(-500_000, 500_000) * WAD for _ in range(3)]
    held = rng.sample((1, 2, 3), rng.randrange(1, 4))
    legs = [perpetual(round(rng.uniform(-8, 8) * 60_000 / INDEX[u], 3) or 1.0, u) for u in held]
    market["entry_values"] = [v if u in held else 0 for u, v in enumerate(market["entry_values"], start=1)]
    legs += _legs(rng, rng.randrange(0, 12), expiries=expiries, underlyings=(1, 2, 3))
    return Case(name="", legs=legs, **market)


def _bought(rng: random.Random) -> Case:
    """Options bought and nothing else, in the last minutes in half of the cases."""
    if rng.random() < 0.5:
        now = EIGHT + DAY - rng.randrange(60, 3_000)
        expiries: Sequence[int] = (EIGHT + DAY, EIGHT + 7 * DAY)
        legs = _legs(rng, rng.randrange(1, 8), expiries=expiries, spread=(-0.02, 0.02), size=(0.1, 5.0))
        return Case(name="", legs=legs, **_market(rng, now=now, expiries=expiries))
    return _plain(rng, rng.randrange(1, 16), size=(0.1, 5.0))


def _sold(rng: random.Random) -> Case:
    """Options sold and nothing else."""
    return _plain(rng, rng.randrange(1, 24), size=(-5.0, -0.1))


def _mixed(rng: random.Random) -> Case:
    """Options bought and sold on three underlyings and eight expiries."""
    market = _market(rng, now=EIGHT, expiries=EXPIRIES, three=True)
    legs = _legs(rng, rng.randrange(2, 40), expiries=EXPIRIES, underlyings=(1, 2, 3))
    return Case(name="", legs=legs, **market)


def _charged(rng: random.Random) -> Case:
    """Options and perpetuals under charges, with depths below and above what is held."""
    market = _market(rng, now=EIGHT - 3_600, expiries=EXPIRIES, three=True)
    held = rng.sample((1, 2, 3), rng.randrange(0, 4))
    legs = [perpetual(round(rng.uniform(-8, 8) * 60_000 / INDEX[u], 3) or 1.0, u) for u in held]
    legs += _legs(rng, rng.randrange(1, 16), expiries=EXPIRIES, underlyings=(1, 2, 3))
    terms = [
        (
            rng.choice((0, 1, 20, 500)) * round(60_000 / INDEX[u]) * WAD,
            rng.randrange(5_001),
            rng.randrange(5_001),
            rng.randrange(10_001),
            0,
        )
        for u in (1, 2, 3)
    ]
    return Case(name="", legs=legs, terms=terms, **market)


def _offset(rng: random.Random) -> Case:
    """Perpetuals of two or three underlyings, in some cases with an option on one of them."""
    expiries = EXPIRIES[2:4]
    market = _market(rng, now=EIGHT, expiries=expiries, three=True)
    held = rng.sample((1, 2, 3), rng.randrange(2, 4))
    legs = [perpetual(round(rng.uniform(-8, 8) * 60_000 / INDEX[u], 3) or 1.0, u) for u in held]
    if rng.random() < 0.3:
        legs += _legs(rng, 1, expiries=expiries, underlyings=(1, 2, 3))
    terms = [(0, 0, 0, 0, rng.choice((0, 500, 3_000))) for _ in (1, 2, 3)]
    return Case(name="", legs=legs, terms=terms, **market)


def _window(rng: random.Random) -> Case:
    """Options inside their settlement window, or expired with a whole one: near the money, deep in it, or decided.

    Some beside legs of a later expiry and a perpetual; all under charges.
    """
    soon, later = EIGHT + DAY, EIGHT + 30 * DAY
    covered = rng.choice((1, 60, 600, 900, 1_200, 1_740, 1_799, WINDOW_SECONDS))
    averages = {u: INDEX[u] * rng.uniform(0.95, 1.05) for u in (1, 2)}
    market = _market(rng, now=soon - WINDOW_SECONDS + covered, expiries=(soon, later))
    spread = rng.choice(((-0.02, 0.02), (-0.2, 0.2), (-5.0, 1.0)))
    size = rng.choice(((-5.0, 5.0), (-5.0, 5.0), (0.1, 5.0)))
    legs = _legs(rng, rng.randrange(1, 10), expiries=(soon,), spread=spread, size=size)
    legs += [Leg(leg.underlying, soon, leg.strike_micros, 3 - leg.kind, leg.quantity) for leg in legs[:2]]
    if size[0] < 0 and rng.random() < 0.6:
        legs += _legs(rng, rng.randrange(1, 5), expiries=(later,))
        legs.append(perpetual(round(rng.uniform(-4, 4), 3) or 1.0))
    accrued = [(u, soon, covered, int(average * covered * WAD)) for u, average in averages.items()]
    terms = [
        (
            rng.choice((0, 2, 500)) * round(60_000 / INDEX[u]) * WAD,
            *(rng.randrange(5_001) for _ in range(3)),
            0,
        )
        for u in (1, 2)
    ]
    distinct = {leg.instrument(): leg for leg in legs}
    return Case(name="", legs=list(distinct.values()), accrued=accrued, terms=terms, **market)


def _full(rng: random.Random) -> Case:
    """128 legs."""
    return _plain(rng, 128, spread=(-1.0, 1.0))


FAMILIES: dict[str, tuple[Draw, int]] = {
    "deep": (_deep, 30),
    "last_hour": (_last_hour, 30),
    "window": (_window, 40),
    "still": (_still, 25),
    "perpetuals": (_perpetuals, 30),
    "bought": (_bought, 30),
    "sold": (_sold, 25),
    "mixed": (_mixed, 30),
    "full": (_full, 6),
    "charged": (_charged, 30),
    "offset": (_offset, 30),
}


def family_cases(family: str, *, seed: int) -> list[Case]:
    """The cases of one file, reproducibly."""
    draw, count = FAMILIES[family]
    rng = seeded(f"{family} {seed}")
    cases = []
    for number in range(count):
        case = draw(rng)
        cases.append(Case(**{**vars(case), "name": f"{family}_{number}"}))
    return cases
