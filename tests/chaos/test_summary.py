"""The summary's keys are its contract with whoever reads it; the tables are for people."""

from __future__ import annotations

import dataclasses
import io
import json

from rich.console import Console

from tests.chaos.__main__ import Trials
from tests.chaos.faults import FaultRecord
from tests.chaos.kills import Kills
from tests.chaos.quorum import Outcome
from tests.chaos.table import fault_table, kill_table, quorum_table
from tests.chaos.verdict import Verdict

CLEAN = Verdict(updates=3, lost=0, doubled=0, nonce_gaps=0, is_index_equal=True)
FAULT = FaultRecord(
    "timeout", 1, 4, {"node.failed": 2}, ["tailguard_stage_seconds"], "slow", "goes on", 3, 1.5, 0, 0
)
OUTCOME = Outcome(3, 2, ("killed",), 2, 2, 2, 2, 20, 0, 3.1, {"killed": "signer 1: unreachable"})
TRIALS = Trials([FAULT], [CLEAN], [("daemon", Kills({"a": 2, "b": 1}, CLEAN, 9.0))], [OUTCOME], 1.25)


def test_the_keys_of_the_summary():
    document = json.loads(json.dumps(TRIALS.document()))
    assert list(document) == [
        "kills",
        "lost",
        "doubled",
        "nonce_gaps",
        "faults",
        "quorum",
        "soak_slope_kb_per_1000_cycles",
    ]
    assert (document["kills"], document["soak_slope_kb_per_1000_cycles"]) == (3, 1.25)
    assert document["faults"][0]["recovery_seconds"] == 1.5
    assert document["quorum"][0]["is_as_it_must_be"] is True


def test_what_is_lost_anywhere_is_in_the_sum_and_not_clean():
    bad = dataclasses.replace(CLEAN, lost=1, nonce_gaps=2, is_index_equal=False)
    trials = dataclasses.replace(TRIALS, after_faults=[bad])
    assert (trials.document()["lost"], trials.document()["nonce_gaps"], trials.is_clean) == (1, 2, False)
    assert TRIALS.is_clean
    wrong = dataclasses.replace(TRIALS, quorum=[dataclasses.replace(OUTCOME, wrong=1)])
    assert not wrong.is_clean
    unnamed = dataclasses.replace(TRIALS, quorum=[dataclasses.replace(OUTCOME, reported={"killed": ""})])
    assert not unnamed.is_clean
    assert not dataclasses.replace(TRIALS, is_flat=False).is_clean
    late = dataclasses.replace(TRIALS, quorum=[dataclasses.replace(OUTCOME, takeover_seconds=1_801)])
    assert not late.is_clean


def test_every_trial_has_its_table():
    console = Console(file=io.StringIO(), width=160)
    for table in (
        fault_table(TRIALS.faults, CLEAN),
        kill_table(*TRIALS.kills[0]),
        quorum_table(TRIALS.quorum),
    ):
        console.print(table)
    text = console.file.getvalue()
    for words in ("timeout", "goes on", "node.failed x2", "daemon: 3 kills", "as it must be"):
        assert words in text
