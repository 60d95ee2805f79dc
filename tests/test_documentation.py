"""What the documentation says is so: settings, make targets, commands and invariants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

import keeper.shadow  # noqa: F401 - its errors are part of the tree, though no command imports it
from keeper.cli.app import app
from keeper.config.names import models_in, reachable
from keeper.config.settings import KeeperSettings
from keeper.errors import KeeperError
from keeper.store.tables import metadata

ROOT = Path(__file__).resolve().parent.parent


def documented_keys() -> dict[str, set[str]]:
    text = (ROOT / "docs/configuration.md").read_text()
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {
        s.split("\n", 1)[0].strip(): set(re.findall(r"^\| `(\w+)` \|", s, re.MULTILINE)) for s in sections
    }


HEADINGS = {
    "KeystoreKey": "keys of kind keystore",
    "Web3SignerKey": "keys of kind web3signer",
    "KmsKey": "keys of kind kms",
    "VenueSettings": "feeds.venues",
}


def models_by_heading() -> dict[str, type[BaseModel]]:
    """Every section of the settings by its heading."""
    sections = {
        section.__name__: name
        for name, field in KeeperSettings.model_fields.items()
        for section in models_in(field.annotation)
    }
    headings = {"KeeperSettings": "top level", **sections, **HEADINGS}
    return {headings[name]: model for name, model in reachable(KeeperSettings).items()}


def settings_by_heading() -> dict[str, set[str]]:
    models = models_by_heading()
    keys = {heading: set(model.model_fields) for heading, model in models.items()}
    return {**keys, "top level": keys["top level"] - set(models)}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert documented_keys() == settings_by_heading()


def defaults_by_heading() -> Iterator[tuple[str, str, str]]:
    """Heading, key and documented default of every row."""
    sections = re.split(r"^## ", (ROOT / "docs/configuration.md").read_text(), flags=re.MULTILINE)[1:]
    for section in sections:
        for key, default in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE):
            yield section.split("\n", 1)[0].strip(), key, default.strip("` ")


def test_documented_defaults_are_those_in_force() -> None:
    models = models_by_heading()
    for heading, key, default in defaults_by_heading():
        field = models[heading].model_fields[key]
        what = f"{heading}: {key}"
        if default == "required":
            assert field.is_required(), what
        elif default in ("unset", "none"):
            assert not field.is_required(), what
            assert not field.default or isinstance(field.default, BaseModel), what
        else:
            assert str(field.default) == default or float(field.default) == float(default), what


def test_every_table_has_its_bound_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text().split("| table | bound |", 1)[1]
    rows = re.findall(r"^\| ([a-z_, ]+) \|", text, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == set(metadata.tables)


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "bench", "gas", "replay", "clean"])
def test_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_readme_names_both_commands_by_line_ten() -> None:
    head = "\n".join((ROOT / "README.md").read_text().splitlines()[:10])
    assert "make demo" in head
    assert "make test" in head


def test_documentation_links_resolve() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_documented_invariant_is_asserted_by_number() -> None:
    listed = set(re.findall(r"\bINV-\d\d\b", (ROOT / "docs/invariants.md").read_text()))
    tests = "".join(p.read_text() for p in (ROOT / "tests/contracts").rglob("*.sol"))
    asserted = set(re.findall(r"\bINV-\d\d\b", tests))
    assert len(listed) >= 5
    assert listed == asserted


def commands_of(app: typer.Typer, prefix: str = "tailguard") -> dict[str, set[str]]:
    """Every command by its full name, with its long options."""
    found: dict[str, set[str]] = {}
    group = typer.main.get_group(app)
    waiting = [(prefix, group)]
    while waiting:
        name, command = waiting.pop()
        children = getattr(command, "commands", None)
        if children is None:
            options = {o for p in command.params for o in p.opts if o.startswith("--")}
            found[name] = options - {"--help"}
        else:
            waiting.extend((f"{name} {child}", item) for child, item in children.items())
    return found


def test_every_command_is_documented_with_its_options_and_an_example() -> None:
    sections = re.split(r"^## ", (ROOT / "docs/commands.md").read_text(), flags=re.MULTILINE)[1:]
    documented = {s.split("\n", 1)[0]: s for s in sections if s.startswith("tailguard ")}
    commands = commands_of(app)
    assert set(documented) == set(commands)
    for name, section in documented.items():
        prose = "\n".join(line for line in section.splitlines() if not line.startswith("    "))
        assert set(re.findall(r"`(--[a-z-]+)`", prose)) == commands[name], name
        examples = [line.strip() for line in section.splitlines() if line.startswith("    ")]
        assert len(examples) == 1
        assert examples[0].startswith(name), name
        assert set(re.findall(r"--[a-z-]+", examples[0])) <= commands[name], name


def errors_of(kind: type[KeeperError]) -> set[type[KeeperError]]:
    return {kind}.union(*(errors_of(child) for child in kind.__subclasses__()))


def test_exit_codes_are_those_of_the_errors() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    rows = re.findall(r"^\| (\d+) \|[^|]+\|([^|]*)\|$", text, re.MULTILINE)
    documented = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert documented.pop("RiskError") == 1
    assert documented == {error.__name__: error.exit_code for error in errors_of(KeeperError)}
    assert [int(code) for code, _ in rows] == list(range(12))
