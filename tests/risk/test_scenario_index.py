"""Pruning never changes a bit: the index gives what the plain kernel gives, and that is a full sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from risk.errors import InvalidInput
from risk.measures import tail_measures
from risk.revaluation import BookRisk, ScenarioIndex, book_risk, build_index
from risk.revaluation.scenario_index import LEAF, MOST_LEGS
from risk.scenarios import ScenarioSet

CONFIDENCE = 0.99
FIELDS = BookRisk.__slots__


def random_numbers(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def scenario_set(*, count: int, random: np.random.Generator, underlyings: int = 2) -> ScenarioSet:
    moves = 0.05 * random.standard_t(4, size=(2, count, underlyings))
    return ScenarioSet(
        spot_returns=np.clip(moves[0], -0.9, 2.0),
        volatility_moves=np.clip(moves[1], -0.9, 2.0),
        label="random",
    )


def option_like(*, scenarios: ScenarioSet, instruments: int, random: np.random.Generator) -> np.ndarray:
    """Kinked and smooth profits: perpetuals, calls a few days from expiry (a hinge at the strike), vega."""
    rows = []
    for i in range(instruments):
        spot = scenarios.spot_returns[:, i % scenarios.underlyings]
        wind = scenarios.volatility_moves[:, i % scenarios.underlyings]
        strike = random.normal(0.0, 0.05)
        kinds = (spot, np.maximum(spot - strike, 0.0), spot**2 + 0.1 * wind, np.abs(spot) * (1 + wind))
        rows.append(kinds[i % 4] * 10.0 ** random.integers(-1, 4))
    return np.array(rows)


def random_book(*, accounts: int, instruments: int, random: np.random.Generator) -> sparse.csr_array:
    book = sparse.random_array(
        (accounts, instruments), density=0.4, format="csr", rng=random, data_sampler=random.standard_normal
    )
    return sparse.csr_array(book)


def assert_same_bits(first: BookRisk, second: BookRisk) -> None:
    for name in FIELDS:
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name


def assert_exact(
    *, matrix: np.ndarray, scenarios: ScenarioSet, underlying: np.ndarray, book: sparse.csr_array
) -> BookRisk:
    """Index and plain kernel agree to the bit: cold, warm, and from guesses far too low and far too high."""
    plain = book_risk(profit_and_loss=matrix, positions=book, confidence=CONFIDENCE)
    index = build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=underlying)
    off = 10.0 * float(np.abs(plain.value_at_risk).max(initial=1.0))
    guesses = [None, plain] + [
        BookRisk(plain.value_at_risk + shift, *(getattr(plain, name) for name in FIELDS[1:]))
        for shift in (off, -off, 0.01 * off)
    ]
    for previous in guesses:
        got = book_risk(profit_and_loss=index, positions=book, confidence=CONFIDENCE, previous=previous)
        assert_same_bits(got, plain)
    return plain


@settings(max_examples=40, deadline=None)
@given(
    st.integers(100, 1_500),
    st.integers(1, 14),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([None, -1, -3]),
    st.integers(0, 2**32),
)
def test_index_gives_the_bits_of_the_plain_kernel(
    count: int, instruments: int, dtype: type, decimals: int | None, seed: int
) -> None:
    """Rounding to tens and thousands makes most outcomes tie; thousands leave many accounts all at zero."""
    random = random_numbers(seed)
    scenarios = scenario_set(count=count, random=random)
    matrix = option_like(scenarios=scenarios, instruments=instruments, random=random)
    matrix = (matrix if decimals is None else np.round(matrix, decimals)).astype(dtype)
    book = random_book(accounts=9, instruments=instruments, random=random)
    assert_exact(
        matrix=matrix, scenarios=scenarios, underlying=np.arange(instruments) % 2, book=sparse.csr_array(book)
    )


def test_plain_kernel_is_a_full_sort_of_the_same_sums() -> None:
    """The judge of the judge: float32 sums added leg by leg in numpy, sorted by `tail_measures`."""
    random = random_numbers(3)
    scenarios = scenario_set(count=900, random=random)
    matrix = option_like(scenarios=scenarios, instruments=12, random=random).astype(np.float32)
    book = random_book(accounts=20, instruments=12, random=random)
    got = assert_exact(matrix=matrix, scenarios=scenarios, underlying=np.arange(12) % 2, book=book)
    for account in range(20):
        part = slice(book.indptr[account], book.indptr[account + 1])
        sums = np.zeros(900, dtype=np.float32)
        for row, quantity in zip(book.indices[part], book.data[part].astype(np.float32), strict=True):
            sums = sums + quantity * matrix[row]
        want = tail_measures(profit_and_loss=sums, confidence=CONFIDENCE)
        assert got.value_at_risk[account] == want.value_at_risk
        # CVaR adds some nine float64 numbers in another order.
        assert got.conditional_value_at_risk[account] == pytest.approx(
            want.conditional_value_at_risk, rel=1e-14
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-44, 1e-38, 1.0, 1e34])
def test_rounding_cannot_hide_an_outcome(dtype: type, scale: float) -> None:
    """Huge legs that nearly cancel leave only rounding noise, down to subnormal numbers and up to the
    largest: the noise decides which outcomes are worst, and the bounds must leave room for it."""
    random = random_numbers(5)
    scenarios = scenario_set(count=2_000, random=random)
    line = scenarios.spot_returns[:, :1].T
    matrix = (scale * line * np.array([[1.0], [3.0], [7.0], [1.0 / 3.0]])).astype(dtype)
    quantities = random.standard_normal((30, 4))
    quantities[:, 3] = -3.0 * (quantities[:, 0] + 3.0 * quantities[:, 1] + 7.0 * quantities[:, 2])
    assert_exact(
        matrix=matrix,
        scenarios=scenarios,
        underlying=np.zeros(4, dtype=np.int64),
        book=sparse.csr_array(quantities),
    )


def test_lower_bound_of_every_leaf_holds() -> None:
    """The index's own claim, checked outcome by outcome in float64 with signs chosen to hurt."""
    random = random_numbers(6)
    scenarios = scenario_set(count=1_000, random=random)
    matrix = option_like(scenarios=scenarios, instruments=8, random=random)
    index = build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=np.arange(8) % 2)
    for quantity in random.standard_normal((50, 8)):
        centre = quantity @ index.affine[:, 0]
        slopes = [
            quantity[index.group == g] @ index.affine[index.group == g, f] for g in (0, 1) for f in (1, 2)
        ]
        lower = centre - np.abs(slopes).sum(axis=0) - np.abs(quantity) @ index.affine[:, 3]
        for leaf, size in enumerate(index.sizes):
            assert lower[leaf] <= (quantity @ index.blocks[leaf, :, :size]).min()


