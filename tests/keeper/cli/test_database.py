"""The configured store: a file or a server, never both; pruned beside the rounds and on command."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from keeper.cli import remembering
from keeper.cli.remembering import location_of, opened_store, pruned
from keeper.config import load_settings
from keeper.errors import ConfigurationError, KeeperError
from tests.keeper.config.test_settings import GOOD
from tests.keeper.store.test_store import PRICE

FILE = 'database = "var/keeper.db"'
SERVER = "postgresql://keeper@db.internal/keeper_1"


@pytest.fixture
def written(tmp_path):
    def write(store):
        path = tmp_path / "keeper.toml"
        path.write_text(GOOD.replace(FILE, store))
        return path

    return write


def test_a_file_or_a_server_and_never_both(written, tmp_path):
    assert location_of(load_settings(written(FILE))) == tmp_path / "var/keeper.db"
    assert location_of(load_settings(written(f'url = "{SERVER}"'))) == SERVER
    with pytest.raises(ConfigurationError, match="both set"):
        location_of(load_settings(written(f'{FILE}\nurl = "{SERVER}"')))


def test_a_server_is_copied_by_its_own_tools(written, tailguard):
    config = written(f'url = "{SERVER}"')
    backup = tailguard("db", "backup", "copy", "--config", config)
    assert (backup.code, f"pg_dump -Fc -f copy '{SERVER}'" in backup.message) == (7, True)
    restore = tailguard("db", "restore", "copy", "--config", config)
    assert (restore.code, "pg_restore" in restore.message) == (7, True)


def test_a_server_is_opened_with_the_password_of_a_file(written, tmp_path):
    (tmp_path / "password").write_text("hidden\n")
    config = written(f'url = "postgresql://keeper@/keeper?host={tmp_path}"\npassword_file = "password"')
    with pytest.raises(KeeperError, match="chmod 600"), opened_store(load_settings(config)):
        pass
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(KeeperError, match="postgresql") as refused, opened_store(load_settings(config)):
        pass
    assert "hidden" not in str(refused.value)


def test_prune_and_verify_say_what_they_found(written, tailguard):
    config = written(FILE)
    with opened_store(load_settings(config)) as store:
        store.save_prices("old", [dataclasses.replace(PRICE, observed_at=5)])
    assert tailguard("db", "prune", "--config", config, "--json").json["observations"] == 1
    assert tailguard("db", "verify", "--config", config, "--json").json["prices"] == 0


async def test_a_running_keeper_prunes_by_its_own_time_and_outlives_a_failure(written, monkeypatch):
    monkeypatch.setattr(remembering, "_PRUNE_SECONDS", 0.01)
    times = iter([KeeperError("no node answers")])

    class Clock:
        async def now(self):
            for failure in times:
                raise failure
            return PRICE.observed_at + 31 * 86_400

    settings = load_settings(written(FILE))
    with opened_store(settings) as store:
        store.save_prices("old", [PRICE])
        async with pruned(settings, Clock(), store), asyncio.timeout(20):
            while store.prices("old"):
                await asyncio.sleep(0.02)
