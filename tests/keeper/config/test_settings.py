"""Settings are read whole or not at all, and a refusal names file, key, value and remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from keeper.config import KeeperSettings, KeystoreKey, KmsKey, load_settings
from keeper.config.names import models_in
from keeper.errors import ConfigurationError

GOOD = """\
signer = 1

[chain]
rpc_url = "http://127.0.0.1:8545"
chain_id = 31337
deployment = "deployment.json"

[keys]
signer = { kind = "keystore", file = "keys/signer.json" }
rounds = { kind = "keystore", file = "/absolute/sender.json" }

[feeds]
venues = [
  { name = "kraken", base_url = "https://api.kraken.com" },
  { name = "gemini", base_url = "https://api.gemini.com" },
  { name = "bitstamp", base_url = "https://www.bitstamp.net" },
]
deribit_url = "https://www.deribit.com"

[model]
history = "history.json"

[store]
database = "var/keeper.db"
evidence = "var/evidence"
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("TAILGUARD_"):
            monkeypatch.delenv(name)


@pytest.fixture
def written(tmp_path):
    def write(text: str = GOOD) -> Path:
        path = tmp_path / "keeper.toml"
        path.write_text(text, encoding="utf8")
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_file_is_read_with_defaults_and_paths_from_its_folder(written, tmp_path):
    settings = load_settings(written())
    assert (settings.signer, settings.clock, settings.dry_run) == (1, "wall", None)
    assert settings.consensus.jump_limit == Decimal("0.10")
    assert settings.chain.deployment == tmp_path / "deployment.json"
    assert settings.chain.artifacts == tmp_path / "out"
    assert settings.keys.signer.file == tmp_path / "keys/signer.json"
    assert settings.keys.rounds.file == Path("/absolute/sender.json")
    assert settings.keys.password_file is None
    assert settings.model.history == tmp_path / "history.json"
    assert settings.store.database == tmp_path / "var/keeper.db"
    assert settings.store.evidence == tmp_path / "var/evidence"


def test_a_path_through_another_folder_is_anchored_at_the_file(written, tmp_path, monkeypatch):
    path = written()
    monkeypatch.chdir(tmp_path.parent)
    relative = path.relative_to(tmp_path.parent)
    assert load_settings(relative).model.history == tmp_path / "history.json"


def test_settings_cannot_be_changed_afterwards(written):
    settings = load_settings(written())
    with pytest.raises(ValueError, match="frozen"):
        settings.rounds.interval_seconds = 5


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD.replace("signer = 1", "signer = 1\nsinger = 2"), "singer"),
        (GOOD.replace("chain_id = 31337", "chain_id = 31337\ntimeout = 3"), "chain.timeout"),
        (GOOD.replace('name = "kraken",', 'name = "kraken", weight = 2,'), "feeds.venues.0.weight"),
        (GOOD + "\n[consensus]\njump = 0.1\n", "consensus.jump"),
    ],
)
def test_an_unknown_key(written, text, key):
    said = refusal(written(text))
    assert f"unknown key '{key}'" in said
    assert "remove it or see docs/configuration.md" in said


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("signer = 1", "signer = 1\nsinger = 2", "signer"),
        ("signer = 1", "signer = 1\ninterval_seconds = 9", "rounds.interval_seconds"),
        ("chain_id = 31337", "chain_id = 31337\nrcp_url = 3", "chain.rpc_url"),
        ('name = "kraken",', 'nam = "kraken",', "feeds.venues.0.name"),
        (
            'kind = "keystore", file = "keys/signer.json"',
            'kind = "keystore", fil = "x"',
            "keys.signer.keystore.file",
        ),
        (
            'kind = "keystore", file = "keys/signer.json"',
            'kind = "web3signer", url = "http://x", adress = "x"',
            "keys.signer.web3signer.address",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_known_one(written, old, new, meant):
    assert f"did you mean '{meant}'?" in refusal(written(GOOD.replace(old, new)))


def test_a_key_like_no_other_gets_no_guess(written):
    assert "did you mean" not in refusal(written(GOOD.replace("signer = 1", "signer = 1\nqqq = 2")))


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("signer = 1", "signer"),
        ("chain_id = 31337", "chain.chain_id"),
        ('history = "history.json"', "model.history"),
        ('database = "var/keeper.db"', "store.database"),
    ],
)
def test_a_missing_key(written, line, key):
    said = refusal(written(GOOD.replace(line + "\n", "")))
    assert f"key '{key}' is missing; see docs/configuration.md" in said


@pytest.mark.parametrize(
    ("old", "new", "key", "value"),
    [
        ("signer = 1", 'signer = "one"', "signer", "'one'"),
        ("signer = 1", "signer = 31", "signer", "31"),
        ("signer = 1", 'signer = 1\nclock = "sun"', "clock", "'sun'"),
        ("chain_id = 31337", "chain_id = 0", "chain.chain_id", "0"),
        ('name = "kraken"', 'name = "mtgox"', "feeds.venues.0.name", "'mtgox'"),
        ("[store]", "[rounds]\ninterval_seconds = 0\n[store]", "rounds.interval_seconds", "0"),
        ("[store]", "[consensus]\nmin_domains = 2\n[store]", "consensus.min_domains", "2"),
        ("[store]", "[serve]\nport = 70000\n[store]", "serve.port", "70000"),
    ],
)
def test_a_wrong_value(written, old, new, key, value):
    said = refusal(written(GOOD.replace(old, new)))
    assert f"{key} = {value}:" in said
    assert "see docs/configuration.md" in said


