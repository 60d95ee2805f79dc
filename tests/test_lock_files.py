"""Lock files pin everything and name no host, so that any mirror serves them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["lock.txt", "audit.txt"])
def test_python_lock_pins_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    pins = re.findall(r"^[A-Za-z0-9_.\[\]-]+==\S+", text, re.MULTILINE)
    assert len(pins) > 40
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_analysers_stay_outside_of_every_install() -> None:
    everything = (ROOT / "pyproject.toml").read_text() + (ROOT / "requirements/lock.txt").read_text()
    for line in (ROOT / "requirements/audit.in").read_text().splitlines():
        if not line.startswith("#"):
            assert re.search(rf"^{re.escape(line)}\b", (ROOT / "requirements/audit.txt").read_text(), re.M)
            assert line.split("==")[0] not in everything


def test_npm_lock_names_no_host_and_pins_integrity() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        if name:
            assert entry["integrity"].startswith("sha512-"), name


def test_npm_manifest_pins_exact_versions() -> None:
    manifest = json.loads((ROOT / "package.json").read_text())
    for group in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, version in manifest[group].items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version}"
