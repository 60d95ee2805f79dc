"""The risk package against the golden vectors that the contracts are held to as well."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk.instruments import Instrument, InstrumentTable
from risk.margin.loss_offset import combined_loss
from risk.margin.requirement import equity_interval, own_requirement
from risk.market import Accrued, ExpirySurface, MarketState
from risk.parameters import MarginParameters, ScenarioPoint, UnderlyingCharges
from risk.positions import position_matrix
from risk.pricing import black76, black76_reference
from risk.revaluation.sensitivities import instrument_state, marks_at, unit_values
from risk.surface import SviSlice
from risk.units import SECONDS_PER_YEAR, WAD

VECTORS = Path(__file__).parent / "vectors"


def load(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def wad_column(columns: dict[str, list[str]], name: str) -> np.ndarray:
    return np.array([int(text) / WAD for text in columns[name]])


PORTFOLIOS = [
    case for path in sorted((VECTORS / "portfolios").iterdir()) for case in load(str(path))["cases"]
]
CASES = load("own_requirement.json")["cases"] + PORTFOLIOS


def test_there_are_more_than_two_hundred_portfolios() -> None:
    assert len(PORTFOLIOS) >= 200
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert sum(len(case["legs"]) == 128 for case in CASES) >= 7


def parameters_of(case: dict[str, Any]) -> MarginParameters:
    model = {snake(key): int(value) for key, value in case["model"].items()}
    grid = tuple(ScenarioPoint(**{snake(k): int(v) for k, v in point.items()}) for point in case["grid"])
    return MarginParameters(
        loadings=tuple(map(int, case["loadings"])), grid=grid, charges=charges_of(case), **model
    )


def charges_of(case: dict[str, Any]) -> tuple[UnderlyingCharges, ...]:
    return tuple(
        UnderlyingCharges(
            depth=int(row["depth"]) / WAD,
            concentration_bps=int(row["concentrationBps"]),
            basis_bps=int(row["basisBps"]),
            confidence_bps=int(row["confidenceBps"]),
            offset_bps=int(row["offsetBps"]),
        )
        for row in case.get("terms", [])
    )


def snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def market_of(case: dict[str, Any]) -> MarketState:
    surfaces = {}
    for row in case["surfaces"]:
        values = {name: int(text) for name, text in row.items()}
        key = (values.pop("underlying") - 1, values.pop("expiry"))
        surfaces[key] = slice_row(values)
    index = np.array([int(u["index"]) / WAD for u in case["underlyings"]])
    widths = {
        column: min(int(u["index"]) - int(u["low"]), int(u["high"]) - int(u["index"])) / int(u["index"])
        for column, u in enumerate(case["underlyings"])
    }
    return MarketState(
        now=int(case["now"]), index=index, surfaces=surfaces, widths=widths, accruals=accruals_of(case)
    )


def accruals_of(case: dict[str, Any]) -> dict[tuple[int, int], Accrued]:
    known = {}
    for row in case.get("accrued", []):
        covered = int(row["coveredSeconds"])
        key = (int(row["underlying"]) - 1, int(row["expiry"]))
        known[key] = Accrued(share=covered / 1_800, price=int(row["weightedPrice"]) / covered / WAD)
    return known


def slice_row(values: dict[str, int]) -> ExpirySurface:
    """Vectors hold slices on the edge of the box; a width of 0 with no slope is the same as any width."""
    if values["sigma"] == 0 and values["b"] == 0:
        values = {**values, "sigma": 1}
    return ExpirySurface.from_wire(**values)


def book_of(case: dict[str, Any]) -> tuple[InstrumentTable, Any]:
    legs = [(int(leg["instrument"]), int(leg["quantity"])) for leg in case["legs"]]
    table = InstrumentTable.of([Instrument.decode(encoded) for encoded, _ in legs])
    return table, position_matrix(table=table, books=[legs])


@pytest.mark.parametrize("formula", [black76, black76_reference])
def test_black76_gives_the_golden_price_and_greeks(formula) -> None:
    columns = load("black76.json")
    forward, strike = wad_column(columns, "forward"), wad_column(columns, "strike")
    values = formula(
        forward=forward,
        strike=strike,
        volatility=wad_column(columns, "volatility"),
        years=np.array([int(s) for s in columns["seconds"]]) / SECONDS_PER_YEAR,
        is_call=np.array([flag == "1" for flag in columns["isCall"]]),
    )
    # Absolute: price and vega lose 1e-15 of the larger of forward and strike; gamma's unit is 1/forward.
    scale = np.maximum(forward, strike)
    for name, unit in (("price", scale), ("delta", 1.0), ("gamma", 1.0 / forward), ("vega", scale)):
        error = np.abs(getattr(values, name) - wad_column(columns, name))
        allowed = 1e-9 * np.abs(wad_column(columns, name)) + 1e-14 * unit + 1e-18
        assert np.all(error <= allowed), (name, float(np.max(error / allowed)))


def test_svi_gives_the_golden_total_variance() -> None:
    columns = load("svi.json")
    names = ("a", "b", "rho", "m", "sigma")
    checked = 0
    for row in zip(*(columns[name] for name in (*names, "k", "totalVariance")), strict=True):
        *wire, k, expected = map(int, row)
        values = dict(zip(names, wire, strict=True))
        values["sigma"] = max(values["sigma"], int(values["b"] == 0))
        if abs(values["rho"]) >= 10**12 or values["sigma"] == 0 or is_steep(values):
            continue
        found = float(SviSlice.from_wire(**values).total_variance(k / WAD))
        assert math.isclose(found, expected / WAD, rel_tol=1e-9, abs_tol=1e-15), row
        checked += 1
    assert checked >= 150


def is_steep(values: dict[str, int]) -> bool:
    """Outside the published box, where no surface of a live market lies."""
    return values["b"] * (10**12 + abs(values["rho"])) > 2 * 10**24


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_requirement_and_equity_are_the_golden_ones(case) -> None:
    table, quantities = book_of(case)
    market, parameters = market_of(case), parameters_of(case)
    own = own_requirement(table=table, market=market, parameters=parameters, quantities=quantities)
    equity = equity_interval(
        table=table,
        market=market,
        quantities=quantities,
        cash=int(case["cash"]) / WAD,
        entry_values=[int(value) / WAD for value in case["entryValues"]],
        low=[int(u["low"]) / WAD for u in case["underlyings"]],
        high=[int(u["high"]) / WAD for u in case["underlyings"]],
    )
    found = {
        "deltaGammaVega": own.delta_gamma_vega[0],
        "scenarioLoss": own.scenario_loss[0],
        "charges": own.charges[0],
        "ownRequirement": own.own[0],
        "equityLow": equity.low[0],
        "equityHigh": equity.high[0],
    }
    # Relative 1e-9; absolute 1e-14 of the notional, the rounding left when marks of that size cancel.
    slack = 1e-14 * float(own.gross_notional[0]) + 1e-9
    for name, text in case["expected"].items():
        assert math.isclose(found[name], int(text) / WAD, rel_tol=1e-9, abs_tol=slack), (
            name,
            found[name],
            text,
        )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_worst_witness_reaches_the_maximum(case) -> None:
    """Revalues the book leg by leg at the named points, a second way to the same number."""
    table, quantities = book_of(case)
    market, parameters = market_of(case), parameters_of(case)
    own = own_requirement(table=table, market=market, parameters=parameters, quantities=quantities)
    points, witness = own.worst_point[0], own.worst_witness(0)
    state = instrument_state(table=table, market=market)
    unit = unit_values(table=table, state=state, parameters=parameters)
    losses = np.zeros((1, parameters.underlyings))
    for underlying in range(parameters.underlyings):
        point = parameters.grid[points[underlying]]
        if witness.is_scenario:
            assert witness.points >> (8 * underlying) & 0xFF == points[underlying]
        deviation = 1 + point.volatility_shock_bps / 1e4 * parameters.term_weight(state.years)
        moved = marks_at(
            table=table, state=state, spot_factor=1 + point.spot_shock_bps / 1e4, deviation_factor=deviation
        )
        of_underlying = table.underlying == underlying
        lost = float((quantities @ ((unit.mark - moved) * of_underlying)).sum())
        losses[0, underlying] = max(0.0, lost * point.weight_bps / 1e4)
    bound = float(combined_loss(losses=losses, linear_delta=own.linear_delta, parameters=parameters)[0])
    assert math.isclose(bound, float(own.scenario_loss[0]), rel_tol=1e-12, abs_tol=1e-9)
    assert witness.is_scenario == (own.scenario_loss[0] >= own.delta_gamma_vega[0])
