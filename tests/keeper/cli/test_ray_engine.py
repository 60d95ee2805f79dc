"""`[engine] kind = "ray"` in a keeper's configuration: a real local cluster of two workers, the same figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from keeper.assess import Assessor, parse_history
from keeper.cli.wiring import opened_engine
from keeper.config import load_settings
from keeper.engine import RayExecutor
from tests.keeper.cli.conftest import in_a_process
from tests.keeper.market_cases import HISTORY_DOCUMENT, MODEL, inputs, parameters

pytest.importorskip("ray", reason="the Ray engine is not installed: pip install tailguard[ray]")
pytestmark = pytest.mark.chain

CLUSTER = ("[rounds]", '[engine]\nkind = "ray"\nworkers = 2\n\n[rounds]')


def test_a_round_through_the_command_line_is_that_of_the_embedded_engine(
    chain, keeper_file: Callable[..., Path]
) -> None:
    chain.show_market()
    threads, cluster = (
        in_a_process("keeper", "once", "--config", keeper_file(*changes), "--json")
        for changes in ((), (CLUSTER,))
    )
    assert (threads.code, cluster.code) == (0, 0), cluster.err
    assert cluster.json["mode"] == "normal"
    for key in ("prices", "missing", "silent", "sequences"):
        assert cluster.json[key] == threads.json[key]


def test_the_configured_cluster_assesses_accounts_to_the_last_bit(keeper_file: Callable[..., Path]) -> None:
    model = dataclasses.replace(MODEL, student_t=4_000)  # a matrix worth sharing
    history = parse_history(HISTORY_DOCUMENT)
    here = Assessor(model=model, history=history).assess(inputs(), parameters())
    with opened_engine(load_settings(keeper_file(CLUSTER))) as executor:
        assert isinstance(executor, RayExecutor)
        there = Assessor(model=model, history=history, executor=executor).assess(inputs(), parameters())
        assert executor.shared_bytes > 0  # the matrix went through the cluster's store
    assert there == here
