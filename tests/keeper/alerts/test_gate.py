"""Which alarms reach people: tables of cases for severity, repetition and quiet hours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.alarms import Alarm, Severity
from keeper.alerts import AlertGate, AlertPolicy, Outcome, QuietHours

DAY = 20_000 * 86_400
NIGHT = QuietHours.between("22:00", "07:00")


def at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return DAY + int(hours) * 3600 + int(minutes) * 60


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        (NIGHT, "21:59", False),
        (NIGHT, "22:00", True),
        (NIGHT, "03:00", True),
        (NIGHT, "06:59", True),
        (NIGHT, "07:00", False),
        (QuietHours.between("12:00", "13:00"), "12:30", True),
        (QuietHours.between("12:00", "13:00"), "13:00", False),
        (QuietHours.between("00:00", "00:00"), "00:00", False),
        (QuietHours(), "12:00", False),
    ],
)
def test_quiet_hours_at_the_edges(hours, clock, quiet):
    assert hours.contain(at(clock)) is quiet


@pytest.mark.parametrize("clock", ["24:00", "7:00", "07:60", "", "noon"])
def test_a_time_of_day_has_one_form(clock):
    with pytest.raises(ValueError, match="HH:MM"):
        QuietHours.between(clock, "08:00")


def test_the_same_alarm_is_sent_once_a_window_and_counts_its_repeats():
    gate = AlertGate(AlertPolicy(repeat_seconds=600))
    noon = at("12:00")
    outcomes = [gate.judge(Alarm.HALTED, "", noon + s).outcome for s in (0, 1, 599)]
    assert outcomes == [Outcome.SENT, Outcome.DUPLICATE, Outcome.DUPLICATE]
    again = gate.judge(Alarm.HALTED, "", noon + 600)
    assert (again.outcome, again.repeats) == (Outcome.SENT, 2)


def test_subjects_are_told_apart():
    gate = AlertGate(AlertPolicy())
    noon = at("12:00")
    for subject in ("peer 1", "peer 2"):
        assert gate.judge(Alarm.PEER_DISAGREES, subject, noon).outcome is Outcome.SENT
        assert gate.judge(Alarm.PEER_DISAGREES, subject, noon).outcome is Outcome.DUPLICATE


def test_critical_alarms_pass_quiet_hours_and_others_wait_for_the_morning():
    gate = AlertGate(AlertPolicy(quiet=NIGHT))
    assert gate.judge(Alarm.HALTED, "", at("23:00")).outcome is Outcome.SENT
    assert gate.judge(Alarm.DEGRADED, "", at("23:00")).outcome is Outcome.HELD
    assert gate.judge(Alarm.DEGRADED, "", at("23:30")).outcome is Outcome.HELD
    assert gate.released(at("06:59")) == {}
    assert gate.released(at("07:00")) == {(Alarm.DEGRADED, ""): 2}
    assert gate.released(at("07:00")) == {}


def test_what_is_below_the_least_severity_is_minor():
    gate = AlertGate(AlertPolicy(least=Severity.CRITICAL))
    assert gate.judge(Alarm.DEGRADED, "", at("12:00")).outcome is Outcome.MINOR
    assert gate.judge(Alarm.NO_QUORUM, "", at("12:00")).outcome is Outcome.SENT


raised = st.lists(
    st.tuples(st.sampled_from(list(Alarm)), st.sampled_from("abc"), st.integers(0, 400)), max_size=60
)


@given(raised=raised, repeat=st.integers(1, 3_000))
def test_no_pair_is_sent_twice_in_a_window_and_no_critical_alarm_is_lost(raised, repeat):
    gate = AlertGate(AlertPolicy(least=Severity.INFO, repeat_seconds=repeat, quiet=NIGHT))
    now, last = at("20:00"), {}
    for alarm, subject, later in raised:
        now += later
        outcome = gate.judge(alarm, subject, now).outcome
        before = last.get((alarm, subject))
        if outcome is Outcome.SENT:
            assert before is None or now - before >= repeat
            last[alarm, subject] = now
        if alarm.severity is Severity.CRITICAL:
            assert outcome is Outcome.SENT or now - before < repeat


def test_memory_is_of_the_last_windows_only():
    gate = AlertGate(AlertPolicy(repeat_seconds=10))
    for step in range(1_000):
        gate.judge(Alarm.PEER_DISAGREES, f"peer {step}", at("12:00") + step * 10)
    assert len(gate._sent) <= 3
