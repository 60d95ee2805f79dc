"""Busy is told from stuck, and stuck from hopeless."""

from __future__ import annotations

import pytest

from keeper.daemon.progress import LIMITS, Progress, Stage
from keeper.daemon.readiness import obstacle


class Seconds:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def progress(seconds):
    return Progress(limits={Stage.OBSERVE: 10.0, Stage.PUBLISH: 20.0}, clock=seconds)


def test_a_stage_is_busy_then_stuck_then_hopeless(progress, seconds):
    with progress.stage(Stage.OBSERVE):
        for elapsed, stuck, live in ((10.0, False, True), (10.5, True, True), (31.0, True, False)):
            seconds.now = 1_000.0 + elapsed
            assert progress.overdue() == ({Stage.OBSERVE: elapsed} if stuck else {})
            assert progress.is_live() is live
    assert (progress.overdue(), progress.is_live()) == ({}, True)


def test_a_loop_that_is_silent_with_nothing_at_work_is_dead(progress, seconds):
    seconds.now += 59.0
    assert progress.is_live()
    seconds.now += 2.0
    assert not progress.is_live()
    progress.look()
    assert progress.is_live()


def test_a_stage_that_fails_has_ended(seconds):
    ended = []
    progress = Progress(clock=seconds, finished=lambda stage, s: ended.append((stage, s)))

    def fails():
        with progress.stage(Stage.SIGN):
            seconds.now += 3.0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert (ended, progress.running_seconds(Stage.SIGN)) == ([(Stage.SIGN, 3.0)], 0.0)


def test_two_runs_of_one_stage_are_counted_by_the_longer(progress, seconds):
    with progress.stage(Stage.PUBLISH):
        seconds.now += 5.0
        with progress.stage(Stage.PUBLISH):
            seconds.now += 1.0
            assert progress.running_seconds(Stage.PUBLISH) == 6.0


def test_every_stage_has_a_limit():
    assert set(LIMITS) == set(Stage)


@pytest.mark.parametrize(
    ("overdue", "number", "finished", "reason"),
    [
        ({}, None, None, ""),
        ({}, 10, 7, ""),
        ({}, 10, 6, "behind: round 10, the last finished one is 6"),
        ({Stage.ASSESS: 181.4}, 10, 6, "stuck: assess for 181 s"),
    ],
)
def test_why_it_is_not_ready(overdue, number, finished, reason):
    assert obstacle(overdue=overdue, number=number, finished=finished) == reason
