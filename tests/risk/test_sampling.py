"""Draws: the same numbers in any order, exact pairs, balanced nets, and tails that need fewer of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk.errors import InvalidInput
from risk.estimates import replicated_estimate, tail_estimates, twisted_tail_estimates
from risk.parametric import exact_tail, quadratic_loss, saddlepoint_value_at_risk
from risk.pricing import black76, black76_price
from risk.scenarios import (
    DeltaGammaTwist,
    antithetic_uniforms,
    normals,
    philox_uniforms,
    random_stream,
    sobol_uniforms,
    uniforms,
)

# A short-gamma book of two correlated factors, in quote currency per 1.00 of move.
BOOK = {
    "delta": [400.0, -150.0],
    "gamma": [[-9_000.0, 500.0], [500.0, -3_000.0]],
    "covariance": [[0.0016, 0.0009], [0.0009, 0.0025]],
}


@given(
    dimensions=st.integers(1, 9),
    first=st.integers(0, 40),
    rows=st.integers(1, 20),
    stream=st.integers(0, 2**64 - 1),
)
@settings(max_examples=60, deadline=None)
def test_any_block_comes_out_the_same_alone(dimensions, first, rows, stream):
    whole = philox_uniforms(seed=5, stream=stream, rows=60, dimensions=dimensions)
    block = philox_uniforms(seed=5, stream=stream, rows=rows, dimensions=dimensions, first_row=first)
    assert (block == whole[first : first + rows]).all()
    assert 0.0 < block.min() <= block.max() < 1.0


def test_philox_words_are_numpys():
    words = np.random.Philox(key=3 | 7 << 64).random_raw(8) >> 12
    got = philox_uniforms(seed=3, stream=7, rows=2, dimensions=4)
    assert (got.ravel() == (words + 0.5) / 2.0**52).all()


def test_streams_and_seeds_differ_and_are_uniform():
    a, b, c = (
        philox_uniforms(seed=s, stream=t, rows=5_000, dimensions=2) for s, t in ((1, 1), (1, 2), (2, 1))
    )
    assert not (a == b).any()
    assert not (a == c).any()
    assert stats.kstest(a.ravel(), "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4.0 / math.sqrt(10_000)


def test_antithetic_rows_are_exact_pairs():
    got = antithetic_uniforms(seed=1, stream=1, rows=100, dimensions=3)
    assert (got[0::2] + got[1::2] == 1.0).all()
    z = normals(technique="antithetic", seed=1, stream=1, rows=100, shape=(3,))
    assert z[0::2] == pytest.approx(-z[1::2], abs=1e-15 * 8)


@pytest.mark.parametrize("rows", [1, 2, 64, 1_024])
def test_sobol_is_a_net_and_repeats(rows):
    """One point in each of `rows` equal cells of every coordinate: the (0, m, 1)-net each column is."""
    got = sobol_uniforms(seed=1, stream=1, rows=rows, dimensions=5)
    assert (np.sort((got * rows).astype(int), axis=0) == np.arange(rows)[:, None]).all()
    assert (got == sobol_uniforms(seed=1, stream=1, rows=rows, dimensions=5)).all()
    assert (got != sobol_uniforms(seed=1, stream=2, rows=rows, dimensions=5)).any()
    assert 0.0 < got.min() <= got.max() < 1.0


def test_sizes_that_break_the_technique_are_refused_with_the_next_good_one():
    with pytest.raises(InvalidInput, match="power of two, got 1000: ask for 512 or 1024"):
        sobol_uniforms(seed=1, stream=1, rows=1_000, dimensions=2)
    with pytest.raises(InvalidInput, match="21201"):
        sobol_uniforms(seed=1, stream=1, rows=2, dimensions=30_000)
    with pytest.raises(InvalidInput, match="pairs, got 7: ask for 8"):
        antithetic_uniforms(seed=1, stream=1, rows=7, dimensions=2)
    with pytest.raises(InvalidInput, match="latin"):
        uniforms(technique="latin", seed=1, stream=1, rows=2, dimensions=2)
    with pytest.raises(InvalidInput, match="64 bits"):
        random_stream(seed=2**64, stream=1)
    for bad in ({"rows": 0}, {"dimensions": 0}, {"first_row": -1}):
        with pytest.raises(InvalidInput):
            philox_uniforms(**({"seed": 1, "stream": 1, "rows": 1, "dimensions": 1} | bad))


def exact(confidence):
    return exact_tail(quadratic_loss(**BOOK), confidence=confidence)


def profit(moves):
    delta, gamma = np.array(BOOK["delta"]), np.array(BOOK["gamma"])
    return moves @ delta + 0.5 * np.einsum("ni,ij,nj->n", moves, gamma, moves)


def plain_moves(z):
    return z @ np.linalg.cholesky(np.array(BOOK["covariance"])).T


def twist(confidence):
    threshold = saddlepoint_value_at_risk(quadratic_loss(**BOOK), confidence=confidence)
    return DeltaGammaTwist.of(**BOOK, threshold=threshold)


def twisted_estimates(*, stream, rows, confidence, technique="plain"):
    z = normals(technique=technique, seed=8, stream=stream, rows=rows, shape=(2,))
    drawn = twist(confidence).moves(normals=z)
    return twisted_tail_estimates(
        profit_and_loss=profit(drawn.moves),
        likelihood_ratios=drawn.likelihood_ratios,
        confidence=confidence,
    )


@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.999])
def test_importance_sampling_finds_the_exact_tail(confidence):
    """Exact by inversion of the moment generating function, inside 4 standard errors of 4,000 draws."""
    got, tail = twisted_estimates(stream=1, rows=4_000, confidence=confidence), exact(confidence)
    assert abs(got.value_at_risk.value - tail.value_at_risk) < 4.0 * got.value_at_risk.standard_error
    assert (
        abs(got.conditional_value_at_risk.value - tail.expected_shortfall)
        < 4.0 * got.conditional_value_at_risk.standard_error
    )


def test_ratios_keep_a_full_revaluation_unbiased():
    """Ten short straddles struck at 100, revalued by Black-76 under a Gaussian move: the twist comes from their Greeks
    alone, the answer from 400,000 plain draws; 4 errors of both together."""
    put_call = {"strike": 100.0, "volatility": 0.8, "years": 0.08}

    def value(move):
        forward = 100.0 * (1.0 + np.clip(move[:, 0], -0.99, None))
        return -10.0 * sum(black76_price(forward=forward, is_call=c, **put_call) for c in (True, False))

    now = value(np.zeros((1, 1)))[0]
    greeks = [black76(forward=100.0, is_call=c, **put_call) for c in (True, False)]
    delta = -10.0 * 100.0 * sum(float(g.delta) for g in greeks)
    gamma = -10.0 * 1e4 * sum(float(g.gamma) for g in greeks)
    book = {"delta": [delta], "gamma": [[gamma]], "covariance": [[0.0025]]}
    threshold = saddlepoint_value_at_risk(quadratic_loss(**book), confidence=0.99)
    drawn = DeltaGammaTwist.of(**book, threshold=threshold).moves(
        normals=normals(technique="plain", seed=5, stream=5, rows=4_000, shape=(1,))
    )
    twisted = twisted_tail_estimates(
        profit_and_loss=value(drawn.moves) - now,
        likelihood_ratios=drawn.likelihood_ratios,
        confidence=0.99,
    )
    moves = 0.05 * normals(technique="plain", seed=5, stream=6, rows=400_000, shape=(1,))
    plain = tail_estimates(profit_and_loss=value(moves) - now, confidence=0.99)
    for name in ("value_at_risk", "conditional_value_at_risk"):
        a, b = getattr(twisted, name), getattr(plain, name)
        assert abs(a.value - b.value) < 4.0 * math.hypot(a.standard_error, b.standard_error)
    per_draw = plain.conditional_value_at_risk.standard_error * math.sqrt(400_000)
    assert twisted.conditional_value_at_risk.standard_error * math.sqrt(4_000) < per_draw / 4.0


def test_the_twisted_draws_are_the_tail_and_their_ratios_are_densities():
    drawn = twist(0.99).moves(normals=normals(technique="plain", seed=8, stream=2, rows=20_000, shape=(2,)))
    threshold = saddlepoint_value_at_risk(quadratic_loss(**BOOK), confidence=0.99)
    assert drawn.approximate_loss == pytest.approx(-profit(drawn.moves), rel=1e-10, abs=1e-10)
    error = drawn.approximate_loss.std() / math.sqrt(20_000)
    assert abs(drawn.approximate_loss.mean() - threshold) < 4.0 * error
    tail = drawn.likelihood_ratios * (drawn.approximate_loss > exact(0.99).value_at_risk)
    assert abs(tail.mean() - 0.01) < 4.0 * tail.std() / math.sqrt(20_000)


@pytest.mark.parametrize(("confidence", "least"), [(0.99, 40.0), (0.999, 250.0)])
def test_importance_sampling_needs_far_fewer_draws(confidence, least):
    """CVaR's mean squared error against the exact one, 100 repetitions of 2,000 draws: 87 and 564 times below plain.

    `least` is about half of that: a ratio of two variances of 100 repetitions wanders by 20%."""
    tail, errors = exact(confidence), {"plain": [], "twisted": []}
    for stream in range(100):
        z = random_stream(seed=9, stream=stream).standard_normal((2_000, 2))
        plain = twisted_tail_estimates(
            profit_and_loss=profit(plain_moves(z)),
            likelihood_ratios=np.ones(2_000),
            confidence=confidence,
            confidence_level=0.5,
        )
        twisted = twisted_estimates(stream=stream + 10, rows=2_000, confidence=confidence)
        errors["plain"].append(plain.conditional_value_at_risk.value - tail.expected_shortfall)
        errors["twisted"].append(twisted.conditional_value_at_risk.value - tail.expected_shortfall)
    plain_error, twisted_error = (np.mean(np.square(errors[k])) for k in ("plain", "twisted"))
    assert plain_error / twisted_error > least


def test_the_interval_of_importance_sampling_covers():
    """300 repetitions of 1,000 draws at 95%: coverage of both within 4 binomial errors (0.05) of the nominal."""
    tail, hits = exact(0.99), np.zeros(2)
    for stream in range(300):
        got = twisted_estimates(stream=stream + 1_000, rows=1_000, confidence=0.99)
        hits += [
            got.value_at_risk.low <= tail.value_at_risk <= got.value_at_risk.high,
            got.conditional_value_at_risk.low
            <= tail.expected_shortfall
            <= got.conditional_value_at_risk.high,
        ]
    assert hits / 300 == pytest.approx([0.95, 0.95], abs=0.05)


def test_antithetic_pairs_give_an_honest_error():
    """A linear book: the error by pairs matches the spread of 200 repetitions within 4 of its own errors, 20%."""
    got = []
    for stream in range(200):
        z = normals(technique="antithetic", seed=12, stream=stream, rows=2_000, shape=(2,))
        got.append(tail_estimates(profit_and_loss=plain_moves(z) @ [1.0, 1.0], confidence=0.95, group_size=2))
    for name in ("value_at_risk", "conditional_value_at_risk"):
        values = np.array([getattr(e, name).value for e in got])
        claimed = np.mean([getattr(e, name).standard_error for e in got])
        assert claimed == pytest.approx(values.std(ddof=1), rel=0.2)


def test_replicated_sobol_finds_the_exact_tail():
    """16 scrambles of 4,096 points: inside 4 standard errors, each at least 2x below plain sampling's."""
    tail, got = exact(0.99), []
    for stream in range(16):
        z = normals(technique="sobol", seed=3, stream=stream, rows=4_096, shape=(2,))
        got.append(tail_estimates(profit_and_loss=profit(plain_moves(z)), confidence=0.99))
    estimate = replicated_estimate(
        replicates=[e.conditional_value_at_risk.value for e in got], confidence_level=0.95
    )
    assert abs(estimate.value - tail.expected_shortfall) < 4.0 * estimate.standard_error
    plain_error = got[0].conditional_value_at_risk.standard_error / math.sqrt(16)
    assert estimate.standard_error < plain_error / 2.0


