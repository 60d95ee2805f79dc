"""Configured keys: each of its kind, each urgency its own, and nothing secret in anything that is said."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys

import aiohttp
import pytest

from keeper.cli.keys import open_keys
from keeper.config import KeySettings
from keeper.errors import ConfigurationError, SigningError
from keeper.outbox import Urgency
from keeper.signing import KeystoreSigner, write_secret_file
from tests.keeper.cli.conftest import EMERGENCY, PASSWORD, REPOSITORY, SENDER
from tests.keeper.signing.fakes import CREDENTIALS, KEY_ID, FakeKms, FakeWeb3Signer

TOKEN = "bearer-token-5d41402abc4b2a76"
ROUNDS_SECRET, REMOTE_SECRET = 0xC2, 0xC4


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("TAILGUARD_", "AWS_")):
            monkeypatch.delenv(name)
    for name, secret in (("signer", 0xC1), ("sender", ROUNDS_SECRET), ("emergency", 0xC3)):
        KeystoreSigner.from_secret(secret).write_keystore(tmp_path / f"{name}.json", PASSWORD, kdf_rounds=2)
    for name, content in (
        ("password", PASSWORD + "\n"),
        ("token", TOKEN + "\n"),
        (
            "credentials",
            json.dumps(
                {
                    "Version": 1,
                    "AccessKeyId": CREDENTIALS.access_key,
                    "SecretAccessKey": CREDENTIALS.secret_key,
                    "SessionToken": CREDENTIALS.session_token,
                }
            ),
        ),
    ):
        write_secret_file(tmp_path / name, content)
    return tmp_path


def keystore(folder, name):
    return {"kind": "keystore", "file": folder / f"{name}.json"}


def web3signer(folder, service):
    return {
        "kind": "web3signer",
        "url": service.url,
        "address": SENDER.address,
        "token_file": folder / "token",
    }


def kms(folder, service):
    return {
        "kind": "kms",
        "key_id": KEY_ID,
        "region": service.region,
        "url": service.url,
        "credentials_file": folder / "credentials",
    }


async def opened(**given):
    async with aiohttp.ClientSession() as session:
        return await open_keys(KeySettings(**given), session)


async def test_every_kind_of_key_beside_every_other(folder):
    async with (
        FakeWeb3Signer([ROUNDS_SECRET], token=TOKEN) as remote,
        FakeKms(REMOTE_SECRET) as service,
    ):
        keys = await opened(
            signer=keystore(folder, "signer"),
            rounds=web3signer(folder, remote),
            emergency=kms(folder, service),
            password_file=folder / "password",
        )
    assert keys.signer.address == KeystoreSigner.from_secret(0xC1).address
    assert {urgency: sender.address for urgency, sender in keys.senders.items()} == {
        Urgency.ROUNDS: SENDER.address,
        Urgency.EMERGENCY: KeystoreSigner.from_secret(REMOTE_SECRET).address,
    }
    shown = repr(keys) + repr(keys.senders)
    for secret in (PASSWORD, TOKEN, CREDENTIALS.secret_key, CREDENTIALS.session_token):
        assert secret not in shown


async def test_two_urgencies_never_share_a_key(folder):
    with pytest.raises(ConfigurationError, match=r"keys\.rounds and keys\.emergency are both"):
        await opened(
            signer=keystore(folder, "signer"),
            rounds=keystore(folder, "sender"),
            emergency=keystore(folder, "sender"),
            password_file=folder / "password",
        )


async def test_remote_keys_alone_need_no_password(folder):
    async with FakeWeb3Signer([ROUNDS_SECRET], token=TOKEN) as remote:
        key = web3signer(folder, remote)
        assert (await opened(signer=key, rounds=key)).signer.address == SENDER.address


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"AccessKeyId": "x"}'])
async def test_credentials_in_another_form_are_refused_unseen(folder, content):
    (folder / "credentials").write_text(content)
    async with FakeKms(REMOTE_SECRET) as service:
        with pytest.raises(SigningError, match=r"credentials file .*credentials is no JSON object"):
            await opened(signer=kms(folder, service), rounds=kms(folder, service))


async def test_credentials_come_from_the_environment_without_a_file(folder, monkeypatch):
    async with FakeKms(REMOTE_SECRET) as service:
        key = {**kms(folder, service), "credentials_file": None}
        with pytest.raises(SigningError, match="set AWS_ACCESS_KEY_ID"):
            await opened(signer=key, rounds=key)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key)
        keys = await opened(signer=key, rounds=key)
    assert keys.signer.address == KeystoreSigner.from_secret(REMOTE_SECRET).address


@pytest.mark.chain
def test_check_tries_every_key(chain, keeper_file, tailguard):
    config = keeper_file(
        (
            'password_file = "password"',
            'password_file = "password"\nemergency = { kind = "keystore", file = "emergency.json" }',
        )
    )
    rows = {row["check"]: row for row in tailguard("keeper", "check", "--config", config, "--json").json}
    assert rows["signer key"]["detail"].endswith("signs")
    assert rows["rounds key"]["detail"] == f"{SENDER.address} signs"
    assert rows["emergency balance"]["detail"].startswith(EMERGENCY.address)
    rows = {
        row["check"]: row for row in tailguard("keeper", "check", "--config", keeper_file(), "--json").json
    }
    assert "keys.emergency is unset" in rows["emergency key"]["detail"]


@pytest.mark.chain
def test_the_emergency_key_pauses_beside_a_stuck_round(chain, keeper_file, tailguard, tmp_path):
    without = keeper_file()
    refused = tailguard("pause", "--config", without)
    assert (refused.code, "keys.emergency is unset" in refused.message) == (2, True)
    config = keeper_file(
        (
            'password_file = "password"',
            'password_file = "password"\nemergency = { kind = "keystore", file = "emergency.json" }',
        )
    )
    (tmp_path / "var").mkdir(exist_ok=True)
    done = tailguard("pause", "--config", config, "--hours", "2", "--reason", "venue outage", "--json")
    assert done.code == 0, done.err
    assert done.json["by"] == EMERGENCY.address
    with sqlite3.connect(tmp_path / "var/keeper.db") as database:
        rows = database.execute("select sender, nonce, status from outbox").fetchall()
    database.close()
    assert rows == [(EMERGENCY.address, 0, "mined")]
    again = tailguard("pause", "--config", config, "--hours", "80")
    assert again.code == 2
    long = tailguard("pause", "--config", config, "--reason", "x" * 33)
    assert "at most 32" in long.message


DRIVER = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from keeper.cli.app import main
main()
"""


