"""The deployment record: which contracts make up the system on a chain, as `deploy` wrote it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from keeper.canonical import canonical_json
from keeper.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class DeployedContract:
    """Address, block, keccak-256 of the creation code (without arguments) and of the code on chain, 0x-hex."""

    address: str
    block: int
    creation_hash: str
    runtime_hash: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A finished deployment. `configuration_digest` names the configuration it was made from; `expiries` are those
    listed then, `first_block` is where its logs begin."""

    chain_id: int
    deployer: str
    token: str
    first_block: int
    timestamp: int
    signers: tuple[str, ...]
    threshold: int
    underlyings: dict[str, int]
    expiries: tuple[int, ...]
    configuration_digest: str
    contracts: dict[str, DeployedContract]

    @property
    def addresses(self) -> dict[str, str]:
        """Address by contract name."""
        return {name: contract.address for name, contract in self.contracts.items()}

    @property
    def digest(self) -> str:
        """`deploymentDigest`: keccak-256 of the record's canonical JSON without the digest itself, 0x-hex."""
        return "0x" + keccak(canonical_json(dataclasses.asdict(self))).hex()

    def to_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "deployment_digest": self.digest}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Deployment:
        """Raises KeyError or TypeError where a field is missing or unknown."""
        values = {key: value for key, value in content.items() if key != "deployment_digest"}
        for name in ("signers", "expiries"):
            values[name] = tuple(values[name])
        values["contracts"] = {n: DeployedContract(**c) for n, c in values["contracts"].items()}
        return cls(**values)


def read_deployment(path: Path) -> Deployment:
    """Reads a record and checks its digest."""
    try:
        content = json.loads(path.read_text())
        deployment = Deployment.from_json(content)
    except FileNotFoundError as error:
        raise ConfigurationError(f"deployment record {path} does not exist: run tailguard deploy") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"deployment record {path} is damaged ({error!r}): deploy again") from error
    if content.get("deployment_digest") != deployment.digest:
        raise ConfigurationError(
            f"deployment record {path} says digest {content.get('deployment_digest')}, its content has "
            f"{deployment.digest}: it was edited; restore it or deploy again"
        )
    return deployment
