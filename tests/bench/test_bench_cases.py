"""What `make bench` compares gives the same answers on both sides; speed is measured there, not asserted."""

import numpy as np
import pytest

from tests.bench import cases
from tests.bench.bench_risk import measure


def test_pricing_answers_agree():
    assert measure(cases.pricing_case(size=2_000), runs=1)["largest_disagreement"] < 1e-12


@pytest.mark.parametrize(("dtype", "limit"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_book_answers_agree(dtype, limit):
    row = measure(cases.book_case(scenario_count=512, dtype=dtype, accounts=50), runs=1)
    assert row["largest_disagreement"] < limit
    assert row["ratio"] > 0


@pytest.mark.parametrize("distribution", ["normal", "student_t"])
def test_fitted_volatilities_agree(distribution):
    assert measure(cases.garch_case(distribution=distribution), runs=1)["largest_disagreement"] < 5e-3
