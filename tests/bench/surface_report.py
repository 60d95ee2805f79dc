"""Fits every recorded day's option surface and reports error, share inside bid and ask, arbitrage and time.

python -m tests.bench.surface_report --data $TAILGUARD_DATA/deribit_chain_history_2026 --out var/bench/surfaces.json
"""

import argparse
import itertools
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from risk.pricing import black76_price
from risk.surface import (
    SviSlice,
    butterfly_violation,
    calendar_violation,
    fit_svi,
    repair_calendar,
)
from risk.warm import warm
from tests.bench.surface_chains import Chain, ChainSlice, chains

SPREAD_FLOOR = 0.005
"""Half a volatility point: no quote counts as more exact."""
UNKNOWN_SPREAD = 0.10
STALE_BEYOND = 0.02


@dataclass(frozen=True, slots=True)
class SurfaceResult:
    """errors: volatility points per quote; inside: per quote with both sides, whether the price lies between."""

    errors: np.ndarray
    inside: np.ndarray
    two_sided: np.ndarray
    slices: list[SviSlice]
    raw_butterfly: int
    raw_calendar: int
    seconds: float


def fit_chain(chain: Chain) -> SurfaceResult:
    free = [fit_smile(part) for part in chain.slices]
    begin = time.perf_counter()
    fitted = raise_in_order(chain)
    seconds = time.perf_counter() - begin
    errors, inside, two_sided = [], [], []
    for part, smile in zip(chain.slices, fitted, strict=True):
        model = smile.implied_volatility(part.log_moneyness, years=part.years)
        errors.append(100.0 * np.abs(model - part.volatility))
        both = np.isfinite(part.half_spread)
        two_sided.append(both)
        inside.append(between(part, model)[both])
    return SurfaceResult(
        errors=np.concatenate(errors),
        inside=np.concatenate(inside),
        two_sided=np.concatenate(two_sided),
        slices=fitted,
        raw_butterfly=sum(butterfly_violation(smile) > 0.0 for smile in free),
        raw_calendar=sum(calendar_violation(a, b) > 0.0 for a, b in itertools.pairwise(free)),
        seconds=seconds,
    )


def fit_smile(part: ChainSlice, floor: SviSlice | None = None) -> SviSlice:
    """Weighted by the spread: the square of a half spread in volatility is the variance of a quote."""
    spread = np.where(np.isfinite(part.half_spread), part.half_spread, UNKNOWN_SPREAD)
    return fit_svi(
        log_moneyness=part.log_moneyness,
        implied_volatility=part.volatility,
        years=part.years,
        weights=1.0 / (SPREAD_FLOOR**2 + spread**2),
        stale_beyond=STALE_BEYOND,
        floor=floor,
    ).slice


def raise_in_order(chain: Chain) -> list[SviSlice]:
    fitted: list[SviSlice] = []
    for part in chain.slices:
        near = fitted[-1] if fitted else None
        smile = fit_smile(part, near)
        fitted.append(smile if near is None else repair_calendar(near=near, far=smile))
    return fitted


def between(part: ChainSlice, volatility: np.ndarray) -> np.ndarray:
    """Whether the model's price in coin lies between bid and ask."""
    price = (
        black76_price(
            forward=part.forward,
            strike=part.forward * np.exp(part.log_moneyness),
            volatility=volatility,
            years=part.years,
            is_call=part.is_call,
        )
        / part.forward
    )
    return (price >= part.bid - 1e-12) & (price <= part.ask + 1e-12)


def summary(results: list[SurfaceResult]) -> dict[str, float | int]:
    errors = np.concatenate([result.errors for result in results])
    both = np.concatenate([result.two_sided for result in results])
    inside = np.concatenate([result.inside for result in results])
    pairs = [pair for result in results for pair in itertools.pairwise(result.slices)]
    smiles = [smile for result in results for smile in result.slices]
    return {
        "surfaces": len(results),
        "smiles": len(smiles),
        "quotes": int(errors.size),
        "error_points_median": float(np.median(errors)),
        "error_points_95th": float(np.quantile(errors, 0.95)),
        "error_points_median_two_sided": float(np.median(errors[both])),
        "error_points_95th_two_sided": float(np.quantile(errors[both], 0.95)),
        "quotes_two_sided": int(both.sum()),
        "share_inside_bid_ask": float(np.mean(inside)),
        "butterfly_violations_before_repair": sum(result.raw_butterfly for result in results),
        "calendar_violations_before_repair": sum(result.raw_calendar for result in results),
        "butterfly_violations": sum(butterfly_violation(smile) > 0.0 for smile in smiles),
        "calendar_violations": sum(calendar_violation(near, far) > 0.0 for near, far in pairs),
        "seconds_per_surface_median": float(np.median([result.seconds for result in results])),
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    files = sorted(options.data.glob("*.parquet"))
    if not files:
        parser.error(f"no parquet file in {options.data}")
    warm()
    console = Console(stderr=True)
    report = {}
    for path in files:
        found = list(chains(path))
        watched = track(found, description=path.stem, console=console, disable=not console.is_terminal)
        report[path.stem] = summary([fit_chain(chain) for chain in watched])
        sys.stdout.write(f"{path.stem}: {json.dumps(report[path.stem])}\n")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
