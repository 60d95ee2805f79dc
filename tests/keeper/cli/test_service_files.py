"""The shipped service files: they parse, and the command lines in them are ones that this program takes."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from keeper.cli.app import app
from keeper.cli.service_manager import ServiceManager
from keeper.config import KeeperSettings

ROOT = Path(__file__).resolve().parents[3]
UNIT = ROOT / "deploy/systemd/tailguard-keeper.service"
CONTAINERFILE = ROOT / "deploy/container/Containerfile"
COMPOSE = ROOT / "deploy/container/compose.yml"


def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(UNIT)
    return parser


def instructions() -> dict[str, list[str]]:
    """Arguments of a container file by instruction, continued lines joined."""
    found: dict[str, list[str]] = {}
    text = re.sub(r"\\\n\s*", " ", CONTAINERFILE.read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            found.setdefault(name, []).append(rest)
    return found


def compose() -> dict:
    return yaml.safe_load(COMPOSE.read_text())


def command_lines() -> dict[str, list[str]]:
    """What follows the program's name in every place that starts a keeper."""
    service = unit()["Service"]
    container = instructions()
    assert json.loads(container["ENTRYPOINT"][0]) == ["tailguard"]
    return {
        "unit start": shlex.split(service["ExecStart"])[1:],
        "unit check": shlex.split(service["ExecStartPre"])[1:],
        "container": json.loads(container["CMD"][0]),
        "compose": compose()["services"]["keeper"]["command"],
    }


def parsed(arguments: list[str]) -> dict[str, object]:
    """As the program itself reads the command line, without running the command."""
    command, rest = typer.main.get_command(app), list(arguments)
    while getattr(command, "commands", None):
        command = command.commands[rest.pop(0)]
    with command.make_context(command.name, rest) as context:
        return context.params


@pytest.mark.parametrize("place", command_lines())
def test_the_command_lines_are_ones_that_this_program_takes(place):
    parameters = parsed(command_lines()[place])
    assert parameters["config"] == Path("/etc/tailguard/keeper.toml")
    assert not parameters.get("publish")  # publishing on a public chain is an operator's own word


def test_a_command_line_that_is_wrong_would_be_noticed():
    with pytest.raises(Exception, match="No such option"):
        parsed(["keeper", "run", "--config", "x", "--broadcast"])
    with pytest.raises(KeyError):
        parsed(["keeper", "walk"])


def test_the_unit_waits_as_long_as_a_stop_takes_and_watches_for_hangs():
    service = unit()["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 60
    assert int(service["TimeoutStopSec"]) >= 120 + 60
    assert service["KillSignal"] == instructions()["STOPSIGNAL"][0] == "SIGTERM"
    assert compose()["services"]["keeper"]["stop_grace_period"] == "4m"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_with_the_unit(tmp_path):
    text = UNIT.read_text().replace("/opt/tailguard/.venv/bin/tailguard", "/bin/true")
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("User=tailguard\nGroup=tailguard\n", ""))
    done = subprocess.run(
        [shutil.which("systemd-analyze"), "verify", "--man=no", copy],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert UNIT.name not in done.stderr, done.stderr


def test_what_the_container_copies_exists_and_no_secret_is_among_it():
    sources = {line.split()[0] for line in instructions()["COPY"]}
    assert sources >= {"requirements/lock.txt", "risk", "keeper", "deploy", "out"}
    for source in sources - {"out"}:
        assert (ROOT / source).exists(), source
    assert instructions()["USER"] == ["tailguard"]
    port = str(KeeperSettings.model_fields["serve"].default.port)
    assert instructions()["EXPOSE"] == [port]
    assert f"'127.0.0.1', {port}" in instructions()["HEALTHCHECK"][0]
    assert "/livez" in instructions()["HEALTHCHECK"][0]


def test_compose_mounts_what_is_there():
    services = compose()["services"]
    keeper = services["keeper"]
    assert (
        COMPOSE.parent / keeper["build"]["context"] / keeper["build"]["dockerfile"]
    ).resolve() == CONTAINERFILE
    named = set(compose()["volumes"])
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source == "./etc":
                continue  # the operator's own
            assert source in named or (COMPOSE.parent / source).resolve().is_dir(), volume


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_docker_reads_the_compose_file():
    done = subprocess.run(
        [shutil.which("docker"), "compose", "-f", COMPOSE, "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "is not a docker command" in done.stderr or "unknown shorthand" in done.stderr:
        pytest.skip("docker has no compose here")
    assert done.returncode == 0, done.stderr


def test_the_service_manager_hears_that_it_is_ready(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        manager.tell("READY=1")
        assert listener.recv(64) == b"READY=1"
    manager.tell("WATCHDOG=1")  # nobody listens any more
    ServiceManager.of({}).tell("READY=1")
