"""Every test of the store runs on both databases that it promises to run on."""

from __future__ import annotations

import pytest

from keeper.store import Store
from tests.keeper.store.server import Server


@pytest.fixture(scope="session")
def postgres():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    """Where an empty database is: a path, or a URL."""
    if request.param == "sqlite":
        return tmp_path / "keeper.db"
    return request.getfixturevalue("postgres").url()


@pytest.fixture
def opened(location):
    """Opens the same database again and again, as restarts and neighbours do."""
    stores = []

    def open_store():
        stores.append(Store.open(location))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@pytest.fixture
def store(opened):
    return opened()
