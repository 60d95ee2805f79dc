"""The liquidator's file: every key documented, unknown ones refused, the shipped example valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from keeper.config import LiquidatorSettings, load_liquidator_settings
from keeper.errors import ConfigurationError

REPOSITORY = Path(__file__).parents[3]
EXAMPLE = REPOSITORY / "deploy/liquidator/liquidator.toml"


@pytest.fixture
def changed(tmp_path):
    def write(old: str, new: str) -> Path:
        text = EXAMPLE.read_text()
        assert old in text
        path = tmp_path / "liquidator.toml"
        path.write_text(text.replace(old, new))
        return path

    return write


def keys_of(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        section = field.annotation
        if name == "chain" or not (isinstance(section, type) and issubclass(section, BaseModel)):
            found.add(name)
        else:
            found |= {f"{name}.{key}" for key in section.model_fields}
    return found


def test_every_key_is_documented_with_its_default_and_nothing_else() -> None:
    text = (REPOSITORY / "docs/liquidators.md").read_text()
    section = text.split("## The reference liquidator")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `([\w.]+)` \| (\S+) \|", section, re.MULTILINE))
    assert set(documented) == keys_of(LiquidatorSettings)
    for key, default in documented.items():
        model, name = LiquidatorSettings, key
        if "." in key:
            head, name = key.split(".")
            model = LiquidatorSettings.model_fields[head].annotation
        field = model.model_fields[name]
        if field.is_required():
            assert default == "required", key
        elif field.default in (None, (), {}):
            assert default in ("unset", "none"), key
        else:
            assert float(default) == float(field.default), key


def test_the_shipped_example_is_valid_and_its_paths_are_its_own() -> None:
    settings = load_liquidator_settings(EXAMPLE)
    assert settings.dry_run is None
    assert settings.store.database == EXAMPLE.parent / "../../var/liquidator.db"
    assert settings.limits.most_gas_wei == 2 * 10**16


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("least_profit", "least_profits", "did you mean 'limits.least_profit'"),
        ("account = 12\n", "", "'account' is missing"),
        ("native_underlying = 2\n", "", "model.native_price"),
        ('keepers = ["http://127.0.0.1:8600", "http://127.0.0.1:8601"]', "keepers = []", "keepers"),
        ('least_profit = "25"', 'least_profit = "-1"', "limits.least_profit"),
        ("account = 12", "account =", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(changed, old, new, words):
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        load_liquidator_settings(changed(old, new))
    assert "docs/liquidators.md" in str(caught.value) or "TOML" in words or "native" in words


def test_the_environment_wins(monkeypatch):
    monkeypatch.setenv("TAILGUARD_LIQUIDATOR_LIMITS__LEAST_PROFIT", "77")
    monkeypatch.setenv("TAILGUARD_LIQUIDATOR_DRY_RUN", "false")
    settings = load_liquidator_settings(EXAMPLE)
    assert (str(settings.limits.least_profit), settings.dry_run) == ("77", False)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match="no configuration file"):
        load_liquidator_settings(tmp_path / "none.toml")
