"""Two daemons that must both sign: a round taken back by a reorganisation returns beside the next one, led by a keeper
that was started in between."""

from __future__ import annotations

import os
import signal

import pytest

from tests.chaos.daemon_kills import REORGANISED_BLOCKS
from tests.chaos.daemon_rig import INTERVAL_SECONDS, DaemonRig, opened
from tests.chaos.daemon_verdict import judged

pytestmark = pytest.mark.chain
VICTIM = 0


@pytest.mark.parametrize("leader", [VICTIM, 1])
async def test_the_returned_round_and_the_next_one_both_find_their_place(tmp_path, leader):
    """Chain time stands still while the rounds are played: a keeper that waits for a takeover waits for ever."""
    async with opened(tmp_path, keepers=2) as rig:
        (other,) = rig.others
        while len(rig.rounds) < 2 or leader_of(rig, rig.step + 1) != leader:
            await rig.begin()
            await rig.finish()
        returned = await sequence(rig)
        rig.victim.kill()
        os.kill(other.pid, signal.SIGSTOP)  # whoever has the transactions does not send them again yet
        await rig.reorganise(REORGANISED_BLOCKS)
        assert await sequence(rig) < returned
        await rig.begin()
        rig.victim.start()
        await rig.victim.line("round.viewed", since=rig.victim.born)
        os.kill(other.pid, signal.SIGCONT)
        await rig.finish()
        assert rig.rounds[rig.step], rig.victim.tail()
        verdict = await judged(rig, tmp_path)
        assert verdict.is_clean, verdict


def leader_of(rig: DaemonRig, step: int) -> int:
    return rig.troupe.market.time(step) // INTERVAL_SECONDS % 2


async def sequence(rig: DaemonRig) -> int:
    return (await rig.troupe.reader.lanes()).sequences[0]