def test_a_twist_that_cannot_exist_is_refused_with_the_value():
    with pytest.raises(InvalidInput, match="above the mean"):
        DeltaGammaTwist.of(**BOOK, threshold=-1e6)
    with pytest.raises(InvalidInput, match=r"deviation 0\.0"):
        DeltaGammaTwist.of(**(BOOK | {"covariance": np.zeros((2, 2))}), threshold=1.0)
    with pytest.raises(InvalidInput, match="cannot reach"):
        DeltaGammaTwist.of(delta=[0.0], gamma=[[2.0]], covariance=[[1.0]], threshold=1.0)
    with pytest.raises(InvalidInput, match="eigenvalue"):
        DeltaGammaTwist.of(**(BOOK | {"covariance": [[1.0, 2.0], [2.0, 1.0]]}), threshold=1.0)
    with pytest.raises(InvalidInput, match="symmetric"):
        DeltaGammaTwist.of(**(BOOK | {"gamma": [[1.0, 2.0], [0.0, 1.0]]}), threshold=1.0)
    with pytest.raises(InvalidInput, match="must be"):
        DeltaGammaTwist.of(**(BOOK | {"delta": [1.0]}), threshold=1.0)
    with pytest.raises(InvalidInput, match=r"\(n, 2\)"):
        twist(0.99).moves(normals=np.zeros((3, 3)))
