"""What `keeper check` says of code, gas money, rhythm and peers: tables of cases, and peers over real HTTP."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from eth_utils.crypto import keccak

from keeper.cli.policy import publishing
from keeper.cli.surroundings import compare_code, gas_finding, peer_findings, rhythm_finding
from keeper.config import PeerSettings
from keeper.config.settings import RoundSettings

CODE = {"Margin": "0x6001", "Lanes": "0x6002"}
RECORDED = {name: "0x" + keccak(hexstr=code).hex() for name, code in CODE.items()}


def test_other_code_behind_an_address_is_named():
    assert compare_code(RECORDED, CODE)[1] == "ok"
    name, result, detail = compare_code(RECORDED, {**CODE, "Lanes": "0x6003"})
    assert (name, result) == ("code", "failed")
    assert detail.startswith("Lanes: ")


@pytest.mark.parametrize(
    ("balance", "gwei", "result"),
    [(10**18, 1, "ok"), (10**17, 1, "failed"), (10**18, 20, "failed"), (10**18, 0, "ok")],
)
def test_gas_money_is_counted_in_days_of_heartbeats(balance, gwei, result):
    """96 heartbeats a day of 1.5 million gas: 0.144 of the native currency at 1 gwei."""
    found = gas_finding(balance_wei=balance, gas_price_wei=gwei * 10**9, heartbeat_seconds=900)
    assert found[1] == result


@pytest.mark.parametrize(
    ("price", "attestation", "result"),
    [(900, 1800, "ok"), (2700, 7200, "ok"), (2701, 1800, "failed"), (900, 7201, "failed")],
)
def test_one_missed_heartbeat_must_leave_the_chain_fed(price, attestation, result):
    rounds = RoundSettings(price_heartbeat_seconds=price, attestation_seconds=attestation)
    limits = SimpleNamespace(reduce_only_age=5400, attestation_max_age=14_400)
    assert rhythm_finding(SimpleNamespace(rounds=rounds), limits)[1] == result


async def test_a_peer_answers_stalls_or_is_away():
    async def stalled(request: web.Request) -> web.Response:
        return web.Response(status=503 if request.path.startswith("/two") else 200)

    application = web.Application()
    application.router.add_get("/{tail:.*}", stalled)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    urls = (f"http://127.0.0.1:{port}/one", f"http://127.0.0.1:{port}/two", "http://127.0.0.1:9")
    peers = [PeerSettings(signer=n, url=url) for n, url in enumerate(urls)]
    async with aiohttp.ClientSession() as session:
        found = await peer_findings(session, peers)
    await runner.cleanup()
    assert [(name, result) for name, result, _ in found] == [
        ("peer 0", "ok"),
        ("peer 1", "warning"),
        ("peer 2", "warning"),
    ]
    assert "does not answer" in found[2][2]


@pytest.mark.parametrize(("wanted", "dry"), [(False, None), (True, False)])
def test_publishing_on_a_public_chain_takes_a_word_of_its_own(wanted, dry):
    settings = SimpleNamespace(dry_run=None)
    settings.model_copy = lambda update: SimpleNamespace(**{"dry_run": None, **update})
    assert publishing(settings, wanted).dry_run is dry
