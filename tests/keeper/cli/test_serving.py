"""A keeper as an operator runs it tells liquidators what the chain says, signs quotes, and lets them go at its end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys

import aiohttp
import pytest

from keeper.candidates import FRAMES, CandidateSnapshot
from keeper.quotes import SignedQuote, quote_digest
from keeper.signing import verify, write_secret_file
from tests.keeper.cli.conftest import REPOSITORY, SIGNER

pytestmark = pytest.mark.chain

TOKEN = {"Authorization": "Bearer let me ask"}
START_SECONDS = 240  # a busy machine imports slowly


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def first_page(session, process):
    """The first answer that is of a block."""
    while True:
        assert process.returncode is None, (await process.stderr.read()).decode()[-3_000:]
        try:
            async with session.get("/v1/accounts") as response:
                if response.status == 200:
                    return await response.json()
        except aiohttp.ClientError:
            pass  # not listening yet
        await asyncio.sleep(0.5)


async def test_a_running_keeper_serves_liquidators(chain, keeper_file, tmp_path):
    port = free_port()
    write_secret_file(tmp_path / "token", "let me ask\n")
    serve = f'[serve]\nport = {port}\ntoken_file = "token"\n\n[store]'
    config = keeper_file(("[store]", serve))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "keeper.cli", "keeper", "run", "--config", str(config),
        stderr=asyncio.subprocess.PIPE, cwd=REPOSITORY,
    )  # fmt: skip
    try:
        async with (
            asyncio.timeout(START_SECONDS),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            page = await first_page(session, process)
            ids = [account["account"] for account in page["accounts"]]
            assert ids == list(range(1, len(ids) + 1))
            async with session.post(f"/v1/accounts/{ids[0]}/quote", json={}) as response:
                assert response.status == 401
            async with session.post(f"/v1/accounts/{ids[0]}/quote", json={}, headers=TOKEN) as response:
                text = await response.text()
            if response.status == 200:
                signed = SignedQuote.model_validate_json(text)
                verify(quote_digest(signed.quote), bytes.fromhex(signed.signature[2:]), SIGNER.address)
            else:
                assert json.loads(text)["title"] == "Refused by the chain", text
            async with session.ws_connect("/v1/candidates/stream") as stream:
                assert isinstance(FRAMES.validate_json((await stream.receive()).data), CandidateSnapshot)
                process.send_signal(signal.SIGTERM)
                while (message := await stream.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
                assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
            await process.communicate()
            assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