@pytest.mark.chain
def test_a_whole_round_at_debug_level_says_and_writes_nothing_secret(chain, keeper_file, tmp_path):
    write_secret_file(tmp_path / "token", TOKEN)
    write_secret_file(
        tmp_path / "credentials",
        json.dumps(
            {
                "AccessKeyId": CREDENTIALS.access_key,
                "SecretAccessKey": CREDENTIALS.secret_key,
                "SessionToken": CREDENTIALS.session_token,
            }
        ),
    )
    remote, service = FakeWeb3Signer([ROUNDS_SECRET], token=TOKEN), FakeKms(REMOTE_SECRET)
    chain.loop.run(remote.__aenter__())
    chain.loop.run(service.__aenter__())
    try:
        rounds = (
            f'rounds = {{ kind = "web3signer", url = "{remote.url}", address = "{SENDER.address}", '
            'token_file = "token" }'
        )
        emergency = (
            f'emergency = {{ kind = "kms", key_id = "{KEY_ID}", region = "eu-west-1", url = "{service.url}", '
            'credentials_file = "credentials" }'
        )
        config = keeper_file(
            ('rounds = { kind = "keystore", file = "sender.json" }', f"{rounds}\n{emergency}"), dry=False
        )
        chain.show_market()
        chain.call("anvil_setBalance", KeystoreSigner.from_secret(REMOTE_SECRET).address, hex(10**18))
        said = [debugged(command, config) for command in (("keeper", "check"), ("keeper", "once"))]
        remote.troubles = [503, 401]  # and the ways to fail
        said.append(debugged(("keeper", "once"), config, code=5))
    finally:
        chain.loop.run(remote.__aexit__())
        chain.loop.run(service.__aexit__())
    assert any(method == "POST" for method, *_ in remote.requests)
    everything = "".join(said) + "".join(
        path.read_bytes().decode("latin1") for path in sorted((tmp_path / "var").rglob("*")) if path.is_file()
    )
    for secret in (PASSWORD, TOKEN, CREDENTIALS.secret_key, CREDENTIALS.session_token):
        assert secret not in everything
    for key in (0xC1, ROUNDS_SECRET, 0xC3, REMOTE_SECRET):
        assert f"{key:064x}" not in everything.lower()
    assert '"event": "signer.retried"' in everything


def debugged(command, config, code=0):
    """What a command says at debug level, libraries and event loop included."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TAILGUARD_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, *command, "--config", str(config), "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env={**environment, "PYTHONASYNCIODEBUG": "1"},
        timeout=240,
    )
    assert done.returncode == code, done.stderr[-3_000:]
    assert logging.getLevelName(logging.DEBUG) in done.stderr
    return done.stdout + done.stderr
