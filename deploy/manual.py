"""The governance manual: every privileged function, who calls it, after which delay, and the command.

`python -m deploy.manual` writes `docs/governance.md`; `python -m deploy.manual RECORD` prints the addresses of a
deployment as shell variables. A test runs every command on a local chain.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.config import ChainConfig, read_chain_config
from deploy.plan import CONTRACTS, COUNCIL_ROLES, GRANTS, GUARDIAN_ROLES, Grant, Role
from deploy.rights import ADMINISTRATION, PURPOSES
from keeper.chain.abi import Artifacts
from keeper.chain.deployment import read_deployment

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "governance.md"
PREFACE = REPOSITORY / "deploy" / "manual.md"
DELAYED = "# after governance.delay_seconds"


@dataclass(frozen=True, slots=True)
class Section:
    """One function's entry: its heading, who calls it, and the shell lines."""

    contract: str
    function: str
    who: str
    delay: str
    purpose: str
    commands: tuple[str, ...]

    def render(self) -> str:
        commands = "\n".join(self.commands)
        return (
            f"### {self.contract}.{self.function}\n\n{self.purpose} "
            f"Who: {self.who}. Delay: {self.delay}.\n\n"
            f"```sh\n{commands}\n```\n"
        )


def variable(contract: str) -> str:
    """`RiskParameters` as `RISK_PARAMETERS`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", contract).upper()


def sections(config: ChainConfig, artifacts: Artifacts) -> list[Section]:
    """Every function that a person may cause to be called, in the order of the plan."""
    return [*_granted(config, artifacts), *_administered(config, artifacts)]


def render(config: ChainConfig, artifacts: Artifacts) -> str:
    """The whole page."""
    entries = sections(config, artifacts)
    overview = "\n".join(f"| `{e.contract}.{e.function}` | {e.who} | {e.delay} |" for e in entries)
    modules = "\n".join(
        f"| `{grant.contract}.{function}` | {', '.join(grant.holders)} |"
        for grant in GRANTS
        if grant.role not in (*COUNCIL_ROLES, *GUARDIAN_ROLES)
        for function in grant.functions
    )
    return (
        f"{PREFACE.read_text()}\n"
        "## Every privileged function\n\n"
        f"| function | who | delay |\n|---|---|---|\n{overview}\n\n"
        "## Calls between contracts\n\nNo key holds these roles; no delay, because they are part of a trade, an "
        f"auction or a settlement.\n\n| function | only by |\n|---|---|\n{modules}\n\n"
        "## The commands\n\n" + "\n".join(entry.render() for entry in entries)
    )


def addresses(record: Path) -> str:
    """A deployment's addresses as shell variables."""
    found = read_deployment(record).addresses
    return "\n".join(f"export {variable(name)}={address}" for name, address in found.items())


def _granted(config: ChainConfig, artifacts: Artifacts) -> Iterator[Section]:
    for grant in GRANTS:
        for function in grant.functions:
            if grant.role in COUNCIL_ROLES:
                yield _by_council(grant, function, config, artifacts)
            elif grant.role in GUARDIAN_ROLES:
                yield _by_guardian(grant, function, config, artifacts)


def _by_council(grant: Grant, function: str, config: ChainConfig, artifacts: Artifacts) -> Section:
    purpose, arguments = _purpose(grant.contract, function, config)
    target = f"${variable(grant.contract)}"
    commands = (
        f"CALL=$(cast calldata {_signature(artifacts, grant.contract, function)}{arguments})",
        f'cast send $COUNCIL $ACCESS_MANAGER "schedule(address,bytes,uint48)" {target} $CALL 0',
        DELAYED,
        f'cast send $COUNCIL $ACCESS_MANAGER "execute(address,bytes)" {target} $CALL',
    )
    others = ", ".join(f"`{holder}`" for holder in grant.holders)
    who = f"council (role {grant.role.name})" + (f"; at once by {others}" if others else "")
    return Section(grant.contract, function, who, "`governance.delay_seconds`", purpose, commands)


