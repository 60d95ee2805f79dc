"""What a deployment has done so far, on disk after every step, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from keeper.chain.deployment import DeployedContract
from keeper.errors import ConfigurationError


class Journal:
    """A partial record beside the final one; it is removed when the final one is written."""

    def __init__(self, record_path: Path, header: dict[str, Any]) -> None:
        self._record_path = record_path
        self._path = record_path.with_name(record_path.name + ".partial")
        self._content: dict[str, Any] = {"header": header, "token": None, "contracts": {}}
        if self._path.exists():
            self._resume(header)

    @property
    def header(self) -> dict[str, Any]:
        """As it was when the deployment began."""
        return dict(self._content["header"])

    @property
    def token(self) -> str | None:
        return None if self._content["token"] is None else str(self._content["token"])

    def contract(self, name: str) -> DeployedContract | None:
        found = self._content["contracts"].get(name)
        return None if found is None else DeployedContract(**found)

    def add_token(self, address: str) -> None:
        self._content["token"] = address
        self._save()

    def add_contract(self, name: str, contract: DeployedContract) -> None:
        self._content["contracts"][name] = dataclasses.asdict(contract)
        self._save()

    def finish(self, record: dict[str, Any]) -> None:
        """Replaces the partial record by the final one."""
        write_atomically(self._record_path, record)
        self._path.unlink(missing_ok=True)

    def _resume(self, header: dict[str, Any]) -> None:
        try:
            content = json.loads(self._path.read_text())
            begun = content["header"]
            same = all(begun[key] == header[key] for key in ("chain_id", "deployer", "configuration_digest"))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{self._path} is damaged ({error!r}): remove it to deploy anew"
            ) from error
        if not same:
            raise ConfigurationError(
                f"{self._path} belongs to a deployment with another chain, deployer or configuration: "
                "finish that one, or remove the file to deploy anew"
            )
        self._content = content

    def _save(self) -> None:
        write_atomically(self._path, self._content)


def write_atomically(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w") as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
