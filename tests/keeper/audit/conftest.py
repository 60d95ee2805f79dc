"""One played chain for all tests of this folder: nothing here writes to it."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager

import pytest

from keeper.chain import ChainReader, Rpc

from .play import Played, play


@pytest.fixture(scope="session")
def played(tmp_path_factory) -> Played:
    with ExitStack() as stack:
        yield play(tmp_path_factory.mktemp("played"), stack)


@asynccontextmanager
async def reading(played: Played):
    async with Rpc(played.url, errors=played.artifacts, timeout_seconds=60.0) as rpc:
        yield ChainReader(rpc, played.artifacts, played.deployment.addresses)