def _by_guardian(grant: Grant, function: str, config: ChainConfig, artifacts: Artifacts) -> Section:
    purpose, arguments = _purpose(grant.contract, function, config)
    signature = _signature(artifacts, grant.contract, function)
    command = f"cast send $GUARDIAN ${variable(grant.contract)} {signature}{arguments}"
    return Section(
        grant.contract, function, f"guardian (role {grant.role.name})", "none", purpose, (command,)
    )


def _administered(config: ChainConfig, artifacts: Artifacts) -> Iterator[Section]:
    schedule = '"schedule(address,uint256,bytes,bytes32,bytes32,uint256)"'
    execute = '"execute(address,uint256,bytes,bytes32,bytes32)"'
    zero = "0x" + "00" * 32
    for contract, function in ADMINISTRATION:
        purpose, arguments = _purpose(contract, function, config)
        target = f"${variable(contract)}"
        commands = (
            f"CALL=$(cast calldata {_signature(artifacts, contract, function)}{arguments})",
            f"cast send $COUNCIL $TIMELOCK {schedule} {target} 0 $CALL {zero} {zero} "
            '$(cast call $TIMELOCK "getMinDelay()(uint256)" | cut -d" " -f1)',
            DELAYED,
            f"cast send $ANYONE $TIMELOCK {execute} {target} 0 $CALL {zero} {zero}",
        )
        who = "council through the timelock"
        yield Section(contract, function, who, "`governance.delay_seconds`", purpose, commands)


def _purpose(contract: str, function: str, config: ChainConfig) -> tuple[str, str]:
    try:
        purpose, arguments = PURPOSES[(contract, function)]
    except KeyError as error:
        raise LookupError(
            f"{contract}.{function} is privileged and has no entry in deploy/rights.py: say what it is for"
        ) from error
    return purpose, "".join(f' "{_shell(value)}"' for value in arguments(config))


def _signature(artifacts: Artifacts, contract: str, function: str) -> str:
    return f'"{function}({",".join(artifacts.get(contract).function(function).types)})"'


def _shell(value: Any) -> str:  # noqa: ANN401 - as dynamic as the ABI
    """A value as cast reads it: tuples in parentheses, lists in brackets."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"({','.join(map(_shell, value))})"
    if isinstance(value, list):
        return f"[{','.join(map(_shell, value))}]"
    return str(value)


def main(arguments: list[str]) -> None:
    """Writes the page, or prints a record's addresses."""
    if arguments:
        sys.stdout.write(addresses(Path(arguments[0])) + "\n")
        return
    config = read_chain_config(REPOSITORY / "deploy" / "chains" / "local.toml")
    PAGE.write_text(render(config, Artifacts(REPOSITORY / "out")))


def restricted_functions() -> set[tuple[str, str]]:
    """(contract of the plan, function) of every `restricted` function, read from the sources and their inheritance."""
    sources = {
        match[1]: (path.read_text(), re.split(r"[\s,]+", match[2].strip()))
        for path in (REPOSITORY / "contracts").rglob("*.sol")
        for match in re.finditer(
            r"^(?:abstract )?contract (\w+)(?: is ([^{]*))?", path.read_text(), re.MULTILINE
        )
        if match[2] is not None
    }

    def own(name: str) -> set[str]:
        source, parents = sources.get(name, ("", []))
        pattern = r"function (\w+)\([^)]*\)([^{;]*)\{"
        found = {m[1] for m in re.finditer(pattern, source) if re.search(r"\brestricted\b", m[2])}
        return found.union(*(own(parent) for parent in parents))

    return {(name, function) for name, _ in CONTRACTS for function in own(name)}


__all__ = ["Role", "Section", "addresses", "main", "render", "restricted_functions", "sections", "variable"]

if __name__ == "__main__":
    main(sys.argv[1:])
