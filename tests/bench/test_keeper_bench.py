"""The keeper's bench measures what it says: its logs are real, its verdicts fail what misses a must."""

from __future__ import annotations

import dataclasses

import pytest

from keeper.types import AccountState, LegState
from tests.bench.bench_keeper import exponent
from tests.bench.keeper_indexed import IndexedBook
from tests.bench.keeper_reads import log_decoding
from tests.bench.keeper_standards import AIMED, DISAGREES, MET, MISSED, OVER_AIM, findings

DOCUMENT = {
    "log_decoding": {"agree": True, "ratio": 20.0},
    "account_reads": {"agree": True, "ratio": 30.0},
    "growth_exponent": {"on_chain": 1.1, "indexed": None},
    "on_chain": [{"accounts": 1_000, "cpu_seconds": 9.0}, {"accounts": 10_000, "cpu_seconds": 2.1}],
    "indexed": [{"accounts": 100_000, "cpu_seconds": 10.0}],
}


def verdicts(**changes):
    return [item.verdict for item in findings({**DOCUMENT, **changes})]


def test_both_decoders_give_the_same_arguments():
    figures = log_decoding(400)
    assert figures["agree"]
    assert figures["ratio"] > 5.0  # far below what is asked for: a test run is no measurement


def test_a_must_is_a_limit_and_an_aim_only_a_word():
    assert verdicts() == [MET, MET, MET, "not measured", OVER_AIM, AIMED]
    assert verdicts(log_decoding={"agree": True, "ratio": 19.9})[0] == MISSED
    assert verdicts(account_reads={"agree": False, "ratio": 99.0})[1] == DISAGREES
    assert verdicts(growth_exponent={"on_chain": 1.11, "indexed": 0.9})[2:4] == [MISSED, MET]
    failing = [item.is_failure for item in findings({**DOCUMENT, "growth_exponent": {"indexed": 1.2}})]
    assert failing == [False, False, True, False, False]


def test_the_exponent_is_the_power_that_cost_grows_with():
    rows = [{"accounts": n, "cpu_seconds": 3e-4 * n**1.25} for n in (1_000, 10_000, 100_000)]
    assert exponent(rows) == pytest.approx(1.25)
    assert exponent(rows[:1]) is None


async def test_synthesised_logs_are_indexed_as_a_complete_trail(tmp_path):
    book = IndexedBook(tmp_path, 30, view=None, listed=[7, 8, 9])
    book.node.change(range(1, 31))
    assert await book.index() == 30
    before = book.states()
    assert [state.portfolio_nonce for state in before] == [1] * 30
    book.node.change([4, 5])
    assert await book.index() == 2
    assert [state.account for state in book.states() if state.portfolio_nonce == 2] == [4, 5]
    assert book.differences(before) == [4, 5]
    forged: AccountState = dataclasses.replace(before[0], legs=(LegState(7, 1),))
    assert book.differences((forged,)) == [1]
    book.store.close()
