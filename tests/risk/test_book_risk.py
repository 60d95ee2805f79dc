"""Every account's tail measures from the streaming kernel are those of a full sort."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import tail_measures
from risk.revaluation.book_risk import BookRisk, book_risk, book_risk_reference

FIELDS = BookRisk.__slots__


def random_case(*, accounts, instruments, scenarios, seed, decimals=None):
    generator = np.random.Generator(np.random.Philox(key=seed))
    matrix = generator.standard_t(4, size=(instruments, scenarios)) * 100
    if decimals is not None:
        matrix = np.round(matrix, decimals)
    book = sparse.random_array(
        (accounts, instruments),
        density=0.3,
        format="csr",
        rng=generator,
        data_sampler=generator.standard_normal,
    )
    return matrix, sparse.csr_array(book)


def assert_twins_agree(matrix, book, confidence):
    got = book_risk(profit_and_loss=matrix, positions=book, confidence=confidence)
    want = book_risk_reference(profit_and_loss=matrix, positions=book, confidence=confidence)
    scale = float(np.abs(matrix).max(initial=1.0)) * float(abs(book).sum(axis=1).max())
    for field in FIELDS:
        # Sums of a few dozen terms in another order.
        assert getattr(got, field) == pytest.approx(getattr(want, field), rel=1e-11, abs=1e-13 * scale), field
    return got


@settings(max_examples=40, deadline=None)
@given(
    st.integers(20, 900),
    st.integers(1, 12),
    st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99]),
    st.sampled_from([None, -2]),
    st.integers(0, 2**32),
)
def test_kernel_agrees_with_a_full_sort(scenarios, instruments, confidence, decimals, seed):
    """Rounding to hundreds makes most outcomes tie."""
    if scenarios * (1 - confidence) < 1:
        scenarios *= 10
    matrix, book = random_case(
        accounts=7, instruments=instruments, scenarios=scenarios, seed=seed, decimals=decimals
    )
    assert_twins_agree(matrix, book, confidence)


@pytest.mark.parametrize("scenarios", [100, 127, 128, 129, 1_000, 2_048, 10_240])
def test_kernel_agrees_at_the_edges_of_its_lanes(scenarios):
    matrix, book = random_case(accounts=5, instruments=9, scenarios=scenarios, seed=scenarios)
    assert_twins_agree(matrix, book, 0.99)


@pytest.mark.parametrize("direction", [1, -1])
def test_sorted_outcomes_are_no_special_case(direction):
    matrix = np.arange(3_000.0)[None, ::direction]
    got = assert_twins_agree(matrix, sparse.csr_array([[1.0], [-2.0]]), 0.99)
    assert got.value_at_risk == pytest.approx([-30.0, 2 * 2_969.0])


@pytest.mark.parametrize("legs", range(10))
def test_any_number_of_legs_adds_up(legs):
    matrix, _ = random_case(accounts=1, instruments=12, scenarios=300, seed=legs)
    quantities = np.zeros((1, 12))
    quantities[0, :legs] = np.arange(1.0, legs + 1)
    got = assert_twins_agree(matrix, sparse.csr_array(quantities), 0.95)
    row = tail_measures(profit_and_loss=quantities[0] @ matrix, confidence=0.95)
    assert got.conditional_value_at_risk[0] == pytest.approx(row.conditional_value_at_risk, rel=1e-12)


def test_the_published_atom_vector():
    matrix = -np.array([[0.0] * 96 + [1.0, 2.0, 3.0, 10.0]])
    got = book_risk(profit_and_loss=matrix, positions=sparse.csr_array([[1.0]]), confidence=0.95)
    assert got.value_at_risk[0] == 0.0
    assert got.conditional_value_at_risk[0] == pytest.approx(3.2)


def test_accounts_without_positions_have_no_risk():
    matrix, _ = random_case(accounts=1, instruments=3, scenarios=200, seed=1)
    got = book_risk(profit_and_loss=matrix, positions=sparse.csr_array((4, 3)), confidence=0.99)
    for field in FIELDS:
        assert np.array_equal(getattr(got, field), np.zeros(4))


def test_no_accounts_and_no_instruments_are_an_empty_answer():
    nobody = book_risk(profit_and_loss=np.ones((2, 200)), positions=sparse.csr_array((0, 2)), confidence=0.99)
    assert nobody.value_at_risk.shape == (0,)
    nothing = book_risk(
        profit_and_loss=np.ones((0, 200)), positions=sparse.csr_array((3, 0)), confidence=0.99
    )
    assert list(nothing.value_at_risk) == [0.0] * 3


def test_equal_outcomes_are_their_own_tail():
    got = book_risk(
        profit_and_loss=np.full((1, 500), -4.0), positions=sparse.csr_array([[2.0]]), confidence=0.99
    )
    assert got.value_at_risk[0] == got.conditional_value_at_risk[0] == 8.0
    assert got.conditional_value_at_risk_standard_error[0] == got.value_at_risk_standard_error[0] == 0.0


def test_order_of_scenarios_does_not_matter():
    matrix, book = random_case(accounts=6, instruments=5, scenarios=1_500, seed=3)
    shuffled = matrix[:, np.random.Generator(np.random.Philox(key=9)).permutation(1_500)]
    first, second = (
        book_risk(profit_and_loss=m, positions=book, confidence=0.99) for m in (matrix, shuffled)
    )
    assert np.array_equal(first.value_at_risk, second.value_at_risk)
    assert np.array_equal(first.conditional_value_at_risk, second.conditional_value_at_risk)


def test_single_precision_stays_within_its_rounding():
    matrix, book = random_case(accounts=20, instruments=30, scenarios=2_048, seed=4)
    double = book_risk(profit_and_loss=matrix, positions=book, confidence=0.99)
    single = book_risk(profit_and_loss=matrix.astype(np.float32), positions=book, confidence=0.99)
    gross = abs(book) @ np.abs(matrix).max(axis=1)
    for field in ("value_at_risk", "conditional_value_at_risk"):
        # One rounding (6e-8) of each entry and of each of some ten sums, all at most the gross profit.
        assert np.all(np.abs(getattr(single, field) - getattr(double, field)) <= 1e-6 * gross)


def test_diversification_never_adds_cvar():
    matrix, book = random_case(accounts=2, instruments=10, scenarios=1_000, seed=5)
    both = sparse.csr_array(sparse.vstack([book, book.sum(axis=0).reshape(1, -1)]))
    cvar = book_risk(profit_and_loss=matrix, positions=both, confidence=0.975).conditional_value_at_risk
    assert cvar[2] <= cvar[0] + cvar[1] + 1e-9


def test_repeated_columns_of_a_row_add_up():
    matrix = np.arange(400.0).reshape(1, 400)
    twice = sparse.csr_array((np.array([1.0, 2.0]), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    once = sparse.csr_array([[3.0]])
    got, want = (book_risk(profit_and_loss=-matrix, positions=p, confidence=0.99) for p in (twice, once))
    assert got.value_at_risk == pytest.approx(want.value_at_risk)


def test_few_scenarios_say_how_many_are_needed():
    with pytest.raises(NotEnoughObservations, match="at least 100 are needed"):
        book_risk(profit_and_loss=np.ones((1, 1)), positions=sparse.csr_array([[1.0]]), confidence=0.99)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_undefined_profits_and_quantities_are_refused(bad):
    matrix = np.ones((2, 200))
    with pytest.raises(InvalidInput, match="quantities"):
        book_risk(profit_and_loss=matrix, positions=sparse.csr_array([[bad, 1.0]]), confidence=0.99)
    matrix[1, 17] = bad
    with pytest.raises(InvalidInput, match="instrument 1, scenario 17"):
        book_risk(profit_and_loss=matrix, positions=sparse.csr_array([[1.0, 1.0]]), confidence=0.99)


@pytest.mark.parametrize(("dtype", "quantity"), [(np.float64, 1e308), (np.float32, 1e38)])
def test_profits_that_would_overflow_are_refused(dtype, quantity):
    matrix = np.full((1, 200), 100.0, dtype=dtype)
    with pytest.raises(InvalidInput, match="too much for float"):
        book_risk(profit_and_loss=matrix, positions=sparse.csr_array([[quantity]]), confidence=0.99)


def test_shapes_and_types_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInput, match="2 instruments"):
        book_risk(profit_and_loss=np.ones((2, 200)), positions=sparse.csr_array([[1.0]]), confidence=0.99)
    with pytest.raises(InvalidInput, match="got int64"):
        book_risk(
            profit_and_loss=np.ones((1, 200), dtype=np.int64),
            positions=sparse.csr_array([[1.0]]),
            confidence=0.99,
        )
