"""What `make bench` compares gives the same answers on both sides; speed is measured there, not asserted."""

import math

import numpy as np
import pytest

from tests.bench import book_cases, pricing_cases, surface_cases, volatility_cases
from tests.bench.bench_risk import judged_and_shown, measure, reached
from tests.bench.book_scaling import largest_growth
from tests.bench.standards import STANDARDS, table


@pytest.mark.parametrize("make", [pricing_cases.against_scipy, pricing_cases.against_quantlib])
def test_pricing_answers_agree(make):
    assert measure(make(size=2_000), runs=1)["largest_disagreement"] < 1e-10  # gamma near expiry


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("peer_type", [np.float32, np.float64])
def test_book_answers_agree(warm, peer_type):
    case = book_cases.case(key="book", peer_type=peer_type, warm=warm, accounts=50)
    row = measure(case, runs=1)
    assert row["largest_disagreement"] < 1e-4  # single precision sums of twenty legs
    assert row["figure"] > 0


@pytest.mark.parametrize("leverage", [False, True])
@pytest.mark.parametrize("distribution", ["normal", "student_t"])
def test_fitted_volatilities_agree(distribution, leverage):
    case = volatility_cases.garch_case(name="garch", distribution=distribution, leverage=leverage)
    assert measure(case, runs=1)["largest_disagreement"] < 5e-3


def test_fitted_smiles_reach_the_same_loss():
    assert measure(surface_cases.svi_case(), runs=1)["largest_disagreement"] < 1e-6


def test_a_missed_must_and_a_wrong_answer_fail_the_bench():
    standard = STANDARDS["black76_vs_scipy"]
    assert standard.verdict(2.99) == "MISSED"
    assert standard.verdict(math.nan) == "MISSED"
    assert standard.verdict(3.0) == "met"
    assert standard.verdict(6.0) == "aim reached"
    assert standard.verdict(9.0, disagreement=1e-9) == "DISAGREES"
    assert standard.verdict(9.0, disagreement=math.nan) == "DISAGREES"
    memory = STANDARDS["book_var_peak_gb"]
    assert [memory.verdict(gigabytes) for gigabytes in (0.3, 0.7, 1.1)] == ["aim reached", "met", "MISSED"]
    rows = {name: judged_and_shown(name, {"figure": s.must, "runs": 1}) for name, s in STANDARDS.items()}
    assert reached(rows)
    assert "book_var_warm" in table(rows)
    rows["svi_vs_scipy"] = judged_and_shown("svi_vs_scipy", {"figure": 4.9, "runs": 1})
    assert not reached(rows)


def test_growth_is_the_worst_ratio_of_the_largest_book_to_the_smallest():
    rows = [
        {"accounts": size, "cores": cores, "cold_us": cold, "warm_us": 10.0}
        for size, cold in ((1_000, 20.0), (10_000, 50.0), (100_000, 26.0))
        for cores in (1, 2)
    ]
    assert largest_growth(rows) == 1.3
