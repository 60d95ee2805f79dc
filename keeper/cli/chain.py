"""deploy and doctor."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from keeper.chain import Artifacts, find_anvil
from keeper.cli.connect import (
    DEFAULT_ARTIFACTS,
    DEFAULT_DEPLOYMENT,
    DEFAULT_RPC,
    ArtifactsOption,
    DeploymentOption,
    JsonOption,
    RpcOption,
)
from keeper.cli.output import show, show_facts
from keeper.cli.places import CHAIN_CONFIG, REPOSITORY
from keeper.errors import ChainUnreachable, ConfigurationError, ToolMissing


def deploy(
    config: Annotated[Path, typer.Option("--config", help="Chain configuration (TOML).")] = CHAIN_CONFIG,
    sender: Annotated[
        str | None, typer.Option("--from", help="Unlocked account of the node; default its first.")
    ] = None,
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """Deploys the system and writes its record; run again, it verifies the record and sends nothing."""
    # Imported here: web3 takes seconds to load, and no other command needs it.
    from web3 import Web3

    import deploy as deployment_room

    chain_config = deployment_room.read_chain_config(config)
    compiled = Artifacts(artifacts)
    web3 = Web3(Web3.HTTPProvider(rpc))
    if not web3.is_connected():
        raise ChainUnreachable(f"no node answers at {rpc}; start one (tools/anvil) or give --rpc")
    account = sender or next(iter(web3.eth.accounts), None)
    if account is None:
        raise ConfigurationError("the node holds no unlocked account; give one with --from")
    deployment.parent.mkdir(parents=True, exist_ok=True)
    backend = deployment_room.Web3Backend(web3, account, compiled)
    record = deployment_room.deploy(chain_config, backend, compiled, deployment)
    facts: dict[str, Any] = {
        "record": str(deployment),
        "chain_id": record.chain_id,
        "first_block": record.first_block,
        "deployment_digest": record.digest,
        **record.addresses,
    }
    show_facts(facts, title="Deployment", as_json=json)


def doctor(json: JsonOption = False) -> None:
    """Looks at this machine: versions, tools, compiled contracts, recorded data."""
    rows = [_python(), _node(), _anvil(), _contracts(), _data()]
    show(
        rows,
        columns={"item": "item", "result": "result", "detail": "detail"},
        title="tailguard doctor",
        as_json=json,
    )
    missing = [row["item"] for row in rows if row["result"] == "missing"]
    if missing:
        raise ToolMissing(f"missing: {', '.join(missing)}; `make setup` in the repository installs them")


def _row(item: str, ok: bool, detail: str, *, optional: bool = False) -> dict[str, str]:
    return {"item": item, "result": "ok" if ok else "optional" if optional else "missing", "detail": detail}


def _python() -> dict[str, str]:
    return _row(
        "Python", sys.version_info >= (3, 11), f"{platform.python_version()}, 3.11 or newer is needed"
    )


def _node() -> dict[str, str]:
    node = shutil.which("node")
    if node is None:
        return _row("Node", False, "not on PATH; 20 or newer is needed to build contracts")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - found on PATH
    return _row(
        "Node", int(version.lstrip("v").split(".")[0] or 0) >= 20, f"{version}, 20 or newer is needed"
    )


def _anvil() -> dict[str, str]:
    try:
        return _row("anvil", True, str(find_anvil(os.environ.get("PATH"), REPOSITORY)))
    except ToolMissing as error:
        return _row("anvil", False, str(error))


def _contracts() -> dict[str, str]:
    built = (REPOSITORY / "out/MarginEngine.sol/MarginEngine.json").is_file()
    return _row("contracts", built, "compiled in out/" if built else "not compiled: run `make setup`")


def _data() -> dict[str, str]:
    folder = os.environ.get("TAILGUARD_DATA")
    if folder is None:
        return _row("recorded data", False, "TAILGUARD_DATA is unset; replays need it", optional=True)
    return _row("recorded data", Path(folder).is_dir(), folder, optional=True)
