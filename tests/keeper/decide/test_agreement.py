"""A follower signs within published tolerances and names what is outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeper.decide.agreement import Tolerances, compare_margins, compare_prices, compare_surfaces
from keeper.types import WAD
from keeper.wire import MarginRow, PriceRow, SurfaceRow

TOLERANCES = Tolerances()
PRICE = PriceRow(underlying=1, price=50_000 * WAD, confidence=10 * WAD)
EXPIRY = 1_773_993_600
NOW = EXPIRY - 14 * 86_400
SURFACE = SurfaceRow(
    underlying=1,
    expiry=EXPIRY,
    basis=10**9,
    a=5 * 10**9,
    b=6 * 10**10,
    rho=-(10**11),
    m=0,
    sigma=2 * 10**11,
)
MARGIN = MarginRow(
    account=7,
    portfolio_nonce=3,
    initial_ratio_bps=12_000,
    maintenance_ratio_bps=10_000,
    value_at_risk=900 * WAD,
    expected_shortfall=1000 * WAD,
)


def test_equal_rows_agree() -> None:
    assert compare_prices(theirs=[PRICE], ours=[PRICE], tolerances=TOLERANCES) == []
    assert compare_surfaces(theirs=[SURFACE], ours=[SURFACE], now=NOW, tolerances=TOLERANCES) == []
    assert compare_margins(theirs=[MARGIN], ours=[MARGIN], tolerances=TOLERANCES) == []


@pytest.mark.parametrize(
    ("theirs", "field"),
    [
        (replace(PRICE, price=50_200 * WAD), "price"),
        (replace(PRICE, confidence=31 * WAD), "confidence"),
        (replace(PRICE, underlying=9), "row"),
    ],
)
def test_a_price_outside_tolerance_is_named(theirs: PriceRow, field: str) -> None:
    found = compare_prices(theirs=[theirs], ours=[PRICE], tolerances=TOLERANCES)
    assert field in {d.field for d in found}


def test_a_price_left_out_is_a_disagreement() -> None:
    (found,) = compare_prices(theirs=[], ours=[PRICE], tolerances=TOLERANCES)
    assert found.theirs == "absent"


@pytest.mark.parametrize(
    ("theirs", "field"),
    [
        (replace(SURFACE, basis=5 * 10**9), "basis"),
        (replace(SURFACE, a=15 * 10**9), "volatility"),
        (replace(SURFACE, a=-(10**12)), "volatility"),
        (replace(SURFACE, expiry=EXPIRY + 86_400), "row"),
    ],
)
def test_a_surface_outside_tolerance_is_named(theirs: SurfaceRow, field: str) -> None:
    found = compare_surfaces(theirs=[theirs], ours=[SURFACE], now=NOW, tolerances=TOLERANCES)
    assert any(d.field.startswith(field) for d in found)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"portfolio_nonce": 4}, "portfolio nonce"),
        ({"maintenance_ratio_bps": 9_699}, "maintenance_ratio_bps"),
        ({"initial_ratio_bps": 12_301}, "initial_ratio_bps"),
        ({"expected_shortfall": 1100 * WAD}, "expected_shortfall"),
        ({"account": 8}, "row"),
    ],
)
def test_a_margin_outside_tolerance_is_named(change: dict[str, int], field: str) -> None:
    found = compare_margins(theirs=[replace(MARGIN, **change)], ours=[MARGIN], tolerances=TOLERANCES)
    assert field in {d.field for d in found}
    assert field in str(found[0]) or field == "row"
