"""Scenario sets: what happened, what could, without drift, and the same bits from the same seed."""

import math

import numpy as np
import pytest
from scipy import stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns.history import History, log_moves, window_moves
from risk.scenarios import ScenarioConfig, ScenarioSet, blend, build_scenarios, factor_moves
from risk.scenarios.generators import filtered_historical_moves, student_t_moves
from tests.risk.market_history import HOUR, hourly_history

HISTORY = hourly_history()


def config(**changes):
    base = {
        "horizon_steps": 24,
        "seed": 7,
        "historical_count": 200,
        "filtered_count": 400,
        "student_t_count": 400,
    }
    return ScenarioConfig(**(base | changes))


def only(kind, count, **changes):
    counts = {"historical_count": 0, "filtered_count": 0, "student_t_count": 0} | {f"{kind}_count": count}
    return config(**(counts | changes))


def steady_history(*, bars):
    times = HOUR * np.arange(bars)
    growth = 1.01 ** np.arange(bars)[:, None]
    return History(timestamps=times, spots=100 * growth, volatilities=0.5 / growth, step_seconds=HOUR)


def test_windows_overlap_and_compound():
    moves = window_moves(history=steady_history(bars=30), steps=24)
    assert moves.shape == (6, 2)
    assert moves[:, 0] == pytest.approx(1.01**24 - 1)
    assert moves[:, 1] == pytest.approx(1.01**-24 - 1)


def test_historical_scenarios_are_the_newest_windows():
    got = build_scenarios(history=HISTORY, config=only("historical", 50))
    assert got.counts == (("historical", 50),)
    assert got.spot_returns[-1] == pytest.approx(HISTORY.spots[-1] / HISTORY.spots[-25] - 1)
    assert got.volatility_moves[0] == pytest.approx(HISTORY.volatilities[-50] / HISTORY.volatilities[-74] - 1)


def test_historical_gives_the_windows_there_are():
    assert build_scenarios(history=HISTORY, config=only("historical", 10**6)).scenarios == HISTORY.bars - 24


@pytest.mark.parametrize("kind", ["filtered", "student_t"])
def test_simulated_moves_have_no_drift(kind):
    got = build_scenarios(history=HISTORY, config=only(kind, 500))
    assert got.spot_returns.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-14)
    assert got.volatility_moves.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-14)


@pytest.mark.parametrize("kind", ["filtered", "student_t"])
def test_simulated_moves_keep_the_dependence_of_the_history(kind):
    got = build_scenarios(history=HISTORY, config=only(kind, 4_000))
    simulated = stats.spearmanr(factor_moves(scenarios=got)).statistic
    observed = stats.spearmanr(window_moves(history=HISTORY, steps=24)).statistic
    # 60 non-overlapping days know a rank correlation within about 0.13: twice that.
    assert simulated == pytest.approx(observed, abs=0.26)
    assert simulated[0, 1] < -0.3
    assert simulated[0, 2] > 0.5


def test_filtered_scenarios_start_from_the_variance_given():
    calm, wild = (
        build_scenarios(history=HISTORY, config=only("filtered", 4_000), recent_variance=variance)
        for variance in ([1e-6, 1e-6], [1e-3, 1e-6])
    )
    assert wild.spot_returns[:, 0].std() > 3 * calm.spot_returns[:, 0].std()
    assert wild.spot_returns[:, 1] == pytest.approx(calm.spot_returns[:, 1])


def test_one_filtered_step_is_a_rescaled_residual():
    """Over one step the variance of the set is the start variance: residuals have variance one."""
    moves = filtered_historical_moves(
        history=HISTORY,
        horizon_steps=1,
        count=40_000,
        generator=np.random.Generator(np.random.Philox(key=1)),
        maximum_log_move=2.0,
        recent_variance=[4e-4, 1e-4],
    )
    assert np.log1p(moves[:, [0, 2]]).std(axis=0) == pytest.approx([0.02, 0.01], rel=0.05)


def test_student_t_scenarios_have_fat_tails_together():
    moves = student_t_moves(
        history=HISTORY,
        horizon_steps=24,
        count=20_000,
        generator=np.random.Generator(np.random.Philox(key=2)),
        maximum_log_move=2.0,
    )
    assert stats.kurtosis(np.log1p(moves[:, 0])) > 0.5
    observed = np.log1p(window_moves(history=HISTORY, steps=24)).std(axis=0)
    assert np.log1p(moves).std(axis=0) == pytest.approx(observed, rel=0.25)


