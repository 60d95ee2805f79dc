"""Black-76 price and four Greeks beside two peers: blocked numpy with scipy's `ndtr`, and QuantLib's calculator."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import QuantLib as ql  # noqa: N813 - the name its own documentation uses
from scipy.special import ndtr

from risk.pricing import OptionValues, black76
from tests.bench.cases import Case, generator, largest_relative

BLOCK = 4_096
OPTIONS, CALCULATOR_OPTIONS = 1_000_000, 50_000
NAMES = ("price", "delta", "gamma", "vega", "theta")


def cases() -> Iterator[Case]:
    yield against_scipy()
    yield against_scipy(new_memory=True)
    yield against_quantlib()


def against_scipy(size: int = OPTIONS, *, new_memory: bool = False) -> Case:
    """Both sides write into memory of their own that is there already, or both ask for new memory each time."""
    inputs = options(size)
    ours, theirs = (None, None) if new_memory else (OptionValues(*np.zeros((5, size))), np.zeros((5, size)))
    return Case(
        "black76_vs_scipy_new_memory" if new_memory else "black76_vs_scipy",
        "numpy + scipy ndtr, blocks of 4,096",
        "options",
        size,
        lambda: black76(**inputs, out=ours),
        lambda: blocked(**inputs, out=theirs),
        disagreement,
    )


def against_quantlib(size: int = CALCULATOR_OPTIONS) -> Case:
    """Both sides price the same sample, small enough for the loop: the ratio is that of the cost per option."""
    inputs = options(size)
    return Case(
        "black76_vs_quantlib",
        "QuantLib BlackCalculator loop",
        "options",
        size,
        lambda: black76(**inputs),
        lambda: calculator_loop(**inputs),
        disagreement,
    )


def options(size: int) -> dict[str, Any]:
    random = generator(1)
    return {
        "forward": random.uniform(50, 150, size),
        "strike": random.uniform(50, 150, size),
        "volatility": random.uniform(0.2, 1.5, size),
        "years": random.uniform(0.01, 1.0, size),
        "is_call": random.random(size) < 0.5,
    }


def disagreement(ours: OptionValues, theirs: np.ndarray) -> float:
    return max(largest_relative(getattr(ours, n), row) for n, row in zip(NAMES, theirs, strict=True))


def blocked(*, forward, strike, volatility, years, is_call, out: np.ndarray | None) -> np.ndarray:
    """(5, options): numpy at its best, every temporary of a block inside the cache, nothing computed twice."""
    result = np.empty((5, forward.size)) if out is None else out
    for start in range(0, forward.size, BLOCK):
        part = slice(start, start + BLOCK)
        f, k, s, t = forward[part], strike[part], volatility[part], years[part]
        sign = np.where(is_call[part], 1.0, -1.0)
        root = np.sqrt(t)
        v = s * root
        d1 = np.log(f / k) / v + 0.5 * v
        density = np.exp(-0.5 * d1 * d1) * 0.3989422804014327
        first = ndtr(sign * d1)
        price, delta, gamma, vega, theta = result[:, part]
        price[:] = sign * (f * first - k * ndtr(sign * (d1 - v)))
        np.multiply(sign, first, out=delta)
        np.divide(density, f * v, out=gamma)
        np.multiply(f * density, root, out=vega)
        np.divide(-0.5 * s * vega, t, out=theta)
    return result


def calculator_loop(*, forward, strike, volatility, years, is_call) -> np.ndarray:
    """(5, options) by one BlackCalculator an option; its inputs are made Python floats before the loop."""
    rows = zip(forward.tolist(), strike.tolist(), volatility.tolist(), years.tolist(), is_call, strict=True)
    return np.array([calculator_values(*row) for row in rows]).T


def calculator_values(f, k, s, t, call) -> tuple[float, ...]:
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, k)
    calculator = ql.BlackCalculator(payoff, f, s * t**0.5, 1.0)
    return (
        calculator.value(),
        calculator.deltaForward(),
        calculator.gammaForward(),
        calculator.vega(t),
        calculator.theta(f, t),
    )
