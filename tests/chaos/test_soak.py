"""The short form of the soak: long enough that retention forgets something, and that one round kept a cycle is seen."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.soak import soaked
from tests.chaos.soak_figures import KEPT_CYCLES, Sample, Soak

pytestmark = pytest.mark.chain

MOST_GROWTH_KB = 4_096  # one round kept a cycle would be more than twice as much


async def test_two_hundred_cycles_leave_nothing_open_and_no_table_without_bound(tmp_path):
    soak = await soaked(tmp_path, cycles=200, warm_up=80)
    assert soak.published > 200
    assert (soak.unbounded, soak.handles_growth) == ({}, 0)
    first, last = soak.measured[0], soak.measured[-1]
    assert last.resident_kb - first.resident_kb < MOST_GROWTH_KB
    assert last.rows["prices"] < 2 * 200  # two a cycle were written
    assert last.rows["events"] > first.rows["events"]


async def test_one_that_is_stopped_reports_what_it_has_played(tmp_path):
    stop = asyncio.Event()
    soak = await soaked(tmp_path, cycles=1_000, stop=stop, told=lambda _sample: stop.set())
    assert (soak.cycles, soak.warm_up) == (48, 24)
    assert [sample.cycle for sample in soak.measured] == [48]


def sample(
    cycle: int, *, published: int | None = None, kilobytes: int = 300_000, handles: int = 18, prices: int = 10
) -> Sample:
    names = (
        "rounds",
        "sources",
        "outbox",
        "replaced",
        "evidence",
        "liquidations",
        "bundles",
        "indexed_blocks",
        "meta",
    )
    return Sample(
        cycle,
        cycle if published is None else published,
        kilobytes,
        handles,
        {**dict.fromkeys(names, 0), "prices": prices},
    )


def soak_of(*samples: Sample) -> Soak:
    return Soak(cycles=3_000, warm_up=1_000, seconds=1.0, samples=samples)


def test_the_slope_is_of_what_comes_after_the_warm_up():
    warming = sample(500, kilobytes=100_000)
    flat = soak_of(warming, *(sample(cycle) for cycle in (1_000, 2_000, 3_000)))
    assert flat.slope_kb_per_1000_cycles == pytest.approx(0.0, abs=1e-6)
    assert flat.is_flat
    steep = soak_of(warming, *(sample(n * 1_000, kilobytes=300_000 + 150 * n) for n in (1, 2, 3)))
    assert steep.slope_kb_per_1000_cycles == pytest.approx(150.0)
    assert not steep.is_flat


def test_a_file_left_open_or_a_table_beyond_its_retention_is_no_flat_line():
    cycles = (1_000, 2_000, 3_000)
    assert not soak_of(*(sample(n, handles=18 + (n == 3_000)) for n in cycles)).is_flat
    most = 2 * (KEPT_CYCLES + 24)
    assert soak_of(*(sample(n, prices=most) for n in cycles)).is_flat
    assert soak_of(*(sample(n, prices=most + 1) for n in cycles)).unbounded == {"prices": most + 1}


def test_a_keeper_that_publishes_nothing_any_more_is_not_flat():
    soak = soak_of(*(sample(n, published=min(n, 2_000)) for n in (1_000, 2_000, 3_000)))
    assert soak.idle == [3_000]
    assert not soak.is_flat
