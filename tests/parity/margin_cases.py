"""The accounts of `own_requirement.json`: what they hold and the market they live in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WAD = 10**18
DAY = 86_400
NOW = 1_893_456_000  # 2030-01-01 00:00 UTC
EIGHT = NOW + 8 * 3_600
WINDOW_SECONDS = 1_800  # before an expiry, over which its settlement price is averaged
SURFACE_KEYS = ("underlying", "expiry", "basis", "a", "b", "rho", "m", "sigma")
TERM_KEYS = ("depth", "concentrationBps", "basisBps", "confidenceBps", "offsetBps")
ACCRUED_KEYS = ("underlying", "expiry", "coveredSeconds", "weightedPrice")
POINT_KEYS = ("spotShockBps", "volatilityShockBps", "weightBps")

MODEL = {
    "valueAtRiskMultiplier": 2_326_347_874_040_841_100,
    "expectedShortfallMultiplier": 2_665_214_220_345_806_400,
    "ratioFloorBps": 8_000,
    "ratioCapBps": 20_000,
    "staleInitialRatioBps": 15_000,
    "attestationDecaySeconds": 3_600,
    "cureBufferBps": 1_000,
    "shortOptionChargeBps": 50,
    "minimumNotionalBps": 200,
    "termFloorDays": 1,
}
GRID = [
    (spot, volatility, 10_000)
    for spot in (-4_500, -3_000, -2_000, -1_000, -500, 0, 500, 1_000, 2_000, 3_000, 4_500)
    for volatility in (-2_500, 4_000)
] + [(-7_000, 6_000, 3_500)]
ONE_LOADING = [WAD * 12 // 100, -(WAD * 5) // 100, WAD * 15 // 100]
TWO_LOADINGS = [
    WAD * 12 // 100,
    -(WAD * 5) // 100, WAD * 15 // 100,
    WAD * 11 // 100, -(WAD * 2) // 100, WAD * 9 // 100,
    -(WAD * 6) // 100, WAD * 9 // 100, -(WAD * 3) // 100, WAD * 12 // 100,
]  # fmt: skip
BITCOIN = (60_000 * WAD, 59_910 * WAD, 60_090 * WAD)
ETHER = (3_000 * WAD, 2_985 * WAD, 3_020 * WAD)


def seeded(seed: int | str) -> random.Random:
    """Reproducible test data."""
    return random.Random(seed)  # noqa: S311 - nothing here is a secret


@dataclass(frozen=True)
class Leg:
    """One position; kind 0 perpetual, 1 call, 2 put; quantity in WAD."""

    underlying: int
    expiry: int
    strike_micros: int
    kind: int
    quantity: int

    def instrument(self) -> int:
        """The wire's uint104."""
        return self.underlying << 88 | self.expiry << 56 | self.strike_micros << 8 | self.kind


@dataclass(frozen=True)
class Surface:
    """A slice in 1e-12, as on the wire."""

    underlying: int
    expiry: int
    basis: int
    a: int
    b: int
    rho: int
    m: int
    sigma: int

    @property
    def parameters(self) -> tuple[int, int, int, int, int]:
        """(a, b, rho, m, sigma)."""
        return self.a, self.b, self.rho, self.m, self.sigma

    def document(self) -> dict[str, str]:
        """Wire names to text."""
        return {key: str(getattr(self, key)) for key in SURFACE_KEYS}


@dataclass(frozen=True)
class Case:
    """An account in a market; `underlyings` holds (index, low, high), `terms` their charges, from number 1 on.
    `accrued`: underlying, expiry, seconds of its settlement window that are over, price x seconds in them (WAD)."""

    name: str
    legs: Sequence[Leg]
    underlyings: Sequence[tuple[int, int, int]] = (BITCOIN,)
    surfaces: Sequence[Surface] = ()
    cash: int = 0
    entry_values: Sequence[int] = (0,)
    model: dict[str, int] = field(default_factory=lambda: dict(MODEL))
    grid: Sequence[tuple[int, int, int]] = tuple(GRID)
    loadings: Sequence[int] = tuple(ONE_LOADING)
    now: int = NOW
    terms: Sequence[tuple[int, int, int, int, int]] = ()
    accrued: Sequence[tuple[int, int, int, int]] = ()

    def surface_of(self, leg: Leg) -> Surface | None:
        """The slice a leg is priced on, none for an expiry without one."""
        found = (s for s in self.surfaces if (s.underlying, s.expiry) == (leg.underlying, leg.expiry))
        return next(found, None)

    def accrued_of(self, leg: Leg) -> tuple[int, int]:
        """Seconds covered and price x seconds of a leg's settlement window, none by default."""
        found = (row[2:] for row in self.accrued if row[:2] == (leg.underlying, leg.expiry))
        return next(found, (0, 0))

    def document(self) -> dict[str, Any]:
        """The JSON form, integers as text."""
        keys = ("index", "low", "high")
        terms = [dict(zip(TERM_KEYS, map(str, row), strict=True)) for row in self.terms]
        accrued = [dict(zip(ACCRUED_KEYS, map(str, row), strict=True)) for row in self.accrued]
        return {
            "name": self.name,
            "now": str(self.now),
            "underlyings": [dict(zip(keys, map(str, u), strict=True)) for u in self.underlyings],
            "surfaces": [surface.document() for surface in self.surfaces],
            "legs": [
                {"instrument": str(leg.instrument()), "quantity": str(leg.quantity)} for leg in self.legs
            ],
            "cash": str(self.cash),
            "entryValues": [str(value) for value in self.entry_values],
            "model": {key: str(value) for key, value in self.model.items()},
            "grid": [dict(zip(POINT_KEYS, map(str, point), strict=True)) for point in self.grid],
            "loadings": [str(value) for value in self.loadings],
            **({"terms": terms} if terms else {}),
            **({"accrued": accrued} if accrued else {}),
        }


