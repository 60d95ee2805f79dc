"""Key files: what opens one, and what each way of failing says."""

from __future__ import annotations

import json
import pickle

import pytest

from keeper.errors import SigningError
from keeper.signing import KeystoreSigner, read_password, write_secret_file

PASSWORD = "correct horse"
CHEAP_ROUNDS = 2  # scrypt n: these keys guard nothing


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.json"
    KeystoreSigner.from_secret(42).write_keystore(path, PASSWORD, kdf_rounds=CHEAP_ROUNDS)
    return path


def test_a_keystore_opens_with_its_password_and_is_private(key_file):
    assert key_file.stat().st_mode & 0o077 == 0
    signer = KeystoreSigner.from_file(key_file, PASSWORD)
    assert signer.address == KeystoreSigner.from_secret(42).address


def test_a_wrong_password_is_named_as_such(key_file):
    with pytest.raises(SigningError, match="wrong password"):
        KeystoreSigner.from_file(key_file, "incorrect horse")


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(SigningError, match=r"absent\.json does not exist"):
        KeystoreSigner.from_file(tmp_path / "absent.json", PASSWORD)


def test_a_key_file_that_others_may_read_is_refused_with_the_remedy(key_file):
    key_file.chmod(0o644)
    with pytest.raises(SigningError, match=r"mode 644.*chmod 600"):
        KeystoreSigner.from_file(key_file, PASSWORD)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 1}', '{"version": 3}', '{"version": 3, "crypto": 5}']
)
def test_a_file_that_is_no_keystore_is_refused(tmp_path, content):
    path = tmp_path / "key.json"
    write_secret_file(path, content)
    with pytest.raises(SigningError):
        KeystoreSigner.from_file(path, PASSWORD)


def test_a_keystore_whose_address_was_exchanged_is_refused(key_file):
    keystore = json.loads(key_file.read_text())
    keystore["address"] = "11" * 20
    key_file.write_text(json.dumps(keystore))
    with pytest.raises(SigningError, match="claims address"):
        KeystoreSigner.from_file(key_file, PASSWORD)


def test_an_existing_key_file_is_never_overwritten(key_file):
    before = key_file.read_bytes()
    with pytest.raises(SigningError, match="exists already"):
        KeystoreSigner.from_secret(43).write_keystore(key_file, PASSWORD, kdf_rounds=CHEAP_ROUNDS)
    assert key_file.read_bytes() == before


def test_the_key_shows_neither_in_repr_nor_in_a_pickle():
    signer = KeystoreSigner.from_secret(42)
    assert repr(signer) == f"KeystoreSigner({signer.address})"
    with pytest.raises(SigningError, match="pickled"):
        pickle.dumps(signer)


def test_a_zero_secret_is_no_key():
    with pytest.raises(SigningError):
        KeystoreSigner.from_secret(0)


def test_the_password_comes_from_file_then_environment_then_prompt(tmp_path):
    path = tmp_path / "password"
    write_secret_file(path, "from file\n")
    environment = {"KEY_PASSWORD": "from environment"}
    assert read_password(file=path, variable="KEY_PASSWORD", environment=environment) == "from file"
    assert read_password(variable="KEY_PASSWORD", environment=environment) == "from environment"
    assert read_password(variable="OTHER", environment=environment, prompt=lambda _: "typed") == "typed"
    with pytest.raises(SigningError, match="OTHER"):
        read_password(variable="OTHER", environment=environment)
