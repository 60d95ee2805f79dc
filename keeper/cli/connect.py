"""A chain connection from options, environment variables or a deployment record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from keeper.chain import Artifacts, ChainReader, Deployment, Rpc, read_deployment

RpcOption = Annotated[
    str, typer.Option("--rpc", envvar="TAILGUARD_RPC", help="JSON-RPC endpoint of the chain.")
]
DeploymentOption = Annotated[
    Path, typer.Option("--deployment", envvar="TAILGUARD_DEPLOYMENT", help="Deployment record (JSON).")
]
ArtifactsOption = Annotated[
    Path, typer.Option("--artifacts", envvar="TAILGUARD_ARTIFACTS", help="Folder of compiled contracts.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

DEFAULT_RPC = "http://127.0.0.1:8545"
DEFAULT_DEPLOYMENT = Path("var/deployment.json")
DEFAULT_ARTIFACTS = Path("out")


@dataclass(frozen=True, slots=True)
class Connection:
    """A node, the deployment on it, and typed reads of it."""

    rpc: Rpc
    deployment: Deployment
    artifacts: Artifacts
    reader: ChainReader


@asynccontextmanager
async def connected(
    *, rpc_url: str, deployment: Path, artifacts: Path, timeout_seconds: float = 10.0
) -> AsyncIterator[Connection]:
    """Connects and refuses a node of another chain or without the contracts."""
    record = read_deployment(deployment)
    compiled = Artifacts(artifacts)
    async with Rpc(rpc_url, timeout_seconds=timeout_seconds, errors=compiled) as rpc:
        reader = ChainReader(rpc, compiled, record.addresses)
        await reader.require_deployed(record.chain_id)
        yield Connection(rpc, record, compiled, reader)
