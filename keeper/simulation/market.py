"""A day like 12 March 2020, drawn from a seed: BTC from about 7,900 to about 4,300, most of it in two short falls.

One venue freezes before the fall, another lies for a while, and in the worst hour the venues stand up to 10% apart.
Shapes are functions of the share of the path that has passed, so the day plays at any length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from keeper.errors import ConfigurationError
from keeper.simulation.smile import SurfaceShape, option_marks
from keeper.simulation.state import MarketState, OptionMark, VenueState, VenueStatus
from keeper.symbols import BTC, ETH, VENUE_SYMBOLS

__all__ = ["MarketPath", "VenueTrouble"]

FloatArray = npt.NDArray[np.float64]

# (share of the path, BTC price): the shape of 12 March 2020 06:00 to 13 March 06:00 UTC.
_BTC_SHAPE: Final = (
    (0.00, 7900.0),
    (0.20, 7780.0),
    (0.40, 7250.0),
    # Both falls are steeper than a round is long: whoever stood at the brink is under water before anyone can bid.
    (0.420, 7100.0),
    (0.422, 5950.0),
    (0.50, 5700.0),
    (0.60, 6100.0),
    (0.80, 5700.0),
    (0.900, 5250.0),
    (0.902, 4350.0),
    (0.94, 4250.0),
    (1.00, 4800.0),
)
_ETH_START: Final = 195.0
_ETH_BETA: Final = 1.08
# (share of the path, stress from 0 calm to 1 worst).
_STRESS_SHAPE: Final = ((0.0, 0.0), (0.3, 0.05), (0.44, 0.6), (0.6, 0.4), (0.8, 0.5), (0.92, 1.0), (1.0, 0.7))
_VENUES_APART_AT_WORST: Final = 0.10
_NOISE_PER_STEP: Final = 0.0006
_NOISE_MEMORY: Final = 0.9
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class VenueTrouble:
    """Which venue stands still from when, and which tells `lie` times the truth during which shares of the path."""

    frozen_venue: str = "poloniex"
    frozen_from: float = 0.40
    lying_venue: str = "gemini"
    lying_from: float = 0.55
    lying_until: float = 0.75
    lie: float = 1.08


@dataclass(frozen=True)
class MarketPath:
    """Steps 0 .. `steps` - 1, `step_seconds` apart from unix second `start`; same seed, same market.

    `expiries` (unix seconds) and `strikes` (by underlying) are the options that the chains list.
    """

    seed: int
    start: int
    step_seconds: int
    steps: int
    expiries: tuple[int, ...] = ()
    strikes: Mapping[int, tuple[Decimal, ...]] = field(default_factory=dict)
    trouble: VenueTrouble = field(default_factory=VenueTrouble)

    def __post_init__(self) -> None:
        if self.steps < 2 or self.step_seconds < 1:
            raise ConfigurationError(
                f"a path needs two steps of a second, got {self.steps} of {self.step_seconds}"
            )

    def time(self, step: int) -> int:
        self._require(step)
        return self.start + step * self.step_seconds

    def truth(self, step: int) -> Mapping[int, Decimal]:
        """The spot price of each underlying, to the cent."""
        self._require(step)
        return {underlying: _cents(path[step]) for underlying, path in self._spot.items()}

    def stress(self, step: int) -> float:
        """0 in calm, 1 in the worst hour."""
        return _shape(_STRESS_SHAPE, self._share(step))

    def surface(self, step: int) -> SurfaceShape:
        """Short volatility rises from 60% to 180% with stress, long from 60% to 95%, and the skew deepens."""
        stress = self.stress(step)
        return SurfaceShape(
            short_volatility=0.60 + 1.20 * stress,
            long_volatility=0.60 + 0.35 * stress,
            correlation=-0.10 - 0.35 * stress,
            basis=0.03 - 0.08 * stress,
        )

    def state(self, step: int) -> MarketState:
        venues = {
            (venue, underlying): self._venue(venue, underlying, step)
            for venue, symbols in VENUE_SYMBOLS.items()
            for underlying in symbols
        }
        options = {underlying: self._options(underlying, step) for underlying in self._spot}
        return MarketState(self.time(step), venues, options, "synthetic: seeded path")

    def _venue(self, venue: str, underlying: int, step: int) -> VenueState:
        trouble, share = self.trouble, self._share(step)
        if venue == trouble.frozen_venue and share >= trouble.frozen_from:
            frozen_at = max(0, math.ceil(trouble.frozen_from * (self.steps - 1)) - 1)
            return self._quoted(venue, underlying, frozen_at, VenueStatus.FROZEN)
        if venue == trouble.lying_venue and trouble.lying_from <= share < trouble.lying_until:
            return self._quoted(venue, underlying, step, VenueStatus.LYING, trouble.lie)
        return self._quoted(venue, underlying, step, VenueStatus.LIVE)

    def _quoted(
        self, venue: str, underlying: int, step: int, status: VenueStatus, factor: float = 1.0
    ) -> VenueState:
        stress = self.stress(step)
        offset = self._offsets[venue] * (0.0004 + stress**2 * _VENUES_APART_AT_WORST / 2)
        price = _cents(self._spot[underlying][step] * (1.0 + offset) * factor)
        half_spread = max(_CENT, _cents(float(price) * (0.0002 + 0.004 * stress)))
        age = self._ages[venue] if self.step_seconds > 3 else 0
        return VenueState(price, half_spread, self.time(step) - age, status)

    def _options(self, underlying: int, step: int) -> tuple[OptionMark, ...]:
        return option_marks(
            self.surface(step),
            spot=self.truth(step)[underlying],
            now=self.time(step),
            expiries=self.expiries,
            strikes=self.strikes.get(underlying, ()),
        )

    def _share(self, step: int) -> float:
        self._require(step)
        return step / (self.steps - 1)

    def _require(self, step: int) -> None:
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} of a path of {self.steps}")

    @cached_property
    def _spot(self) -> Mapping[int, FloatArray]:
        shares = np.linspace(0.0, 1.0, self.steps)
        times, prices = np.array(_BTC_SHAPE).T
        fall = np.interp(shares, times, np.log(prices / prices[0]))
        generator = np.random.default_rng([self.seed, 0])
        return {
            BTC: prices[0] * np.exp(fall + self._noise(generator)),
            ETH: _ETH_START * np.exp(_ETH_BETA * fall + self._noise(generator)),
        }

    def _noise(self, generator: np.random.Generator) -> FloatArray:
        """Log deviations that forget: they never carry the path far from its shape. The first is zero."""
        draws = generator.normal(0.0, _NOISE_PER_STEP, self.steps)
        noise = np.zeros(self.steps)
        for step in range(1, self.steps):
            noise[step] = _NOISE_MEMORY * noise[step - 1] + draws[step]
        return noise

    @cached_property
    def _offsets(self) -> Mapping[str, float]:
        """Each venue's place between -1 and 1, evenly spread in an order drawn from the seed."""
        places = np.linspace(-1.0, 1.0, len(VENUE_SYMBOLS))
        order = np.random.default_rng([self.seed, 1]).permutation(places)
        return {venue: float(place) for venue, place in zip(VENUE_SYMBOLS, order, strict=True)}

    @cached_property
    def _ages(self) -> Mapping[str, int]:
        """Seconds, 0 to 3, by which each venue's last trade lies behind the clock."""
        draws = np.random.default_rng([self.seed, 2]).integers(0, 4, len(VENUE_SYMBOLS))
        return {venue: int(age) for venue, age in zip(VENUE_SYMBOLS, draws, strict=True)}


def _shape(points: tuple[tuple[float, float], ...], share: float) -> float:
    times, values = zip(*points, strict=True)
    return float(np.interp(share, times, values))


def _cents(value: float) -> Decimal:
    return Decimal(value).quantize(_CENT)
