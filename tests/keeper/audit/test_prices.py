"""The mirror of the price combination: worked examples, silence, and what governance's events change."""

from __future__ import annotations

import pytest

from keeper.audit.prices import SourceReplay, combine, widen
from keeper.chain import AuditEvent, PriceInterval

WAD = 10**18
SILENT = PriceInterval(0, 0, 0, 0)
ZERO = "0x" + "00" * 20
FEED = "0x" + "11" * 20


def at(price: int, width: int, observed_at: int = 1) -> PriceInterval:
    return PriceInterval(price - width, price, price + width, observed_at)


@pytest.mark.parametrize(
    ("signed", "before", "sources", "expected", "agreeing"),
    [
        (at(100, 1), None, [], (99, 100, 101), 0),
        (at(100, 1), None, [at(97, 5)], (97, 100, 101), 1),
        (at(120, 1), None, [at(100, 5)], (95, 105, 121), 0),
        (at(100, 1), None, [at(100, 5), at(500, 5)], (99, 100, 101), 1),
        (at(500, 1), None, [at(100, 5), at(102, 5)], (95, 107, 501), 0),
        (None, None, [at(100, 5), at(104, 2)], (100, 102, 105), 2),
        (at(50, 1), at(100, 2), [], (49, 100, 102), 0),
        (at(50, 1), at(100, 2), [at(52, 2)], (50, 50, 52), 1),
        (at(100, 1), None, [SILENT], (99, 100, 101), 0),
    ],
)
def test_each_kind_of_case_has_the_contracts_interval(signed, before, sources, expected, agreeing) -> None:
    interval, count = combine(signed, before, sources)
    assert interval is not None
    assert (interval.low, interval.price, interval.high) == expected
    assert count == agreeing


def test_without_any_answer_there_is_no_interval() -> None:
    assert combine(None, None, [SILENT, SILENT]) == (None, 0)


def test_a_quarter_of_a_year_widens_by_half_the_annual_volatility() -> None:
    interval = widen(
        price=1_000 * WAD,
        confidence=WAD,
        observed_at=0,
        now=365 * 86_400 // 4,
        age_volatility=8 * WAD // 10,
    )
    assert interval == PriceInterval(599 * WAD, 1_000 * WAD, 1_401 * WAD, 0)


def event(name: str, **arguments: object) -> AuditEvent:
    return AuditEvent(
        contract="PriceIntervals",
        address=FEED,
        name=name,
        arguments=arguments,
        seq=1,
        running_hash=b"",
        payload_hash=b"",
        block_number=1,
        log_index=0,
        transaction_hash="0x",
    )


def test_events_move_sources_uptime_and_pause() -> None:
    replay = SourceReplay()
    listed = {"first": FEED, "second": ZERO, "third": ZERO, "fourth": ZERO}
    replay.apply(event("SourcesSet", underlying=1, **listed))
    earlier = replay.copy()
    replay.apply(event("SourcesSet", underlying=1, **dict.fromkeys(listed, ZERO)))
    replay.apply(event("SequencerUptimeSet", uptime=FEED))
    replay.apply(event("Paused", until=500, startedAt=100, reason=b""))
    assert (replay.sources[1], replay.uptime, replay.paused_until) == ((), FEED, 500)
    replay.apply(event("PauseEnded", endedAt=200))
    assert replay.paused_until == 200
    assert earlier.sources[1] == (FEED,)