def test_leaves_hold_every_scenario_once() -> None:
    random = random_numbers(7)
    scenarios = scenario_set(count=10 * LEAF + 1, random=random)
    matrix = np.arange(10.0 * LEAF + 1)[None, :]
    index = build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=np.array([0]))
    held = np.concatenate([index.blocks[leaf, 0, :size] for leaf, size in enumerate(index.sizes)])
    assert np.array_equal(np.sort(held), matrix[0])
    assert sorted(index.sizes) == [1] + 10 * [LEAF]


@pytest.mark.parametrize("value", [0.0, -5.0, 5.0])
def test_all_outcomes_equal(value: float) -> None:
    scenarios = scenario_set(count=300, random=random_numbers(8))
    matrix = np.full((3, 300), value, dtype=np.float32)
    book = sparse.csr_array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, -1.0, 0.0]])
    got = assert_exact(matrix=matrix, scenarios=scenarios, underlying=np.array([0, 1, 0]), book=book)
    assert got.value_at_risk == pytest.approx([-3 * value, 0.0, 0.0])


def test_scenarios_that_do_not_move() -> None:
    """No width to fit over: the fit is a constant and its residual the whole range."""
    still = np.zeros((500, 2))
    scenarios = ScenarioSet(spot_returns=still, volatility_moves=still, label="still")
    matrix = random_numbers(9).standard_normal((4, 500))
    book = sparse.csr_array(np.eye(4))
    assert_exact(matrix=matrix, scenarios=scenarios, underlying=np.array([0, 1, 0, 1]), book=book)


def test_fewest_scenarios_and_many_legs() -> None:
    """100 scenarios at 99%; and more legs than the rounding margin is made for."""
    random = random_numbers(10)
    scenarios = scenario_set(count=100, random=random)
    many = MOST_LEGS + 5
    matrix = option_like(scenarios=scenarios, instruments=many, random=random).astype(np.float32)
    book = sparse.csr_array(random.standard_normal((3, many)))
    assert_exact(matrix=matrix, scenarios=scenarios, underlying=np.arange(many) % 2, book=book)
    one = scenario_set(count=1, random=random)
    index = build_index(profit_and_loss=np.array([[-2.0]]), scenarios=one, underlying=np.array([0]))
    for previous in (None, book_risk(profit_and_loss=index, positions=[[3.0]], confidence=1e-13)):
        got = book_risk(profit_and_loss=index, positions=[[3.0]], confidence=1e-13, previous=previous)
        assert got.value_at_risk == got.conditional_value_at_risk == [6.0]


def test_refusals() -> None:
    scenarios = scenario_set(count=200, random=random_numbers(12))
    good, underlying = np.ones((2, 200)), np.array([0, 1])

    def refused(match: str, *, matrix: np.ndarray = good, columns: np.ndarray = underlying) -> None:
        with pytest.raises(InvalidInput, match=match):
            build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=columns)

    refused("float64 or float32", matrix=good.astype(np.int64))
    refused("does not cover 200", matrix=good[:, :199])
    refused("runs over 0 .. 2", columns=np.array([0, 2]))
    refused("instruments", columns=np.array([0]))
    refused("nan", matrix=np.full((2, 200), np.nan))
    index: ScenarioIndex = build_index(profit_and_loss=good, scenarios=scenarios, underlying=underlying)
    book = sparse.csr_array([[1.0, 1.0]])
    earlier = book_risk(profit_and_loss=index, positions=book, confidence=0.9)
    with pytest.raises(InvalidInput, match="previous must hold 2"):
        book_risk(
            profit_and_loss=index,
            positions=sparse.csr_array(np.eye(2)),
            confidence=0.9,
            previous=earlier,
        )
    with pytest.raises(InvalidInput, match="too much for"):
        book_risk(profit_and_loss=index, positions=1e308 * book, confidence=0.9)


def test_accounts_that_are_read_together_do_not_disturb_each_other():
    """More than one group of them, with guesses far too low, far too high and good side by side."""
    random = random_numbers(31)
    scenarios = scenario_set(count=900, random=random)
    matrix = option_like(scenarios=scenarios, instruments=8, random=random).astype(np.float32)
    underlying = np.arange(8) % 2
    index = build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=underlying)
    book = random_book(accounts=1_300, instruments=8, random=random)
    plain = book_risk(profit_and_loss=matrix, positions=book, confidence=CONFIDENCE)
    shift = random.choice([-1e6, 0.0, 1e6], size=1_300)
    mixed = BookRisk(plain.value_at_risk + shift, *(getattr(plain, name) for name in FIELDS[1:]))
    for guess in (None, plain, mixed):
        assert_same_bits(
            book_risk(profit_and_loss=index, positions=book, confidence=CONFIDENCE, previous=guess), plain
        )