def test_the_bound_on_a_move_holds():
    got = build_scenarios(history=HISTORY, config=only("student_t", 4_000, maximum_log_move=0.02))
    spread = np.log1p(got.spot_returns)
    assert spread.max() - spread.min() <= 2 * 0.02 + 0.01


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    first, again = (build_scenarios(history=HISTORY, config=config()) for _ in range(2))
    other = build_scenarios(history=HISTORY, config=config(seed=8))
    assert first.spot_returns.tobytes() == again.spot_returns.tobytes()
    assert first.volatility_moves.tobytes() == again.volatility_moves.tobytes()
    assert first.label == again.label == "historical:200+filtered_historical:400+student_t:400"
    assert not np.array_equal(first.spot_returns[200:], other.spot_returns[200:])
    assert np.array_equal(first.spot_returns[:200], other.spot_returns[:200])


def test_one_kind_does_not_disturb_the_stream_of_another():
    alone = build_scenarios(history=HISTORY, config=only("student_t", 400))
    blended = build_scenarios(history=HISTORY, config=config())
    assert np.array_equal(blended.spot_returns[-400:], alone.spot_returns)


def test_scenarios_and_histories_cannot_be_written_to():
    got = build_scenarios(history=HISTORY, config=only("historical", 10))
    for array in (got.spot_returns, got.volatility_moves, HISTORY.spots, HISTORY.timestamps):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_blend_keeps_order_and_counts():
    up = ScenarioSet(np.array([[0.1]]), np.array([[0.0]]), "up")
    down = ScenarioSet(np.array([[-0.1], [-0.2]]), np.array([[0.5], [-1.0]]), "down")
    both = blend(parts=[up, down])
    assert both.counts == (("up", 1), ("down", 2))
    assert list(both.spot_returns[:, 0]) == [0.1, -0.1, -0.2]
    assert factor_moves(scenarios=both)[1] == pytest.approx([-0.1, 0.5])
    with pytest.raises(InvalidInput, match=r"\[1, 2\] underlyings"):
        blend(parts=[up, ScenarioSet(np.zeros((1, 2)), np.zeros((1, 2)), "wide")])
    with pytest.raises(NotEnoughObservations):
        blend(parts=[])


@pytest.mark.parametrize(
    ("spots", "moves"),
    [
        ([[-1.0]], [[0.0]]),
        ([[0.0]], [[-1.1]]),
        ([[math.nan]], [[0.0]]),
        ([[0.0]], [[0.0], [0.0]]),
        ([0.0], [0.0]),
        (np.zeros((3, 0)), np.zeros((3, 0))),
    ],
)
def test_moves_that_cannot_be_are_refused(spots, moves):
    with pytest.raises(InvalidInput):
        ScenarioSet(np.array(spots), np.array(moves), "bad")


def test_counts_must_add_up():
    with pytest.raises(InvalidInput, match="do not add up to 1 scenarios"):
        ScenarioSet(np.zeros((1, 1)), np.zeros((1, 1)), "bad", (("a", 2),))


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": -1},
        {"seed": 2**64},
        {"seed": 1.5},
        {"horizon_steps": 0},
        {"historical_count": -1},
        {"maximum_log_move": math.nan},
        {"maximum_log_move": 0.0},
        {"historical_count": 0, "filtered_count": 0, "student_t_count": 0},
    ],
)
def test_a_configuration_that_describes_nothing_is_refused(changes):
    with pytest.raises(InvalidInput):
        config(**changes)


@pytest.mark.parametrize("variance", [[1e-4], [0.0, 1e-4], [math.nan, 1e-4], [-1.0, 1.0]])
def test_a_start_variance_that_cannot_be_is_refused(variance):
    with pytest.raises(InvalidInput, match="recent_variance"):
        build_scenarios(history=HISTORY, config=only("filtered", 10), recent_variance=variance)


def test_histories_that_are_none_are_refused():
    good = {
        "timestamps": [0, 1, 2],
        "spots": np.ones((3, 1)),
        "volatilities": np.ones((3, 1)),
        "step_seconds": 1,
    }
    History(**good)
    for name, value in [
        ("timestamps", [0, 1, 3]),
        ("timestamps", [0, 1]),
        ("spots", np.zeros((3, 1))),
        ("spots", np.ones((3, 2))),
        ("volatilities", np.full((3, 1), math.nan)),
        ("step_seconds", 0),
    ]:
        with pytest.raises(InvalidInput):
            History(**(good | {name: value}))
    with pytest.raises(NotEnoughObservations):
        History(np.array([0]), np.ones((1, 1)), np.ones((1, 1)), 1)


def test_a_history_shorter_than_the_horizon_is_refused():
    with pytest.raises(NotEnoughObservations, match="need 25 bars, got 24"):
        log_moves(history=steady_history(bars=24), steps=24)


def test_a_frozen_price_is_refused_by_the_models():
    with pytest.raises(InvalidInput, match="returns that move"):
        build_scenarios(
            history=History(HOUR * np.arange(300), np.ones((300, 1)), np.ones((300, 1)), HOUR),
            config=only("filtered", 10),
        )
