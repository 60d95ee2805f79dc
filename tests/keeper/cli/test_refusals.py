"""Every refusal has its exit code, names the value and the remedy, and leaves nothing half-written."""

from __future__ import annotations

import json
import re

import pytest

from keeper.chain.deployment import Deployment
from tests.keeper.cli.conftest import REPOSITORY, in_a_process

pytestmark = pytest.mark.chain

DEAD = "http://127.0.0.1:9"


def refused(result, code: int, *words: str) -> None:
    assert result.code == code, result.err
    assert "Traceback" not in result.err
    assert result.message.startswith("error: ")
    for word in words:
        assert word in result.message


def nothing_written(folder) -> bool:
    return not (folder / "var").exists()


@pytest.mark.parametrize("command", ["check", "run", "once"])
def test_an_unknown_key(keeper_file, tailguard, tmp_path, command):
    config = keeper_file(("max_age_seconds = 600", "max_age = 600"))
    result = tailguard("keeper", command, "--config", config)
    refused(result, 2, "'consensus.max_age'", "docs/configuration")
    assert nothing_written(tmp_path)


def test_a_missing_configuration_file(tailguard, tmp_path):
    refused(
        tailguard("keeper", "check", "--config", tmp_path / "none.toml"), 2, "none.toml", "docs/configuration"
    )


def test_a_configuration_of_another_chain_than_the_record(keeper_file, tailguard, tmp_path):
    config = keeper_file(("chain_id = 31337", "chain_id = 1"))
    refused(
        tailguard("keeper", "check", "--config", config), 2, "chain.chain_id is 1", "31337", "correct one"
    )
    assert nothing_written(tmp_path)


def test_a_node_of_another_chain(chain, keeper_file, tailguard, tmp_path):
    content = json.loads(chain.record.read_text())
    elsewhere = Deployment.from_json({**content, "chain_id": 1})
    (tmp_path / "elsewhere.json").write_text(json.dumps(elsewhere.to_json()))
    config = keeper_file(("chain_id = 31337", "chain_id = 1"), (str(chain.record), "elsewhere.json"))
    refused(tailguard("keeper", "check", "--config", config), 3, "31337", "1")
    assert nothing_written(tmp_path)
    options = (*chain.options, "--deployment", tmp_path / "elsewhere.json")
    refused(tailguard("account", "list", *options), 3, "31337")


def test_deploying_for_another_chain(chain, tailguard, tmp_path):
    config = tmp_path / "chain.toml"
    public = chain.chain_config.read_text().replace("chain_id = 31337", "chain_id = 5")
    config.write_text(re.sub(r"(?m)^delay_seconds = \d+", "delay_seconds = 172800", public))
    target = tmp_path / "deep/record.json"
    result = tailguard("deploy", "--config", config, "--rpc", chain.url, "--deployment", target,
                       "--artifacts", REPOSITORY / "out")  # fmt: skip
    refused(result, 3, "31337", "5")
    assert not target.exists()


@pytest.mark.parametrize("name", ["signer.json", "sender.json", "password"])
def test_a_missing_key_file(keeper_file, tailguard, tmp_path, name):
    config = keeper_file()
    (tmp_path / name).unlink()
    refused(tailguard("keeper", "check", "--config", config), 5, str(tmp_path / name), "create it or correct")
    assert nothing_written(tmp_path)


def test_a_wrong_password(keeper_file, tailguard, tmp_path):
    config = keeper_file()
    (tmp_path / "password").write_text("wrong horse")
    result = tailguard("keeper", "check", "--config", config)
    refused(result, 5, "wrong password", "signer.json")
    assert "horse" not in result.err
    assert nothing_written(tmp_path)


def test_a_password_that_others_may_read(keeper_file, tailguard, tmp_path):
    config = keeper_file()
    (tmp_path / "password").chmod(0o644)
    refused(tailguard("keeper", "check", "--config", config), 5, "mode 644", "chmod 600")


def test_no_password_at_all(keeper_file, tailguard, tmp_path):
    config = keeper_file(('password_file = "password"\n', ""))
    refused(tailguard("keeper", "check", "--config", config), 5, "TAILGUARD_KEY_PASSWORD")
    assert nothing_written(tmp_path)


def test_a_dead_node(chain, keeper_file, tailguard, tmp_path):
    config = keeper_file((chain.url, DEAD))
    refused(tailguard("keeper", "check", "--config", config), 3, DEAD, "is the node running?")
    assert nothing_written(tmp_path)
    refused(tailguard("account", "list", *chain.options, "--rpc", DEAD), 3, DEAD)
    target = tmp_path / "deep/record.json"
    result = tailguard("deploy", "--rpc", DEAD, "--deployment", target, "--artifacts", REPOSITORY / "out")
    refused(result, 3, DEAD, "--rpc")
    assert not target.parent.exists()


def test_a_record_that_is_missing_or_was_edited(chain, tailguard, tmp_path):
    missing = tailguard("account", "list", *chain.options, "--deployment", tmp_path / "none.json")
    refused(missing, 2, "none.json", "tailguard deploy")
    content = {**json.loads(chain.record.read_text()), "threshold": 3}
    (tmp_path / "edited.json").write_text(json.dumps(content))
    edited = tailguard("account", "list", *chain.options, "--deployment", tmp_path / "edited.json")
    refused(edited, 2, "edited.json", "it was edited")


def test_a_history_that_is_missing(keeper_file, tailguard, tmp_path):
    config = keeper_file()
    (tmp_path / "history.json").unlink()
    refused(tailguard("keeper", "check", "--config", config), 2, "history.json", "docs/configuration.md")
    assert nothing_written(tmp_path)


def test_a_database_of_garbage(keeper_file, tailguard, tmp_path):
    config = keeper_file()
    (tmp_path / "var").mkdir()
    (tmp_path / "var/keeper.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    refused(tailguard("keeper", "check", "--config", config), 7, "keeper.db")


def test_venues_that_are_all_down_leave_no_price(chain, keeper_file):
    config = keeper_file((f"{chain.venues_url}/", f"{DEAD}/"))
    result = in_a_process("keeper", "once", "--config", config, "--json")
    assert result.code == 4, result.err
    assert "no consensus price of underlyings [1, 2]" in result.err
    assert "Traceback" not in result.err


def test_brackets_in_a_message_are_shown_as_they_are(tailguard, tmp_path):
    odd = tmp_path / "[bold]x[" / "none.toml"
    result = tailguard("keeper", "check", "--config", odd)
    assert result.code == 2
    assert "[bold]x[" in result.err
