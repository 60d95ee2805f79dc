"""Writes the golden vectors that Solidity and Python are both held to.

Every expected value comes from mpmath at 60 digits, from the formulas of `IMarginEngine` alone; nothing
of the code under test is imported. Integers are decimal strings, WAD (1e18) unless the key says otherwise;
surface parameters are in 1e-12. A year has 365 days. The output is the same on every run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

sys.path.insert(0, str(Path(__file__).parent))
from margin_cases import Case, all_cases, seeded
from margin_reference import expected_margin
from portfolio_cases import FAMILIES, family_cases
from reference_formulas import (
    MICRO_MICRO,
    SECONDS_PER_YEAR,
    WAD,
    black76,
    normal_cdf,
    normal_density,
    svi_total_variance,
    to_wad,
)

VECTORS = Path(__file__).parent / "vectors"
SEED = 20200312


def normal_columns() -> dict[str, list[str]]:
    """The distribution and density on a fine lattice, at the ends of the range and at odd points."""
    rng = seeded(SEED)
    points = [int(step * WAD // 20) for step in range(-200, 201)]
    points += [rng.randrange(-9 * WAD, 9 * WAD) for _ in range(99)]
    points += [1, -1, 40 * WAD, -40 * WAD, 10**36, -(10**36)]
    return {
        "x": [str(x) for x in points],
        "cdf": [to_wad(normal_cdf(mpf(x) / WAD)) for x in points],
        "pdf": [to_wad(normal_density(mpf(x) / WAD)) for x in points],
    }


def _black76_inputs() -> list[tuple[int, int, int, int]]:
    rng = seeded(SEED + 1)
    rows = [
        (forward * WAD, forward * WAD * ratio // 100, volatility * WAD // 100, seconds)
        for forward in (1, 3_000, 60_000)
        for ratio in (10, 50, 80, 95, 99, 100, 101, 105, 125, 200, 1_000)
        for volatility, seconds in ((60, 30 * 86_400), (300, 365 * 86_400), (1, 600))
    ]
    for _ in range(120):
        forward = int(10 ** rng.uniform(-2, 6) * WAD)
        strike = int(forward * mp.e ** rng.gauss(0, 0.4))
        rows.append((forward, strike, int(rng.uniform(0.02, 4) * WAD), rng.randrange(60, 3 * 31_536_000)))
    rows += [
        (100 * WAD, 90 * WAD, 0, 86_400),
        (90 * WAD, 100 * WAD, 0, 86_400),
        (100 * WAD, 90 * WAD, WAD, 0),
        (90 * WAD, 100 * WAD, WAD, 0),
        (100 * WAD, 100 * WAD, 20 * WAD, 31_536_000),
        (WAD, 10**9 * WAD, 8 * WAD, 31_536_000),
        (10**9 * WAD, WAD, 8 * WAD, 31_536_000),
    ]
    return rows


def black76_columns() -> dict[str, list[str]]:
    """Undiscounted price, delta, gamma and vega (per 1.00 of volatility) of calls and puts."""
    names = ["forward", "strike", "volatility", "seconds", "isCall", "price", "delta", "gamma", "vega"]
    columns: dict[str, list[str]] = {name: [] for name in names}
    for forward, strike, volatility, seconds in _black76_inputs():
        for is_call in (True, False):
            greeks = black76(
                forward=mpf(forward) / WAD,
                strike=mpf(strike) / WAD,
                volatility=mpf(volatility) / WAD,
                seconds=seconds,
                is_call=is_call,
            )
            inputs = [str(forward), str(strike), str(volatility), str(seconds), str(int(is_call))]
            for name, text in zip(names, inputs + [to_wad(g) for g in greeks], strict=True):
                columns[name].append(text)
    return columns


def svi_columns() -> dict[str, list[str]]:
    """Raw SVI total variance: crypto-like slices, one-hour slices, flat, extreme wings."""
    rng = seeded(SEED + 2)
    slices = [(0, 0, 0, 0, 0), (29_000_000, 0, 0, 0, 0), (0, MICRO_MICRO, -MICRO_MICRO, 0, 0)]
    for _ in range(39):
        scale = 10 ** rng.uniform(-5, 0)
        slices.append(
            (
                int(scale * rng.uniform(0, 1) * MICRO_MICRO),
                int(scale * rng.uniform(0, 1) * MICRO_MICRO),
                int(rng.uniform(-1, 1) * MICRO_MICRO),
                int(rng.gauss(0, 0.2) * MICRO_MICRO),
                int(rng.uniform(0.001, 1) * MICRO_MICRO),
            )
        )
    names = ["a", "b", "rho", "m", "sigma", "k", "totalVariance"]
    columns: dict[str, list[str]] = {name: [] for name in names}
    for parameters in slices:
        for k in (-(3 * WAD), -(WAD // 3), 0, int(rng.gauss(0, 0.3) * WAD), 2 * WAD):
            variance = svi_total_variance([mpf(p) / MICRO_MICRO for p in parameters], mpf(k) / WAD)
            texts = [str(p) for p in parameters] + [str(k), to_wad(variance)]
            for name, text in zip(names, texts, strict=True):
                columns[name].append(text)
    return columns


def _case_document(case: Case) -> dict[str, Any]:
    document = case.document()
    document["expected"] = expected_margin(case)
    return document


def own_requirement_cases() -> dict[str, list[dict[str, Any]]]:
    """Whole accounts: market, legs, model and what the contract must find for them."""
    return {"cases": [_case_document(case) for case in all_cases(seed=SEED + 3)]}


def black76_domain_columns() -> dict[str, list[str]]:
    """Calls over the whole domain: 40 deviations from 1e-4 to 5 by 75 |ln F/K| up to 8, each moved a little.

    One year, so that volatility is the deviation; the smaller of forward and strike is 1e9: a unit is 1e-27 of it.
    """
    rng = seeded(SEED + 4)
    columns: dict[str, list[str]] = {
        name: [] for name in ("forward", "strike", "deviation", "price", "delta")
    }
    least = 10**9 * WAD
    for row in range(40):
        for column in range(75):
            spread = mp.exp(mp.log(mpf(50_000)) * (row + mpf(rng.random())) / 40) / 10_000
            distance = 8 * (column + mpf(rng.random())) / 75
            deviation = int(min(spread, mpf(5)) * WAD)
            more = int(least * mp.exp(distance))
            forward, strike = (more, least) if rng.random() < 0.5 else (least, more)
            greeks = black76(
                forward=mpf(forward) / WAD,
                strike=mpf(strike) / WAD,
                volatility=mpf(deviation) / WAD,
                seconds=SECONDS_PER_YEAR,
                is_call=True,
            )
            values = (forward, strike, deviation, to_wad(greeks[0]), to_wad(greeks[1]))
            for name, value in zip(columns, values, strict=True):
                columns[name].append(str(value))
    return columns


def portfolio_cases(family: str) -> dict[str, list[dict[str, Any]]]:
    """One family of drawn accounts, in the same form."""
    return {"cases": [_case_document(case) for case in family_cases(family, seed=SEED)]}


def main() -> None:
    """Writes the five files, and one for each family of portfolios."""
    mp.dps = 60
    VECTORS.mkdir(exist_ok=True)
    documents = {
        "normal.json": normal_columns(),
        "black76.json": black76_columns(),
        "black76_domain.json": black76_domain_columns(),
        "svi.json": svi_columns(),
        "own_requirement.json": own_requirement_cases(),
    }
    for name, document in documents.items():
        (VECTORS / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (VECTORS / "portfolios").mkdir(exist_ok=True)
    for family in FAMILIES:
        text = json.dumps(portfolio_cases(family), separators=(",", ":")) + "\n"
        (VECTORS / "portfolios" / f"{family}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
