"""The import arrows point one way: observe, assess, decide, sign, publish, remember, serve."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Leaf modules of the keeper that every room may import.
LEAVES = {
    "types", "errors", "amounts", "candidates", "clock", "symbols", "wire", "margin_tree", "messages", "parameters",
    "canonical", "quotes", "alarms", "hashing", "solvency",
}  # fmt: skip

# room -> rooms of the keeper it may import, leaves and itself aside.
KEEPER_ARROWS: dict[str, set[str]] = {
    "feeds": set(),
    "consensus": set(),
    "chain": set(),
    "signing": set(),
    "store": set(),
    "assess": {"consensus"},
    "decide": set(),
    "alerts": set(),
    "engine": set(),
    "outbox": {"chain", "store"},
    "index": {"chain", "store"},
    "daemon": {"assess", "chain", "consensus", "decide", "feeds", "index", "outbox", "signing", "store"},
    "api": set(),
    "liquidator": {"chain", "outbox", "store"},
    "audit": {"assess", "chain", "consensus", "decide", "signing", "store"},
    "simulation": {"chain", "liquidator", "outbox", "signing", "store"},
    "chores": {"chain", "decide", "liquidator"},
    "config": set(),
    "shadow": set(),
    "cli": {
        "alerts",
        "api",
        "assess",
        "audit",
        "chain",
        "chores",
        "config",
        "consensus",
        "daemon",
        "decide",
        "engine",
        "feeds",
        "index",
        "liquidator",
        "outbox",
        "shadow",
        "signing",
        "simulation",
        "store",
    },
}
# What decides, signs or publishes a number never sees a forecast that is only being tried out.
SIGNING_PATH = ("assess", "decide", "signing", "daemon", "consensus", "outbox")
ROOMS_WITH_RISK = {"assess", "audit", "chores", "liquidator", "shadow", "simulation", "cli"}
RISK_MAY_IMPORT = {"numpy", "scipy", "numba", "risk"}
STANDARD_LIBRARY_FOR_RISK = {
    "__future__",
    "cmath",
    "collections",
    "concurrent",
    "dataclasses",
    "decimal",
    "enum",
    "functools",
    "itertools",
    "math",
    "typing",
}
SOLIDITY_ARROWS = {
    "types": {"types"},
    "interfaces": {"types", "interfaces"},
    "libraries": {"types", "interfaces", "libraries"},
}


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the room"
            module = node.module or ""
            yield from ([module] if module != "keeper" else [f"keeper.{a.name}" for a in node.names])


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "keeper").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", python_files("risk"), ids=lambda p: p.stem)
def test_risk_is_pure(path: Path) -> None:
    for module in imported_modules(path):
        top = module.split(".")[0]
        assert top in RISK_MAY_IMPORT | STANDARD_LIBRARY_FOR_RISK, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", python_files("keeper"), ids=lambda p: str(p.relative_to(ROOT)))
def test_keeper_arrows(path: Path) -> None:
    room = room_of(path)
    for module in imported_modules(path):
        top, *rest = module.split(".")
        if top == "risk":
            assert room in ROOMS_WITH_RISK, f"{path}: {room} may not import risk"
        if top == "deploy":
            assert room in {"cli", "simulation"}, f"{path}: {room} may not import deploy"
        if top == "keeper" and rest:
            allowed = LEAVES | {room} | KEEPER_ARROWS.get(room, set())
            assert rest[0] in allowed, f"{path}: {room} may not import {module}"


def test_every_room_of_the_keeper_is_listed() -> None:
    rooms = {room_of(path) for path in python_files("keeper")}
    assert rooms - LEAVES - {"__init__"} == set(KEEPER_ARROWS)


def test_no_room_on_the_signing_path_imports_the_shadow() -> None:
    for room in SIGNING_PATH:
        assert "shadow" not in KEEPER_ARROWS[room], room
        for path in python_files(f"keeper/{room}"):
            for module in imported_modules(path):
                assert not module.startswith(("keeper.shadow", "sklearn")), f"{path}: {module}"


def test_only_signing_touches_keys() -> None:
    for path in python_files("keeper"):
        if room_of(path) == "signing":
            continue
        for module in imported_modules(path):
            assert not module.startswith(("eth_account", "eth_keys", "coincurve")), f"{path}: {module}"


def solidity_imports(path: Path) -> list[str]:
    return re.findall(r'import[^;]*?"([^"]+)"\s*;', path.read_text(encoding="utf8"))


@pytest.mark.parametrize("path", sorted((ROOT / "contracts").rglob("*.sol")), ids=lambda p: p.stem)
def test_solidity_arrows(path: Path) -> None:
    room = path.relative_to(ROOT / "contracts").parts[0]
    for target in solidity_imports(path):
        if target.startswith(("@openzeppelin/", "solady/")):
            continue
        resolved = (path.parent / target).resolve()
        assert resolved.is_relative_to(ROOT / "contracts"), f"{path.name} imports {target}"
        target_room = resolved.relative_to(ROOT / "contracts").parts[0]
        allowed = SOLIDITY_ARROWS.get(room, {"types", "interfaces", "libraries", room})
        assert target_room in allowed, f"{path.name}: {room} may not import {target_room}"
