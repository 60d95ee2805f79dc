"""A strategy process that works, crashes, hangs, lies, chatters or grows: the liquidator waits and goes on."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from keeper.liquidator.strategy_process import ProcessPolicy, ProcessStrategy
from tests.keeper.liquidator.quote_cases import fill, opportunity, quote

REPOSITORY = Path(__file__).parents[3]
QUICK = ProcessPolicy(answer_seconds=3.0, stop_seconds=3.0, pause_seconds=0.05, most_pause_seconds=0.2)
IMPATIENT = ProcessPolicy(answer_seconds=0.3, stop_seconds=0.1, pause_seconds=0.05, most_pause_seconds=0.2)
ANSWER = """
import json, sys
for line in sys.stdin:
    q = json.loads(line)
    print(json.dumps({"id": q["id"], "action": "act", "fraction": "0.25"}), flush=True)
"""


@asynccontextmanager
async def running(code: str, policy: ProcessPolicy = QUICK):
    strategy = ProcessStrategy([sys.executable, "-c", code], policy)
    try:
        yield strategy
    finally:
        await strategy.close()


async def test_questions_are_answered_by_one_process_one_after_the_other():
    async with running(ANSWER) as strategy:
        answers = [await strategy.decide(opportunity(number=n)) for n in (1, 2, 3)]
        assert [(a.id, a.action, a.fraction) for a in answers] == [(n, "act", "0.25") for n in (1, 2, 3)]
        process = strategy._process
    assert process.returncode == 0  # its input was closed, and it ended by itself


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit(3)", "ended after"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended after"),
        ("input(); print('buy everything')", "no answer"),
        ('input(); print(\'{"id": 99, "action": "act"}\')', "answer to question 99"),
        ('input(); print(\'{"id": 1, "action": "act", "fraction": "2"}\')', "no answer"),
        ('input(); print(\'{"id": 1, "action": "act", "fraction": "-0.5"}\')', "no answer"),
        ('input(); print(\'{"id": 1, "action": "act", "most_gas": 9}\')', "no answer"),
        ('input(); print(\'{"id": 1, "action": "bid-all"}\')', "no answer"),
        ("input(); print('x' * 1000000)", "limit"),
    ],
)
async def test_what_is_no_valid_answer_means_waiting(code, words):
    async with running(code) as strategy:
        answer = await strategy.decide(opportunity())
        assert (answer.action, answer.id) == ("wait", 1)
        assert words in answer.reason


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import sys\nwhile True: sys.stdout.write('x'); sys.stdout.flush()",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    ],
)
async def test_a_hanging_process_is_ended_and_started_again_after_a_pause(code):
    async with running(code, IMPATIENT) as strategy:
        async with asyncio.timeout(3):
            answer = await strategy.decide(opportunity())
        assert (answer.action, strategy._process) == ("wait", None)
        pausing = await strategy.decide(opportunity(number=2))
        assert "pausing" in pausing.reason
        await asyncio.sleep(0.3)
        assert "pausing" not in (await strategy.decide(opportunity(number=3))).reason


async def test_a_command_that_does_not_exist_means_waiting():
    strategy = ProcessStrategy(["/nowhere/strategy"], QUICK)
    assert (await strategy.decide(opportunity())).action == "wait"
    await strategy.close()


async def test_a_process_that_recovers_is_asked_again(tmp_path):
    flag = tmp_path / "well"
    code = f"import os\nif not os.path.exists({str(flag)!r}): raise SystemExit(1)\n{ANSWER}"
    async with running(code) as strategy:
        assert (await strategy.decide(opportunity())).action == "wait"
        flag.touch()
        await asyncio.sleep(0.3)
        assert (await strategy.decide(opportunity())).action == "act"


async def test_it_never_sees_the_liquidators_environment(monkeypatch):
    monkeypatch.setenv("TAILGUARD_KEY_PASSWORD", "correct horse")
    code = ANSWER.replace(
        '"fraction": "0.25"', '"fraction": "0.25", "reason": " ".join(__import__("os").environ)'
    )
    async with running(code) as strategy:
        answer = await strategy.decide(opportunity())
    assert "PATH" in answer.reason
    assert "TAILGUARD" not in answer.reason


async def test_a_talkative_process_does_not_block():
    code = ANSWER.replace("q = json", "sys.stderr.write('y' * 500000); q = json")
    async with running(code) as strategy:
        assert (await strategy.decide(opportunity())).action == "act"


async def test_its_children_end_with_it():
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); input(); print(p.pid); input()"
    async with running(code) as strategy:
        answer = await strategy.decide(opportunity())
    pid = int(answer.reason.split("b'")[1].split("\\n")[0])
    await asyncio.sleep(0.2)
    # An orphan that nobody has reaped yet is over all the same.
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_the_example_strategy_speaks_the_protocol():
    command = [sys.executable, str(REPOSITORY / "deploy/liquidator/careful.py")]
    strategy = ProcessStrategy(command, QUICK)
    try:
        answer = await strategy.decide(opportunity())
        assert (answer.action, float(answer.fraction)) == ("act", 0.25)
        for poor in (quote(fill=fill(profit_low="22")), quote(fill=None), quote(action="nothing", fill=None)):
            assert (await strategy.decide(opportunity(poor))).action == "wait"
        assert (await strategy.decide(opportunity(quote(action="end", fill=None)))).action == "act"
    finally:
        await strategy.close()
