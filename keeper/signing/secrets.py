"""Secrets from files, the environment or a prompt. Whatever is read here is never logged and never in a `repr`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from keeper.errors import SigningError

_FORBIDDEN_PERMISSIONS = stat.S_IRWXG | stat.S_IRWXO


def read_password(
    *,
    file: Path | None = None,
    variable: str | None = None,
    environment: Mapping[str, str],
    prompt: Callable[[str], str] | None = None,
) -> str:
    """The password from a file (mode 600), else an environment variable, else a prompt: the first given."""
    if file is not None:
        return read_secret_file(file, "password file").rstrip("\r\n")
    if variable is not None and variable in environment:
        return environment[variable]
    if prompt is not None:
        return prompt("Keystore password: ")
    hint = f"set {variable} or " if variable else ""
    raise SigningError(f"no keystore password: {hint}give a password file")


def read_secret_file(path: Path, what: str) -> str:
    """Content of a file that only its owner may read."""
    try:
        mode = path.stat().st_mode
        if mode & _FORBIDDEN_PERMISSIONS:
            raise SigningError(
                f"{what} {path} has mode {stat.S_IMODE(mode):o}, readable by others: run chmod 600 {path}"
            )
        return path.read_text()
    except FileNotFoundError as error:
        raise SigningError(
            f"{what} {path} does not exist: create it or correct the configured path"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SigningError(f"{what} {path} cannot be read: {error}") from error


def write_secret_file(path: Path, content: str) -> None:
    """Creates a file of mode 600; refuses to overwrite."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SigningError(f"{path} exists already: choose another name or remove it yourself") from error
    except OSError as error:
        raise SigningError(f"{path} cannot be written: {error}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
