"""The law of a random number of losses.

Compound Poisson S = X_1 + ... + X_N with N ~ Poisson(rate), by Panjer's recursion (1981, ASTIN Bulletin 12):

    g_0 = exp(rate (f_0 - 1))        g_k = rate / k x sum_{j=1..k} j f_j g_{k-j}

All terms are non-negative, so nothing cancels: each g_k is relatively accurate to about k rounding errors. The
transform g = FFT^-1 exp(rate (FFT f - 1)) is faster on long lattices; what wraps around is held down by exponential
tilting (Grübel and Hermesmeier 1999, ASTIN Bulletin 29). Both truncate at the lattice's end:
what is on it is exact for the discretised severity, the rest is `beyond`.
"""

import math
from typing import Final

import numpy as np
from scipy import fft

from risk.arrays import FloatArray, non_negative
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.operational.severity import LossLattice

__all__ = ["compound_poisson", "compound_poisson_transform", "sum_of_losses"]

_LARGEST_RATE: Final = 700.0  # exp(-rate) stays a normal number
# Over n points: what wraps past 2 n shrinks by e^-20, rounding at the last point grows by e^10.
_TILT: Final = 10.0
_STEP_TOLERANCE: Final = 1e-12


def compound_poisson(*, severity: LossLattice, rate: float) -> LossLattice:
    """S on the severity's lattice by Panjer's recursion; n^2 / 2 products for n points.

    rate: expected number of losses over the horizon, in [0, 700]. Raises InvalidInput.
    """
    expected = _checked_rate(rate)
    mass = np.empty_like(severity.mass)
    _panjer(np.ascontiguousarray(severity.mass), expected, mass)
    return LossLattice.of(mass=mass, step=severity.step)


def compound_poisson_transform(*, severity: LossLattice, rate: float) -> LossLattice:
    """The same by FFT with tilting, n log n; absolute error about 1e-16 e^(10 k / n) at point k."""
    expected, n = _checked_rate(rate), severity.mass.size
    tilt = np.exp(-_TILT * np.arange(n) / n)
    transform = fft.rfft(severity.mass * tilt, 2 * n)
    law = fft.irfft(np.exp(expected * (transform - 1.0)), 2 * n)[:n] / tilt
    return LossLattice.of(mass=np.maximum(law, 0.0), step=severity.step)


def sum_of_losses(first: LossLattice, second: LossLattice) -> LossLattice:
    """The law of the sum of two independent losses, on the first's points. Raises InvalidInput on unlike steps."""
    if abs(first.step - second.step) > _STEP_TOLERANCE * first.step:
        raise InvalidInput(f"losses of one sum need one step, got {first.step!r} and {second.step!r}")
    n = first.mass.size
    if second.mass.size != n:
        raise InvalidInput(f"losses of one sum need one length, got {n} and {second.mass.size} points")
    few = np.flatnonzero(second.mass)
    if few.size > 2 * math.ceil(math.log2(n + 1)):
        size = fft.next_fast_len(2 * n, real=True)
        law = fft.irfft(fft.rfft(first.mass, size) * fft.rfft(second.mass, size), size)[:n]
        return LossLattice.of(mass=np.maximum(law, 0.0), step=first.step)
    law = np.zeros(n)  # a few atoms, such as one fixed loss: shifted copies, exact
    for k in few:
        law[k:] += second.mass[k] * first.mass[: n - k]
    return LossLattice.of(mass=law, step=first.step)


def _checked_rate(rate: float) -> float:
    expected = float(non_negative("rate", rate))
    if expected > _LARGEST_RATE:
        raise InvalidInput(f"rate must be at most {_LARGEST_RATE} losses over the horizon, got {expected!r}")
    return expected


@compiled
def _panjer(severity: FloatArray, rate: float, law: FloatArray) -> None:
    law[0] = math.exp(rate * (severity[0] - 1.0))
    for k in range(1, law.size):
        total = 0.0
        for j in range(1, k + 1):
            total += j * severity[j] * law[k - j]
        law[k] = rate / k * total
