"""key create and key address: one file of mode 600, never overwritten, never without a password."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest

from keeper.cli.keys import PASSWORD_VARIABLE
from keeper.signing import KeystoreSigner, write_secret_file
from tests.keeper.cli.conftest import REPOSITORY


@pytest.fixture
def folder(tmp_path):
    write_secret_file(tmp_path / "password", "correct horse\n")
    return tmp_path


def key(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "keeper.cli", "key", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_created_key_opens_with_its_password_alone(folder):
    made = key(folder, "create", "signer.json", "--password-file", "password", "--json")
    assert made.returncode == 0, made.stderr
    address = json.loads(made.stdout)["address"]
    assert KeystoreSigner.from_file(folder / "signer.json", "correct horse").address == address
    assert stat.S_IMODE((folder / "signer.json").stat().st_mode) == 0o600
    shown = key(folder, "address", "signer.json", **{PASSWORD_VARIABLE: "correct horse"})
    assert shown.stdout.strip() == address
    wrong = key(folder, "address", "signer.json", **{PASSWORD_VARIABLE: "wrong"})
    assert (wrong.returncode, "wrong password" in wrong.stderr) == (5, True)


def test_no_file_is_overwritten(folder):
    (folder / "signer.json").write_text("another key")
    again = key(folder, "create", "signer.json", "--password-file", "password")
    assert again.returncode == 5
    assert "exists already" in again.stderr
    assert (folder / "signer.json").read_text() == "another key"


def test_no_two_drawn_keys_are_alike():
    assert len({KeystoreSigner.drawn().address for _ in range(8)}) == 8


@pytest.mark.parametrize("environment", [{}, {PASSWORD_VARIABLE: ""}])
def test_a_key_without_a_password_is_not_written(folder, environment):
    refused = key(folder, "create", "signer.json", **environment)
    assert refused.returncode == 5
    assert "password" in refused.stderr
    assert not (folder / "signer.json").exists()
