"""Who may do what after a deployment: replayed from the first block, compared with the manual, and tried."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections import defaultdict

import pytest
from eth_abi.abi import decode
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3

from deploy import Web3Backend, deploy
from deploy.manual import DELAYED, PAGE, addresses, render, restricted_functions, sections
from deploy.plan import COUNCIL_ROLES, GRANTS, GUARDIAN_ROLES, Role
from keeper.chain import Anvil, find_anvil
from keeper.errors import TransactionFailed

from .conftest import LOCAL, REPOSITORY, read_chain_config

ANYONE = "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955"


def test_every_restricted_function_of_the_sources_is_in_the_plan():
    planned = {(grant.contract, function) for grant in GRANTS for function in grant.functions}
    assert restricted_functions() == planned
    assert len(planned) >= 20


def test_the_manual_is_the_one_the_plan_describes(artifacts):
    assert PAGE.read_text() == render(read_chain_config(LOCAL), artifacts), "run python -m deploy.manual"


def _logs(system, contract, event):
    """Decoded logs of one event since the first block: indexed values, then the rest."""
    entry = next(e for e in system.contracts[contract].artifact.entries if e.name == event)
    found = system.web3.eth.get_logs(
        {"fromBlock": 0, "address": system.contracts[contract].address, "topics": [entry.topic]}
    )
    for log in found:
        plain = [p.type for p in entry.inputs if not p.indexed]
        indexed = [p for p in entry.inputs if p.indexed]
        keys = [decode([p.type], bytes(t))[0] for p, t in zip(indexed, log["topics"][1:], strict=True)]
        yield [*keys, *decode(plain, bytes(HexBytes(log["data"])))]


def _holders(system, contract):
    """role -> accounts, all grants and revocations since the first block applied in order."""
    events = []
    for name, granted in (("RoleGranted", True), ("RoleRevoked", False)):
        entry = next(e for e in system.contracts[contract].artifact.entries if e.name == name)
        logs = system.web3.eth.get_logs(
            {"fromBlock": 0, "address": system.contracts[contract].address, "topics": [entry.topic]}
        )
        events += [(log["blockNumber"], log["logIndex"], granted, log["topics"]) for log in logs]
    holders = defaultdict(set)
    for _, _, granted, topics in sorted(events):
        account = Web3.to_checksum_address(bytes(topics[2])[-20:])
        (holders[bytes(topics[1])].add if granted else holders[bytes(topics[1])].discard)(account)
    return {role: accounts for role, accounts in holders.items() if accounts}


def _documented_holders(system):
    address = system.deployment.addresses
    wanted = defaultdict(set, {Role.ADMIN: {address["Timelock"]}})
    for grant in GRANTS:
        wanted[grant.role] |= {address[holder] for holder in grant.holders}
    for role in COUNCIL_ROLES:
        wanted[role].add(system.config.governance.council)
    for role in GUARDIAN_ROLES:
        wanted[role] |= set(system.config.governance.guardians)
    return {role: accounts for role, accounts in wanted.items() if accounts}


def test_the_roles_ever_granted_end_with_exactly_the_documented_holders(system):
    held = {Role(int.from_bytes(role)): a for role, a in _holders(system, "AccessManager").items()}
    assert held == _documented_holders(system)
    for role, accounts in held.items():
        for account in accounts:
            delay = system.config.governance.delay_seconds if role in COUNCIL_ROLES else 0
            delay = delay if account == system.config.governance.council else 0
            assert system.read("AccessManager", "hasRole", int(role), account) == (True, delay), role.name


def test_the_timelock_is_in_nobody_elses_hands(system):
    timelock, council = system.deployment.addresses["Timelock"], system.config.governance.council
    names = {Web3.keccak(text=name): name for name in ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE")}
    held = {names.get(role, role.hex()): accounts for role, accounts in _holders(system, "Timelock").items()}
    assert held == {
        "00" * 32: {timelock},
        "PROPOSER_ROLE": {council},
        "CANCELLER_ROLE": {council},
        "EXECUTOR_ROLE": {"0x" + "00" * 20},
    }
    assert system.read("Timelock", "getMinDelay") == system.config.governance.delay_seconds


def test_no_key_of_the_deployer_retains_a_right(system):
    deployer = system.deployment.deployer
    assert deployer == system.backend.sender
    for name, contract in system.contracts.items():
        entries = [e for e in contract.artifact.entries if e.kind == "function"]
        assert not {"owner", "transferOwnership", "upgradeTo"} & {e.name for e in entries}, name
        if "authority" in contract.artifact.functions:
            assert system.read(name, "authority") == system.deployment.addresses["AccessManager"]
    for name, function in sorted(restricted_functions()):
        contract = system.contracts[name]
        selector = contract.artifact.function(function).selector
        allowed = system.read("AccessManager", "canCall", deployer, contract.address, selector)
        assert allowed == (False, 0), f"{name}.{function}"
        with pytest.raises(TransactionFailed) as caught:
            system.backend.call(contract.address, selector + bytes(32 * 40))
        assert caught.value.error_name == "AccessManagedUnauthorized", f"{name}.{function}"
    for role in Role:
        assert system.read("AccessManager", "hasRole", int(role), deployer)[0] is False, role.name
    assert list(_logs(system, "AccessManager", "OperationScheduled")) == []
    assert list(_logs(system, "Timelock", "CallScheduled")) == []


@pytest.mark.parametrize("grant", GRANTS, ids=lambda g: f"{g.contract}.{g.functions[0]}")
def test_each_function_has_the_documented_role_and_a_veto(system, grant):
    contract = system.contracts[grant.contract]
    for function in grant.functions:
        selector = contract.artifact.function(function).selector
        role = system.read("AccessManager", "getTargetFunctionRole", contract.address, selector)
        assert role == grant.role, function
    guardian = system.read("AccessManager", "getRoleGuardian", int(grant.role))
    assert guardian == (Role.GUARDIAN if grant.role in COUNCIL_ROLES else Role.ADMIN)
    assert system.read("AccessManager", "getRoleAdmin", int(grant.role)) == Role.ADMIN


def test_the_council_can_change_nothing_at_once(system):
    council = Web3Backend(system.web3, system.config.governance.council, system.artifacts)
    expiry = system.deployment.expiries[-1] + 86_400
    data = system.contracts["RiskParameters"].encode("listExpiry", expiry)
    target = system.deployment.addresses["RiskParameters"]
    with pytest.raises(TransactionFailed):
        council.transact(target, data)
    system.send("AccessManager", "schedule", target, data, 0, backend=council)
    system.wait(system.config.governance.delay_seconds - 5)
    with pytest.raises(TransactionFailed) as caught:
        system.send("AccessManager", "execute", target, data, backend=council)
    assert caught.value.error_name == "AccessManagerNotReady"


# ---- the manual's commands on a real node ----


@pytest.fixture(scope="module")
def chain(artifacts, tmp_path_factory):
    """A node, a shell environment as the manual asks for, and the way to run lines in it."""
    folder = tmp_path_factory.mktemp("governed")
    anvil = asyncio.run(Anvil.start(find_anvil(os.environ.get("PATH"), REPOSITORY), timestamp=1_750_000_000))
    web3 = Web3(HTTPProvider(anvil.url))
    config = read_chain_config(LOCAL)
    deploy(config, Web3Backend(web3, web3.eth.accounts[0], artifacts), artifacts, folder / "record.json")
    governance = config.governance
    wallets = {"COUNCIL": governance.council, "GUARDIAN": governance.guardians[0], "ANYONE": ANYONE}
    exports = [f'export {name}="--unlocked --from {a}"' for name, a in wallets.items()]
    tools = f'export PATH="{REPOSITORY / "tools"}:$PATH" ETH_RPC_URL={anvil.url}'
    coin = (
        Web3Backend(web3, ANYONE, artifacts).transact(None, artifacts.get("MockToken").creation(())).contract
    )
    exports.append(f"export COLLATERAL_TOKEN={coin}")
    prologue = "\n".join(["set -euo pipefail", tools, *exports, addresses(folder / "record.json")])
    yield web3, prologue, governance.delay_seconds
    anvil.stop()


def _entries():
    """(heading, lines) of every command block of the page as it stands."""
    page = PAGE.read_text()
    return re.findall(r"^### (\S+)\n.*?```sh\n(.*?)\n```", page, re.MULTILINE | re.DOTALL)


def test_the_manual_has_a_command_for_everything_a_person_may_cause(artifacts):
    headings = [heading for heading, _ in _entries()]
    wanted = [f"{s.contract}.{s.function}" for s in sections(read_chain_config(LOCAL), artifacts)]
    assert headings == wanted
    by_people = {
        f"{g.contract}.{f}"
        for g in GRANTS
        if g.role in (*COUNCIL_ROLES, *GUARDIAN_ROLES)
        for f in g.functions
    }
    assert by_people <= set(headings)


@pytest.mark.chain
@pytest.mark.parametrize(("heading", "block"), _entries(), ids=[heading for heading, _ in _entries()])
def test_each_command_of_the_manual_works_after_its_delay_and_not_before(chain, heading, block):
    lines = block.splitlines()
    if heading == "Pause.end":
        lines = [*dict(_entries())["Pause.pause"].splitlines(), *lines]
    if heading == "PolicyLane.veto":
        lines = [*dict(_entries())["PolicyLane.setPolicy"].splitlines(), *lines]
    if heading == "SettlementFallback.decide":
        lines = [_wait(3 * 86_400), *lines]  # two days after the first listed expiry
    if DELAYED in lines:
        assert _tried(chain, lines)[0] != 0, "executed without waiting"
    waited = [_wait(chain[2]) if line == DELAYED else line for line in lines]
    code, output = _tried(chain, waited)
    assert code == 0, output


def _wait(seconds):
    return f"cast rpc evm_increaseTime {seconds} >/dev/null && cast rpc evm_mine >/dev/null"


def _tried(chain, lines):
    """Exit status and output of shell lines; the chain is as it was afterwards."""
    web3, prologue, _ = chain
    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join([prologue, *lines])], capture_output=True, text=True, check=False
    )
    web3.provider.make_request("evm_revert", [snapshot])
    return done.returncode, done.stderr + done.stdout