def crypto_surface(underlying: int, expiry: int, *, now: int = NOW, basis: int = 0) -> Surface:
    """A slice with about 60% at the money, skew and smile growing with sqrt(time)."""
    years = (expiry - now) / (365 * DAY)
    scale = 10**12
    return Surface(
        underlying=underlying,
        expiry=expiry,
        basis=basis,
        a=int(0.24 * years * scale),
        b=int(0.30 * years**0.5 * scale),
        rho=int(-0.25 * scale),
        m=int(0.05 * years**0.5 * scale),
        sigma=int(0.40 * years**0.5 * scale),
    )


def option(expiry: int, strike: float, kind: str, quantity: float, underlying: int = 1) -> Leg:
    """An option leg from readable numbers."""
    return Leg(
        underlying, expiry, round(strike * 10**6), {"C": 1, "P": 2}[kind], round(quantity * 10**6) * 10**12
    )


def perpetual(quantity: float, underlying: int = 1) -> Leg:
    """A perpetual leg from a readable number."""
    return Leg(underlying, 0, 0, 0, round(quantity * 10**6) * 10**12)


def _single(name: str, legs: Sequence[Leg], **changes: Any) -> Case:
    month, quarter = EIGHT + 30 * DAY, EIGHT + 90 * DAY
    surfaces = [crypto_surface(1, month), crypto_surface(1, quarter, basis=12_000_000_000)]
    return Case(**{"name": name, "legs": legs, "surfaces": surfaces, "cash": 50_000 * WAD, **changes})


def _plain_cases() -> list[Case]:
    month, quarter = EIGHT + 30 * DAY, EIGHT + 90 * DAY
    call, put = option(month, 60_000, "C", 1), option(month, 60_000, "P", 1)
    return [
        _single("empty", []),
        _single("long_call", [call]),
        _single("short_call", [option(month, 60_000, "C", -1)]),
        _single("long_put", [put]),
        _single("short_put", [option(month, 55_000, "P", -2.5)]),
        _single("covered_call", [perpetual(1), option(month, 66_000, "C", -1)], entry_values=[58_000 * WAD]),
        _single("call_spread", [call, option(month, 70_000, "C", -1)]),
        _single("short_strangle", [option(month, 80_000, "C", -3), option(month, 45_000, "P", -3)]),
        _single("long_straddle", [call, put], cash=-1_000 * WAD),
        _single("iron_condor", [option(month, k, c, q) for k, c, q in
                                ((45_000, "P", 2), (50_000, "P", -2), (70_000, "C", -2), (78_000, "C", 2))]),
        _single("calendar", [option(month, 62_000, "C", -4), option(quarter, 62_000, "C", 4)]),
        _single("conversion", [perpetual(1), put, option(month, 60_000, "C", -1)],
                entry_values=[60_000 * WAD]),
        _single("perpetual_long", [perpetual(3.25)], entry_values=[3 * 60_500 * WAD]),
        _single("perpetual_short", [perpetual(-7)], entry_values=[-7 * 59_000 * WAD], cash=-(3 * WAD)),
        _single("deep_in_the_money", [option(month, 10_000, "C", 2), option(quarter, 200_000, "P", -1)]),
        _single("deep_out_of_the_money", [option(month, 600_000, "C", -5), option(month, 5_000, "P", -5)]),
        _single("dust", [Leg(1, month, 60_000_000_000, 1, 1), Leg(1, month, 60_000_000_000, 2, -1)]),
    ]  # fmt: skip


