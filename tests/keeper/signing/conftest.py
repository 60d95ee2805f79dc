"""What the remote signers' tests share: a session, and patience that does not slow tests down."""

from __future__ import annotations

import aiohttp
import pytest

from keeper.signing import Patience, RemoteEndpoint

QUICK = Patience(timeout_seconds=0.5, attempts=3, pause_seconds=0.01)


@pytest.fixture
async def endpoint():
    async with aiohttp.ClientSession() as session:
        yield RemoteEndpoint("the signer", session, QUICK)
