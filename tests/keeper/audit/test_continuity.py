"""The mirror of `PriceContinuity`: jumps that rounds confirm or take back, and rounds after an outage."""

from __future__ import annotations

from itertools import pairwise

from keeper.audit.continuity import RESTART_CAP_SECONDS, SETTLED, Level, Standing, follow

WAD = 10**18
HALT_AGE = 900
VOLATILITY = 8 * WAD // 10


def level(price: int, at: int) -> Level:
    return Level(price * WAD, price * WAD // 1_000, at)


def after(*rounds: tuple[int, int], standing: Standing = SETTLED) -> Standing:
    """The standing after rounds of (price, second), the first being the price there was."""
    levels = [level(price, at) for price, at in rounds]
    for last, following in pairwise(levels):
        standing = follow(
            standing,
            last,
            following,
            now=following.observed_at,
            halt_age=HALT_AGE,
            age_volatility=VOLATILITY,
        )
    return standing


def test_what_volatility_explains_is_settled() -> None:
    assert after((50_000, 0), (49_900, 10)) == SETTLED


def test_three_rounds_confirm_a_jump() -> None:
    first = after((50_000, 0), (25_000, 10))
    assert (first.jump_rounds, first.left) == (1, level(50_000, 0))
    assert after((50_000, 0), (25_000, 10), (25_000, 20)).jump_rounds == 2
    assert after((50_000, 0), (25_000, 10), (25_000, 20), (25_000, 30)) == SETTLED


def test_a_return_takes_a_jump_back_and_the_other_side_counts_anew() -> None:
    assert after((50_000, 0), (25_000, 10), (50_000, 20)) == SETTLED
    other = after((50_000, 0), (25_000, 10), (25_000, 20), (100_000, 30))
    assert (other.jump_rounds, other.left) == (1, level(50_000, 0))


def test_rounds_of_one_second_count_once() -> None:
    assert after((50_000, 0), (25_000, 10), (25_000, 10), (25_000, 10)).jump_rounds == 1


def test_after_an_outage_three_rounds_come_first_or_the_cap() -> None:
    back = HALT_AGE + 1
    restarting = after((50_000, 0), (25_000, back))
    assert restarting.restart_rounds == 1
    assert restarting.left is None
    assert restarting.is_restarting(back + RESTART_CAP_SECONDS - 1)
    assert not restarting.is_restarting(back + RESTART_CAP_SECONDS)
    assert after((50_000, 0), (25_000, back), (25_000, back + 1), (25_000, back + 2)) == SETTLED
    assert after((50_000, 0), (50_000, HALT_AGE)) == SETTLED
