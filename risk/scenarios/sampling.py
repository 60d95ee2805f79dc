"""Uniform and normal draws: counter-based, antithetic and Sobol.

Counter-based (Philox 4x64, Salmon, Moraes, Dror and Shaw 2011): a row's numbers are a function of (seed, stream, row)
alone, so any block of rows comes out the same whether or not the rows before it were drawn, on any worker. Every
uniform is (k + 1/2) 2^-52, strictly inside (0, 1), and 1 - u is exact.
"""

import math
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy.special import ndtri

from risk._checks import checked_count
from risk.arrays import FloatArray
from risk.errors import InvalidInput

__all__ = [
    "Technique",
    "antithetic_uniforms",
    "normals",
    "philox_uniforms",
    "random_stream",
    "sobol_uniforms",
    "uniforms",
]

Technique: TypeAlias = Literal["plain", "antithetic", "sobol"]

_MOST: Final = 2**64 - 1
_BITS: Final = 52
_WORDS_PER_COUNT: Final = 4
_MOST_SOBOL_DIMENSIONS: Final = 21_201  # Joe and Kuo 2008, the direction numbers scipy carries


def random_stream(*, seed: int, stream: int) -> np.random.Generator:
    """The Philox generator keyed by (seed, stream), both 0 .. 2^64 - 1. Raises InvalidInput."""
    return np.random.Generator(np.random.Philox(key=_key(seed=seed, stream=stream)))


def philox_uniforms(*, seed: int, stream: int, rows: int, dimensions: int, first_row: int = 0) -> FloatArray:
    """Rows first_row .. first_row + rows - 1 of the stream's endless table, shape (rows, dimensions).

    Row r occupies ceil(dimensions / 4) counts from r ceil(dimensions / 4) on. Raises InvalidInput.
    """
    checked_count(name="rows", value=rows, least=1)
    checked_count(name="dimensions", value=dimensions, least=1)
    checked_count(name="first_row", value=first_row, least=0)
    counts = -(-dimensions // _WORDS_PER_COUNT)
    bits = np.random.Philox(key=_key(seed=seed, stream=stream), counter=first_row * counts)
    words = bits.random_raw(rows * counts * _WORDS_PER_COUNT)
    cells = np.asarray(words, dtype=np.uint64).reshape(rows, -1)[:, :dimensions] >> np.uint64(64 - _BITS)
    return (cells.astype(np.float64) + 0.5) * 2.0**-_BITS


def antithetic_uniforms(*, seed: int, stream: int, rows: int, dimensions: int) -> FloatArray:
    """Pairs u, 1 - u in neighbouring rows (2i, 2i + 1), shape (rows, dimensions).

    Estimate with `risk.estimates` and group_size=2: only pairs are independent. Raises InvalidInput for an odd
    number of rows.
    """
    checked_count(name="rows", value=rows, least=2)
    if rows % 2:
        raise InvalidInput(f"antithetic rows come in pairs, got {rows}: ask for {rows + 1}")
    half = philox_uniforms(seed=seed, stream=stream, rows=rows // 2, dimensions=dimensions)
    return np.stack([half, 1.0 - half], axis=1).reshape(rows, dimensions)


def sobol_uniforms(*, seed: int, stream: int, rows: int, dimensions: int) -> FloatArray:
    """Sobol points under a random linear scramble and digital shift (Matousek 1998), (rows, dimensions).

    Rows must be a power of two, else the points are no net and lose their balance. The points of one scramble are
    dependent: for a standard error repeat with other streams and use `risk.estimates.replicated_estimate`.
    Raises InvalidInput.
    """
    checked_count(name="rows", value=rows, least=1)
    checked_count(name="dimensions", value=dimensions, least=1)
    if rows & (rows - 1):
        below = 1 << (rows.bit_length() - 1)
        raise InvalidInput(f"Sobol rows must be a power of two, got {rows}: ask for {below} or {2 * below}")
    if dimensions > _MOST_SOBOL_DIMENSIONS:
        raise InvalidInput(f"Sobol has {_MOST_SOBOL_DIMENSIONS} dimensions at most, got {dimensions}")
    from scipy.stats import qmc  # here: scipy.stats would double the import time of everybody else

    _key(seed=seed, stream=stream)
    # scipy spawns the scramble's generator, which needs a seed sequence; a key alone will not do.
    scramble = np.random.Philox(np.random.SeedSequence(entropy=seed, spawn_key=(stream,)))
    engine = qmc.Sobol(dimensions, scramble=True, bits=_BITS, rng=np.random.Generator(scramble))
    return np.asarray(engine.random(rows)) + 2.0 ** -(_BITS + 1)


def uniforms(*, technique: Technique, seed: int, stream: int, rows: int, dimensions: int) -> FloatArray:
    """(rows, dimensions) by the technique named. Raises InvalidInput, also for a name that is none."""
    if technique == "antithetic":
        return antithetic_uniforms(seed=seed, stream=stream, rows=rows, dimensions=dimensions)
    if technique == "sobol":
        return sobol_uniforms(seed=seed, stream=stream, rows=rows, dimensions=dimensions)
    if technique == "plain":
        return philox_uniforms(seed=seed, stream=stream, rows=rows, dimensions=dimensions)
    raise InvalidInput(f"technique must be 'plain', 'antithetic' or 'sobol', got {technique!r}")


def normals(*, technique: Technique, seed: int, stream: int, rows: int, shape: tuple[int, ...]) -> FloatArray:
    """Standard normals (rows, *shape) by inversion of `uniforms`; at most 8.2 either side."""
    flat = uniforms(technique=technique, seed=seed, stream=stream, rows=rows, dimensions=math.prod(shape))
    return np.asarray(ndtri(flat)).reshape(rows, *shape)


def _key(*, seed: int, stream: int) -> int:
    for name, value in (("seed", seed), ("stream", stream)):
        if checked_count(name=name, value=value, least=0) > _MOST:
            raise InvalidInput(f"{name} must fit 64 bits, got {value}")
    return seed | stream << 64
