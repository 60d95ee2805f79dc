"""Alerts over real HTTP to a local receiver: what arrives, what is tried again, and that no address reaches a log."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
import structlog
from aiohttp import web

from keeper.alarms import Alarm, Severity
from keeper.alerts import (
    AlertDesk,
    AlertGate,
    AlertPolicy,
    AppriseChannel,
    Outcome,
    QuietHours,
    read_addresses,
)
from keeper.clock import ManualClock
from keeper.errors import ConfigurationError

SECRET = "s3cr3t-t0ken"
NOON = 20_000 * 86_400 + 12 * 3600


class Receiver:
    """Takes what apprise posts; refuses the first `refusals` of them."""

    def __init__(self):
        self.taken, self.refusals, self.asked, self.port = [], 0, 0, 0
        self.arrived = asyncio.Event()

    async def post(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.asked <= self.refusals:
            return web.Response(status=500)
        self.taken.append((request.path, await request.json()))
        self.arrived.set()
        return web.Response()

    @property
    def address(self) -> str:
        return f"json://keeper:{SECRET}@127.0.0.1:{self.port}/hook/{SECRET}"


@pytest.fixture
async def receiver():
    taker = Receiver()
    application = web.Application()
    application.router.add_post("/{tail:.*}", taker.post)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taker.port = site._server.sockets[0].getsockname()[1]
    yield taker
    await runner.cleanup()


@asynccontextmanager
async def desk_of(*addresses: str, policy: AlertPolicy | None = None, now: int = NOON, poll_seconds=30.0):
    outcomes: list[tuple[Alarm, Outcome]] = []
    clock = ManualClock(now)
    desk = AlertDesk(
        gate=AlertGate(policy or AlertPolicy()),
        channel=AppriseChannel(addresses, retry_seconds=0.01) if addresses else None,
        clock=clock,
        keeper_name="keeper 1",
        counted=lambda alarm, outcome: outcomes.append((alarm, outcome)),
        poll_seconds=poll_seconds,
    )
    running = asyncio.create_task(desk.run())
    try:
        yield desk, outcomes, clock
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_alarm_arrives_with_its_severity_and_where_the_runbook_explains_it(receiver):
    async with desk_of(receiver.address) as (desk, outcomes, _):
        desk.raise_alarm(Alarm.PREFLIGHT_EXCEEDED, "4 accounts would become liquidatable, budget 3")
        await desk.flush(10)
    ((path, content),) = receiver.taken
    assert path == f"/hook/{SECRET}"
    assert content["title"] == "[keeper 1] CRITICAL preflight exceeded"
    assert "4 accounts" in content["message"]
    assert "runbook: preflight_exceeded" in content["message"]
    assert content["type"] == "failure"
    assert outcomes == [(Alarm.PREFLIGHT_EXCEEDED, Outcome.SENT)]


async def test_repeats_are_counted_into_the_next_message(receiver):
    async with desk_of(receiver.address, policy=AlertPolicy(repeat_seconds=60)) as (desk, outcomes, clock):
        for _ in range(4):
            desk.raise_alarm(Alarm.HALTED, "no price of 2", subject="2")
        await desk.flush(10)
        clock.set(NOON + 60)
        desk.raise_alarm(Alarm.HALTED, "no price of 2", subject="2")
        await desk.flush(10)
    assert len(receiver.taken) == 2
    assert receiver.taken[0][1]["title"] == "[keeper 1] CRITICAL halted (2)"
    assert "(3 more since the last message)" in receiver.taken[1][1]["message"]
    assert [o for _, o in outcomes].count(Outcome.DUPLICATE) == 3


async def test_at_night_only_critical_ones_arrive_and_the_rest_is_told_in_the_morning(receiver):
    policy = AlertPolicy(quiet=QuietHours.between("22:00", "07:00"))
    night = NOON + 12 * 3600
    async with desk_of(receiver.address, policy=policy, now=night, poll_seconds=0.05) as (
        desk,
        outcomes,
        clock,
    ):
        desk.raise_alarm(Alarm.DEGRADED, "sources disperse")
        desk.raise_alarm(Alarm.DEGRADED, "sources disperse")
        desk.raise_alarm(Alarm.NO_QUORUM, "1 of 2 signatures")
        await desk.flush(10)
        assert [content["title"] for _, content in receiver.taken] == ["[keeper 1] CRITICAL no quorum"]
        receiver.arrived.clear()
        clock.set(night + 7 * 3600)
        await asyncio.wait_for(receiver.arrived.wait(), 10)
    assert receiver.taken[1][1]["title"] == "[keeper 1] held during quiet hours"
    assert "[keeper 1] degraded: 2 times" in receiver.taken[1][1]["message"]
    assert (Alarm.DEGRADED, Outcome.HELD) in outcomes


async def test_an_address_that_refuses_is_tried_again_and_the_other_is_not_asked_twice(receiver):
    receiver.refusals = 2
    dead = f"json://127.0.0.1:9/{SECRET}"
    async with desk_of(receiver.address) as (desk, outcomes, _):
        desk.raise_alarm(Alarm.SENDER_LOW, "0.001 left")
        await desk.flush(10)
        assert (receiver.asked, len(receiver.taken)) == (3, 1)
    assert outcomes == [(Alarm.SENDER_LOW, Outcome.SENT)]
    async with desk_of(receiver.address, dead) as (desk, outcomes, _):
        desk.raise_alarm(Alarm.SENDER_LOW, "0.001 left")
        await desk.flush(30)
        assert (receiver.asked, len(receiver.taken)) == (4, 2)
    assert outcomes == [(Alarm.SENDER_LOW, Outcome.FAILED)]


async def test_no_address_reaches_a_log_whatever_happens_to_it(receiver, caplog, capfd):
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as records:
        receiver.refusals = 1
        addresses = (receiver.address, f"json://user:{SECRET}@127.0.0.1:9/{SECRET}")
        async with desk_of(*addresses) as (desk, _, _):
            desk.raise_alarm(Alarm.HALTED, "no price")
            await desk.flush(30)
        with pytest.raises(ConfigurationError, match="address 2 of 2") as refused:
            AppriseChannel([receiver.address, f"nosuch://{SECRET}"])
    structlog.reset_defaults()
    everything = "".join([str(records), caplog.text, *capfd.readouterr(), str(refused.value)])
    assert len(receiver.taken) == 1
    assert any(r["event"] == "alert.not_taken" and r["addresses"] == 1 for r in records)
    assert SECRET not in everything


async def test_the_keeper_never_waits_and_what_does_not_fit_is_dropped_and_counted(receiver):
    async with desk_of(receiver.address) as (desk, outcomes, _):
        for n in range(150):  # no turn is given to the sender in between
            desk.raise_alarm(Alarm.PEER_DISAGREES, "no", subject=f"peer {n}")
        dropped = [outcome for _, outcome in outcomes]
        assert dropped == [Outcome.DROPPED] * 50


async def test_without_addresses_alarms_are_still_judged_and_counted():
    async with desk_of() as (desk, outcomes, _):
        desk.raise_alarm(Alarm.HALTED, "no price")
        await desk.flush(1)
    assert outcomes == [(Alarm.HALTED, Outcome.MINOR)]


def test_addresses_come_from_settings_and_a_private_file(tmp_path):
    file = tmp_path / "addresses"
    file.write_text("# on call\n\n json://one \njson://two\n")
    file.chmod(0o600)
    assert read_addresses(["json://zero"], file) == ("json://zero", "json://one", "json://two")
    assert read_addresses(["json://zero"], None) == ("json://zero",)
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="mode 640: chmod 600"):
        read_addresses([], file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_addresses([], tmp_path / "none")


def test_severities_rise():
    assert [s.rank for s in (Severity.INFO, Severity.WARNING, Severity.CRITICAL)] == [0, 1, 2]
    assert all(alarm.severity in Severity for alarm in Alarm)
