"""Shrinkage keeps variances, repair keeps what was right, loadings rebuild the covariance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from risk.dependence import (
    is_positive_semidefinite,
    loadings,
    lower_triangle,
    nearest_positive_semidefinite,
    shrunk_covariance,
)
from risk.errors import InvalidInput, NotEnoughObservations

square_roots = st.integers(1, 6).flatmap(
    lambda n: hnp.arrays(np.float64, (n, n), elements=st.integers(-1_000, 1_000).map(lambda x: x / 100))
)


def observations(*, rows, seed):
    generator = np.random.Generator(np.random.Philox(key=seed))
    mixing = np.array([[1.0, 0.0, 0.0, 0.0], [-0.5, 0.8, 0, 0], [0.8, 0.0, 0.5, 0.0], [-0.4, 0.5, -0.1, 0.6]])
    return generator.standard_normal((rows, 4)) @ mixing.T * np.array([0.04, 0.1, 0.05, 0.12])


def shrinkage_by_definition(rows):
    """Ledoit-Wolf's intensity on standardised columns, one outer product at a time."""
    unit = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    correlation = unit.T @ unit / len(unit)
    scatter = sum(np.sum((np.outer(z, z) - correlation) ** 2) for z in unit) / len(unit) ** 2
    return min(1.0, scatter / np.sum((correlation - np.eye(unit.shape[1])) ** 2))


@pytest.mark.parametrize("rows", [10, 60, 2_000])
def test_intensity_follows_its_definition(rows):
    sample = observations(rows=rows, seed=rows)
    got = shrunk_covariance(observations=sample)
    assert got.shrinkage == pytest.approx(shrinkage_by_definition(sample), rel=1e-9)
    assert np.diag(got.matrix) == pytest.approx(sample.var(axis=0), rel=1e-12)


def test_shrinkage_beats_the_sample_when_rows_are_few_and_vanishes_when_many():
    """Ten factors with correlations of 0.2 and twelve rows: the error of the correlations, 40 samples."""
    truth = np.full((10, 10), 0.2) + 0.8 * np.eye(10)
    factor = np.linalg.cholesky(truth)
    plain_error, shrunk_error = 0.0, 0.0
    for seed in range(40):
        generator = np.random.Generator(np.random.Philox(key=seed))
        sample = generator.standard_normal((12, 10)) @ factor.T
        shrunk = shrunk_covariance(observations=sample).matrix
        deviations = np.sqrt(np.diag(shrunk))
        shrunk_error += np.sum((shrunk / np.outer(deviations, deviations) - truth) ** 2)
        plain_error += np.sum((np.corrcoef(sample, rowvar=False) - truth) ** 2)
    assert shrunk_error < 0.6 * plain_error
    assert shrunk_covariance(observations=observations(rows=50_000, seed=3)).shrinkage < 1e-3


def test_fewer_rows_than_factors_still_give_a_definite_matrix():
    got = shrunk_covariance(observations=observations(rows=3, seed=4))
    assert np.linalg.eigvalsh(got.matrix)[0] > 0.0


def test_units_of_the_columns_do_not_change_the_intensity():
    sample = observations(rows=30, seed=6)
    scaled = sample * np.array([1.0, 1e6, 1e-6, 3.0])
    assert shrunk_covariance(observations=scaled).shrinkage == pytest.approx(
        shrunk_covariance(observations=sample).shrinkage, rel=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(square_roots)
def test_loadings_rebuild_any_positive_semidefinite_matrix(root):
    covariance = root @ root.T
    covariance = (covariance + covariance.T) / 2
    factor = loadings(covariance=covariance)
    deviations = np.sqrt(np.diag(covariance))
    assert np.array_equal(factor, np.tril(factor))
    assert (np.diag(factor) >= 0).all()
    # A dropped pivot p <= 1e-12 S_jj leaves entries of at most sqrt(p S_ii), 1e-6 of the deviations' product.
    assert np.all(np.abs(factor @ factor.T - covariance) <= 3e-6 * np.outer(deviations, deviations) + 1e-300)


def test_loadings_of_a_singular_matrix_have_an_empty_column():
    covariance = np.array([[4.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    factor = loadings(covariance=covariance)
    assert factor == pytest.approx(np.array([[2.0, 0, 0], [1.0, 0, 0], [0, 0, 0]]))


def test_loadings_equal_cholesky_and_travel_by_rows():
    covariance = shrunk_covariance(observations=observations(rows=500, seed=7)).matrix
    factor = loadings(covariance=covariance)
    assert factor == pytest.approx(np.linalg.cholesky(covariance), rel=1e-12, abs=1e-18)
    rows = lower_triangle(matrix=factor)
    assert rows.size == 10
    assert list(rows[:3]) == [factor[0, 0], factor[1, 0], factor[1, 1]]


@settings(max_examples=60, deadline=None)
@given(square_roots)
def test_repair_is_positive_semidefinite_keeps_variances_and_is_idempotent(root):
    matrix = (root + root.T) / 2
    np.fill_diagonal(matrix, np.abs(np.diag(matrix)) + 1.0)
    repaired = nearest_positive_semidefinite(matrix=matrix)
    assert is_positive_semidefinite(matrix=repaired)
    assert np.diag(repaired) == pytest.approx(np.diag(matrix), rel=1e-9)
    assert np.array_equal(nearest_positive_semidefinite(matrix=repaired), repaired)
    loadings(covariance=repaired)


def test_a_valid_matrix_is_returned_unchanged():
    covariance = shrunk_covariance(observations=observations(rows=500, seed=8)).matrix
    assert np.array_equal(nearest_positive_semidefinite(matrix=covariance), covariance)


def test_an_indefinite_matrix_is_named_and_refused():
    impossible = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    assert not is_positive_semidefinite(matrix=impossible)
    with pytest.raises(InvalidInput, match=r"eigenvalue -0\.8.*nearest_positive_semidefinite"):
        loadings(covariance=impossible)


@pytest.mark.parametrize(
    "matrix", [[[1.0, 2.0]], [[1.0, 0.5], [0.4, 1.0]], [[math.nan]], [1.0, 2.0], [[1.0, 0.0], [0.0, -1.0]]]
)
def test_what_is_no_covariance_is_refused(matrix):
    with pytest.raises(InvalidInput):
        nearest_positive_semidefinite(matrix=matrix)


def test_samples_without_information_are_refused():
    with pytest.raises(InvalidInput, match="factor 1 never moves"):
        shrunk_covariance(observations=[[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    with pytest.raises(NotEnoughObservations):
        shrunk_covariance(observations=[[1.0, 2.0]])