def test_two_venues_are_too_few(written):
    lines = [line for line in GOOD.splitlines() if "bitstamp" not in line]
    assert "at least 3" in refusal(written("\n".join(lines)))


def test_every_fault_is_named_at_once(written):
    said = refusal(written(GOOD.replace("signer = 1", "singer = 1")))
    assert "unknown key 'singer'" in said
    assert "key 'signer' is missing" in said


def test_the_environment_overrides_single_keys(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_SIGNER", "2")
    monkeypatch.setenv("TAILGUARD_CHAIN__RPC_URL", "http://node:1")
    monkeypatch.setenv("TAILGUARD_ROUNDS__INTERVAL_SECONDS", "30")
    monkeypatch.setenv("TAILGUARD_PEERS", '[{"signer": 0, "url": "http://peer"}]')
    settings = load_settings(written())
    assert (settings.signer, settings.chain.rpc_url, settings.chain.chain_id) == (2, "http://node:1", 31_337)
    assert (settings.rounds.interval_seconds, settings.rounds.takeover_seconds) == (30, 20)
    assert settings.peers[0].url == "http://peer"


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that holds no section, as a path."""
    for name, field in model.model_fields.items():
        sections = list(models_in(field.annotation))
        if len(sections) == 1 and field.annotation is sections[0]:
            yield from leaves(sections[0], (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(leaves(KeeperSettings)), ids=".".join)
def test_the_environment_reaches_every_key(written, monkeypatch, path):
    monkeypatch.setenv("TAILGUARD_" + "__".join(path).upper(), "no such value")
    assert path[-1] in reached(written(), path)


def reached(file: Path, path: tuple[str, ...]) -> str:
    """The key that a value which no number and no list has was read for, or refused at."""
    try:
        found = load_settings(file)
    except ConfigurationError as error:
        return str(error).lower()
    for name in path:
        found = getattr(found, name)
    return path[-1] if str(found).endswith("no such value") else "not reached"


def test_the_environment_overrides_a_key_of_a_key(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_KEYS__ROUNDS__FILE", "elsewhere.json")
    path = written()
    assert load_settings(path).keys.rounds == KeystoreKey(
        kind="keystore", file=path.parent / "elsewhere.json"
    )
    monkeypatch.setenv(
        "TAILGUARD_KEYS__EMERGENCY", '{"kind": "kms", "key_id": "alias/x", "region": "eu-west-1"}'
    )
    assert load_settings(path).keys.emergency == KmsKey(kind="kms", key_id="alias/x", region="eu-west-1")


def test_paths_at_any_depth_are_anchored(written):
    key = 'rounds = { kind = "web3signer", url = "http://s", address = "0x%s", token_file = "t" }' % (
        "11" * 20
    )
    path = written(GOOD.replace('rounds = { kind = "keystore", file = "/absolute/sender.json" }', key))
    assert load_settings(path).keys.rounds.token_file == path.parent / "t"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('{ kind = "safe", file = "x" }', "keys.rounds"),
        ('{ file = "x" }', "keys.rounds"),
        ('{ kind = "web3signer", url = "http://s", address = "0x12" }', "keys.rounds.web3signer.address"),
        ('{ kind = "kms", key_id = "x" }', "'keys.rounds.kms.region' is missing"),
    ],
)
def test_a_key_in_another_form(written, key, words):
    assert words in refusal(
        written(GOOD.replace('{ kind = "keystore", file = "/absolute/sender.json" }', key))
    )


def test_the_environment_supplies_what_the_file_leaves_out(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_MODEL__HISTORY", "elsewhere.json")
    path = written(GOOD.replace('[model]\nhistory = "history.json"\n', ""))
    assert load_settings(path).model.history == path.parent / "elsewhere.json"


def test_a_wrong_value_in_the_environment(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_ROUNDS__VALIDITY_SECONDS", "soon")
    assert "rounds.validity_seconds = 'soon'" in refusal(written())


def test_an_unknown_key_in_the_environment(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_CHAIN__RCP_URL", "http://node:1")
    assert "unknown key 'chain.rcp_url'" in refusal(written())


def test_a_list_in_the_environment_that_is_no_json(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_PEERS", "0=http://peer")
    with pytest.raises(ConfigurationError, match=r"peers.*JSON.*docs/configuration.md"):
        load_settings(written())


def test_other_variables_of_the_program_are_no_settings(written, monkeypatch):
    monkeypatch.setenv("TAILGUARD_KEY_PASSWORD", "secret")
    monkeypatch.setenv("TAILGUARD_RPC", "http://node:1")
    assert load_settings(written()).chain.rpc_url == "http://127.0.0.1:8545"


def test_a_file_that_is_not_there_or_not_readable(tmp_path):
    assert "docs/configuration.md shows one" in refusal(tmp_path / "none.toml")
    assert "cannot be read" in refusal(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    assert "cannot be read" in refusal(tmp_path / "binary.toml")
    (tmp_path / "broken.toml").write_text("signer = ")
    assert "is not valid TOML" in refusal(tmp_path / "broken.toml")
