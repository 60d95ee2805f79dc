"""The short form of `make chaos`: one kill at every named step, every fault once."""

from __future__ import annotations

import pytest

from tests.chaos import daemon_kills
from tests.chaos.daemon_kills import daemon_killed
from tests.chaos.faults import suffered
from tests.chaos.kills import STEPS, killed

pytestmark = pytest.mark.chain


async def test_the_whole_daemon_killed_at_every_named_step_loses_doubles_and_skips_nothing(tmp_path):
    kills = await daemon_killed(tmp_path, times=len(daemon_kills.STEPS), seed=1)
    assert kills.by_step == dict.fromkeys(daemon_kills.STEPS, 1)
    assert kills.verdict.is_clean, kills.verdict
    assert kills.verdict.updates > len(daemon_kills.STEPS)


async def test_a_kill_at_every_named_step_loses_doubles_and_skips_nothing(tmp_path):
    kills = await killed(tmp_path, times=len(STEPS), seed=1)
    assert kills.by_step == dict.fromkeys(STEPS, 1)
    assert kills.verdict.is_clean, kills.verdict


async def test_every_fault_is_seen_survived_and_recovered_from(tmp_path):
    records, verdict = await suffered(tmp_path)
    assert verdict.is_clean, verdict
    for record in records:
        assert (record.lost, record.doubled) == (0, 0), record
        assert record.recovery_seconds < 60.0, record
    one_of_three = [record for record in records if record.nodes == 1]
    assert [record.fault for record in one_of_three if not record.progress_during] == []
    told = {(record.fault, record.nodes): record for record in records}
    unseen = {fault for (fault, nodes), record in told.items() if nodes == 3 and not record.operator_sees}
    assert unseen == set()
    for key, event, metric in (
        (("reply_lost", 1), "node.failed", "tailguard_node_troubles"),
        (("reordered_blocks", 1), "node.stepped_back", "tailguard_node_troubles"),
        (("slow_disk", 0), "store.slow", "tailguard_store_slow"),
    ):
        assert event in told[key].operator_sees, told[key]
        assert metric in told[key].told_by, told[key]
