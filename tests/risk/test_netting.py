"""Netting: one account in place of two never has the greater CVaR, though it may have the greater VaR."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from risk.measures import incremental_tail, tail_contributions
from risk.revaluation import book_risk, profit_and_loss_matrix
from risk.scenarios import ScenarioSet
from tests.risk.test_revaluation import FLOOR_DAYS, blended, listing, market

INSTRUMENTS = 12


def random_matrix(seed: int, *, rounded: bool) -> np.ndarray:
    """Fat tails, shared crashes; whole numbers on demand, so that scenarios tie."""
    rng = np.random.default_rng(seed)
    crash = rng.standard_t(3, size=400)
    matrix = rng.standard_t(3, size=(INSTRUMENTS, 400)) + np.outer(rng.normal(size=INSTRUMENTS), crash)
    return np.round(matrix) if rounded else matrix


def risk_of(matrix, books, *, confidence=0.95):
    return book_risk(profit_and_loss=matrix, positions=sparse.csr_array(books), confidence=confidence)


@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([0.9, 0.95, 0.975, 0.99]))
def test_one_account_for_two_never_has_the_greater_cvar(seed, rounded, confidence) -> None:
    matrix = random_matrix(seed, rounded=rounded)
    rng = np.random.default_rng(seed + 1)
    first, second = np.round(rng.normal(size=(2, INSTRUMENTS)), 2) * rng.integers(0, 2, (2, INSTRUMENTS))
    whole, one, two = risk_of(
        matrix, [first + second, first, second], confidence=confidence
    ).conditional_value_at_risk
    assert whole <= one + two + 1e-10 * (1.0 + abs(one) + abs(two))  # a few hundred roundings


@given(st.integers(0, 2**32), st.floats(0.0, 1.0))
def test_opposite_legs_of_one_instrument_cancel(seed, share) -> None:
    """Closing part of a position scales its CVaR down; closing all of it leaves none."""
    matrix = random_matrix(seed, rounded=False)
    held = np.eye(INSTRUMENTS)[seed % INSTRUMENTS]
    alone, netted, flat = risk_of(matrix, [held, held - share * held, held - held]).conditional_value_at_risk
    assert netted == pytest.approx((1.0 - share) * alone, abs=1e-12)
    assert flat == 0.0


def test_netting_real_books_never_costs_and_usually_saves() -> None:
    """Pairs of option books, fully revalued: the saving is never negative, and on average substantial."""
    table = listing()
    matrix = profit_and_loss_matrix(
        table=table, market=market(), scenarios=blended(), term_floor_days=FLOOR_DAYS
    )
    rng = np.random.default_rng(5)
    books = rng.normal(size=(120, len(table))) * (rng.random((120, len(table))) < 0.15)
    cvar = risk_of(
        matrix, np.vstack([books, books[:60] + books[60:]]), confidence=0.99
    ).conditional_value_at_risk
    saving = cvar[:60] + cvar[60:120] - cvar[120:]
    assert saving.min() >= -1e-9 * cvar.max()
    assert saving.mean() > 0.1 * cvar[:120].mean()


def test_value_at_risk_can_rise_by_netting() -> None:
    """Two short digital options that each lose in 4% of scenarios, never the same: VaR 95% -1 each, 99 together."""
    matrix = np.ones((2, 100))
    matrix[0, :4], matrix[1, 4:8] = -100.0, -100.0
    risk = risk_of(matrix, [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert risk.value_at_risk.tolist() == [99.0, -1.0, -1.0]
    whole, one, two = risk.conditional_value_at_risk
    assert whole <= one + two


@given(st.integers(0, 2**32), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_parts_of_every_account_add_up_to_its_book_risk(seed, confidence) -> None:
    """Euler: component VaR and CVaR of the legs sum to what the book's own kernel finds for the account."""
    matrix = random_matrix(seed, rounded=seed % 2 == 0)
    held = np.random.default_rng(seed + 2).normal(size=INSTRUMENTS)
    whole = risk_of(matrix, [held], confidence=confidence)
    parts = tail_contributions(unit_profit_and_loss=matrix, quantities=held, confidence=confidence)
    scale = float(np.abs(held) @ np.abs(matrix).max(axis=1))
    for name in ("value_at_risk", "conditional_value_at_risk"):
        found = getattr(parts, f"component_{name}")
        assert found.sum() == pytest.approx(getattr(whole, name)[0], abs=1e-10 * scale)
        np.testing.assert_allclose(found, held * getattr(parts, f"marginal_{name}"), rtol=1e-12)
    _, incremental = incremental_tail(unit_profit_and_loss=matrix, quantities=held, confidence=confidence)
    without = risk_of(matrix, held - np.diag(held), confidence=confidence).conditional_value_at_risk
    np.testing.assert_allclose(
        incremental, whole.conditional_value_at_risk[0] - without, rtol=0.0, atol=1e-10 * scale
    )


def test_an_empty_account_nets_to_the_other() -> None:
    scenarios = ScenarioSet(np.full((20, 2), -0.1), np.zeros((20, 2)), "fall")
    matrix = profit_and_loss_matrix(
        table=listing(), market=market(), scenarios=scenarios, term_floor_days=FLOOR_DAYS
    )
    held = np.zeros((2, matrix.shape[0]))
    held[1, 0] = 2.0
    assert risk_of(matrix, held).conditional_value_at_risk == pytest.approx([0.0, 8_000.0])
