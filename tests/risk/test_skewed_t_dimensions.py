"""The skewed-t copula in three and four dimensions: its margins, its limit, its draws and its fit."""

import math

import numpy as np
import pytest
from scipy import special, stats

from risk.dependence import (
    SkewedTCopula,
    fit_skewed_t_copula,
    simulate_skewed_t_copula,
    skewed_t_copula_log_density,
)
from risk.dependence.t_degrees import t_copula_log_density

R3 = np.array([[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]])
R4 = 0.4 * np.ones((4, 4)) + 0.6 * np.eye(4)
LEAN = np.array([-0.7, 0.2, -0.4])


def generator(key):
    return np.random.Generator(np.random.Philox(key=key))


def test_integrating_one_variable_out_leaves_the_copula_of_the_others():
    """Part of a generalised hyperbolic vector is one, with its part of R and gamma. The third variable is integrated
    away by Gauss-Legendre in Phi^-1(u), 160 nodes; both densities use the 1e-7 margin table."""
    pairs = np.array([[0.03, 0.04], [0.2, 0.9], [0.5, 0.5], [0.97, 0.6]])
    nodes, weights = np.polynomial.legendre.leggauss(160)
    t, w = 6.0 * nodes, 6.0 * weights * np.exp(-0.5 * (6.0 * nodes) ** 2) / math.sqrt(2 * math.pi)
    third = special.ndtr(t)
    rows = np.column_stack([np.repeat(pairs, t.size, axis=0), np.tile(third, len(pairs))])
    whole = np.exp(skewed_t_copula_log_density(copula=SkewedTCopula(R3, 5.0, LEAN), uniforms=rows))
    part = SkewedTCopula(R3[:2, :2], 5.0, LEAN[:2])
    want = np.exp(skewed_t_copula_log_density(copula=part, uniforms=pairs))
    assert whole.reshape(len(pairs), -1) @ w == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize("nu", [3.0, 12.0, 60.0])
def test_without_skewness_it_is_the_student_t_copula_in_four_dimensions(nu):
    rows = np.clip(generator(1).random((60, 4)), 1e-3, 1 - 1e-3)
    got = skewed_t_copula_log_density(copula=SkewedTCopula(R4, nu, np.zeros(4)), uniforms=rows)
    want = [t_copula_log_density(row[None], correlation=R4, degrees=nu) for row in rows]
    assert got == pytest.approx(np.array(want), abs=1e-8)


def test_any_order_of_the_variables_gives_the_same_density():
    rows = np.clip(generator(2).random((40, 3)), 1e-3, 1 - 1e-3)
    here = skewed_t_copula_log_density(copula=SkewedTCopula(R3, 6.0, LEAN), uniforms=rows)
    turn = [2, 0, 1]
    moved = SkewedTCopula(R3[np.ix_(turn, turn)], 6.0, LEAN[turn])
    assert skewed_t_copula_log_density(copula=moved, uniforms=rows[:, turn]) == pytest.approx(here, abs=1e-9)


def test_the_density_is_the_ratio_of_the_joint_and_single_laws_of_its_own_draws():
    """E[1 / c(U)] = 1 under the copula in three dimensions (its own integral over the cube), within five errors."""
    law = SkewedTCopula(R3, 8.0, 0.5 * LEAN)
    draws = simulate_skewed_t_copula(copula=law, count=40_000, generator=generator(3))
    inner = draws[((draws > 0.05) & (draws < 0.95)).all(axis=1)]
    values = np.zeros(len(draws))
    values[: len(inner)] = np.exp(-skewed_t_copula_log_density(copula=law, uniforms=inner))
    error = float(values.std() / math.sqrt(values.size))
    assert values.mean() == pytest.approx(0.9**3, abs=5.0 * error)


def test_draws_keep_uniform_margins_and_pairwise_rank_correlation():
    draws = simulate_skewed_t_copula(
        copula=SkewedTCopula(R3, 6.0, LEAN), count=20_000, generator=generator(4)
    )
    for i in range(3):
        assert stats.kstest(draws[:, i], "uniform").pvalue > 1e-3
        for j in range(i):
            pair = np.ix_([i, j], [i, j])
            alone = simulate_skewed_t_copula(
                copula=SkewedTCopula(R3[pair], 6.0, LEAN[[i, j]]),
                count=20_000,
                generator=generator(5 + i + j),
            )
            taus = [stats.kendalltau(*sample.T).statistic for sample in (draws[:, [i, j]], alone)]
            assert taus[0] == pytest.approx(
                taus[1], abs=0.03
            )  # two samples, error 2/3 / sqrt(n) each, four of it


def test_a_fit_in_four_dimensions_recovers_its_law():
    """2,000 draws; bounds as for two dimensions: 3.5 times the scatter measured there, which more columns narrow."""
    law = SkewedTCopula(R4, 6.0, np.full(4, -0.4))
    draws = simulate_skewed_t_copula(copula=law, count=2_000, generator=generator(9))
    fit = fit_skewed_t_copula(uniforms=draws)
    assert fit.copula.degrees_of_freedom == pytest.approx(6.0, abs=2.7)
    assert fit.copula.skewness == pytest.approx(np.full(4, -0.4), abs=0.27)
    assert fit.copula.correlation == pytest.approx(R4, abs=0.08)
    at_truth = float(skewed_t_copula_log_density(copula=law, uniforms=draws).sum())
    assert fit.log_likelihood >= at_truth - 1e-6 * abs(at_truth)
