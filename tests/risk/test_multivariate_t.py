"""The multivariate t fit finds the law it was drawn from, and its likelihood is scipy's."""

import numpy as np
import pytest
from scipy import stats

from risk.dependence.multivariate_t import fit_multivariate_t
from risk.errors import InvalidInput, NotEnoughObservations

SCATTER = np.array([[0.0016, -0.002], [-0.002, 0.01]])


def draw(*, degrees, rows, seed=1):
    law = stats.multivariate_t(loc=[0.001, -0.002], shape=SCATTER, df=degrees)
    return law.rvs(size=rows, random_state=np.random.Generator(np.random.Philox(key=seed)))


@pytest.mark.parametrize("degrees", [3.0, 6.0])
def test_parameters_are_recovered(degrees):
    fit = fit_multivariate_t(observations=draw(degrees=degrees, rows=20_000))
    assert fit.degrees_of_freedom == pytest.approx(degrees, rel=0.08)
    assert fit.scatter == pytest.approx(SCATTER, rel=0.06)


def test_likelihood_is_the_density_and_a_local_maximum():
    rows = draw(degrees=5.0, rows=800)
    fit = fit_multivariate_t(observations=rows)

    def likelihood(location, scatter, degrees):
        return stats.multivariate_t(loc=location, shape=scatter, df=degrees).logpdf(rows).sum()

    best = likelihood(fit.location, fit.scatter, fit.degrees_of_freedom)
    assert fit.log_likelihood == pytest.approx(best, rel=1e-9)
    for factor in (0.98, 1.02):
        assert likelihood(fit.location, fit.scatter * factor, fit.degrees_of_freedom) < best
        assert likelihood(fit.location, fit.scatter, fit.degrees_of_freedom * factor) < best


def test_units_scale_through():
    rows = draw(degrees=5.0, rows=800)
    small, large = (fit_multivariate_t(observations=rows * scale) for scale in (1.0, np.array([1e4, 1e-3])))
    assert large.degrees_of_freedom == pytest.approx(small.degrees_of_freedom, rel=1e-6)
    assert large.scatter == pytest.approx(small.scatter * np.outer([1e4, 1e-3], [1e4, 1e-3]), rel=1e-6)


def test_normal_data_reach_the_upper_bound():
    generator = np.random.Generator(np.random.Philox(key=5))
    assert fit_multivariate_t(observations=generator.standard_normal((5_000, 2))).degrees_of_freedom > 60


def test_samples_without_a_scatter_are_refused():
    rows = draw(degrees=5.0, rows=100)
    with pytest.raises(InvalidInput, match="linear combinations"):
        fit_multivariate_t(observations=np.column_stack([rows, rows[:, 0]]))
    with pytest.raises(InvalidInput, match="column 1 never moves"):
        fit_multivariate_t(observations=np.column_stack([rows[:, 0], np.ones(100)]))
    with pytest.raises(NotEnoughObservations, match="20 rows, got 19"):
        fit_multivariate_t(observations=rows[:19])