def _edge_cases() -> list[Case]:
    month = EIGHT + 30 * DAY
    flat = Surface(1, month, 0, 1_000, 0, 0, 0, 0)
    zero = Surface(1, month, 5_000_000_000, 0, 0, 0, 0, 0)
    soon = month - 600
    near = [crypto_surface(1, month, now=soon)]
    straddle = [option(month, 60_100, "C", -2), option(month, 59_900, "P", -2)]
    crushed = [(0, -10_000, 10_000), (500, -9_000, 10_000), (-500, 20_000, 10_000)]
    return [
        _single("near_expiry", straddle, now=soon, surfaces=near),
        _single("near_expiry_long", [option(month, 60_000, "C", 1), option(month, 60_000, "P", 1)],
                now=soon, surfaces=near),
        _single("one_second_left", straddle, now=month - 1,
                surfaces=[crypto_surface(1, month, now=month - 1)]),
        _single("tiny_volatility", straddle, surfaces=[flat]),
        _single("zero_volatility", straddle, surfaces=[zero]),
        _single("volatility_crushed_to_zero", [option(month, 60_000, "C", 9)], grid=crushed,
                now=month - DAY, surfaces=[crypto_surface(1, month, now=month - DAY)]),
        _single("expired_unfixed",
                [option(month, 55_000, "C", 2), option(month, 66_000, "P", -1), perpetual(-1)],
                now=month + 60, surfaces=[], entry_values=[-61_000 * WAD]),
        _single("low_end_zero", [perpetual(1), option(month, 60_000, "P", 2)],
                underlyings=[(60_000 * WAD, 0, 130_000 * WAD)]),
        _single("no_width", straddle, underlyings=[(60_000 * WAD, 60_000 * WAD, 60_000 * WAD)]),
        _single("only_tail_point", [option(month, 30_000, "P", -10)], grid=[(-7_000, 6_000, 3_500)]),
        _single("floor_binds", [option(month, 60_000, "C", 1), option(month, 60_000.5, "C", -1)],
                model={**MODEL, "minimumNotionalBps": 5_000}),
        _single("cheap_coin", [option(month, 0.12, "C", -1_000_000), perpetual(2_000_000)],
                underlyings=[(WAD // 10, WAD * 99 // 1000, WAD * 102 // 1000)], entry_values=[190_000 * WAD]),
    ]  # fmt: skip


def _random_legs(
    rng: random.Random, count: int, expiries: Sequence[int], sizes: dict[int, float]
) -> list[Leg]:
    legs: dict[int, Leg] = {}
    while len(legs) < count:
        underlying = rng.choice(list(sizes))
        strike = round(sizes[underlying] * 2 ** rng.uniform(-1, 1), -1)
        quantity = round(rng.uniform(-5, 5), 2) or 1.0
        leg = option(rng.choice(expiries), strike, rng.choice("CP"), quantity, underlying)
        legs.setdefault(leg.instrument(), leg)
    return list(legs.values())


def _large_cases(rng: random.Random) -> list[Case]:
    expiries = [EIGHT + days * DAY for days in (1, 7, 30, 90)]
    surfaces = [
        crypto_surface(u, expiry, basis=rng.randrange(-(10**9), 3 * 10**10))
        for u in (1, 2)
        for expiry in expiries
    ]
    market = {
        "underlyings": [BITCOIN, ETHER],
        "surfaces": surfaces,
        "loadings": TWO_LOADINGS,
        "cash": 250_000 * WAD,
    }
    sizes = {1: 60_000.0, 2: 3_000.0}

    def two(name: str, legs: Sequence[Leg], entry_values: Sequence[int] = (0, 0)) -> Case:
        return Case(**{"name": name, "legs": legs, "entry_values": entry_values, **market})

    mixed = [*_random_legs(rng, 14, expiries, sizes), perpetual(-2), perpetual(30, 2)]
    return [
        two("two_underlyings_hedged", [perpetual(1), perpetual(-20, 2)], (59_000 * WAD, -61_000 * WAD)),
        two("second_underlying_only", [option(expiries[2], 3_200, "C", -10, 2)]),
        two("sixteen_legs", mixed, (-(121_000 * WAD), 88_000 * WAD)),
        two("sixteen_unsorted", list(reversed(mixed)), (-(121_000 * WAD), 88_000 * WAD)),
        two("sixty_four_legs", _random_legs(rng, 64, expiries, sizes)),
        two("one_hundred_twenty_eight_legs", _random_legs(rng, 128, expiries, sizes)),
    ]


def all_cases(*, seed: int) -> list[Case]:
    """Every case, reproducibly."""
    return _plain_cases() + _edge_cases() + _large_cases(seeded(seed))
