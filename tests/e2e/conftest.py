"""A whole system on an in-process chain, deployed once; every test starts from that state again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from web3 import EthereumTesterProvider, Web3

from deploy import ChainConfig, Web3Backend, deploy, read_chain_config
from keeper.chain import Artifacts, Contract, contracts_at
from keeper.chain.deployment import Deployment
from keeper.signing import KeystoreSigner

REPOSITORY = Path(__file__).parents[2]
LOCAL = REPOSITORY / "deploy" / "chains" / "local.toml"
SIGNERS = tuple(KeystoreSigner.from_secret(secret) for secret in (0xA1, 0xA2, 0xA3))


@dataclass
class System:
    """A deployed system and the means to call it."""

    backend: Web3Backend
    web3: Web3
    config: ChainConfig
    artifacts: Artifacts
    deployment: Deployment
    record: Path
    contracts: dict[str, Contract]

    def read(self, name: str, function: str, *arguments: Any) -> Any:
        contract = self.contracts[name]
        return contract.decode(
            function, self.backend.call(contract.address, contract.encode(function, *arguments))
        )

    def send(self, name: str, function: str, *arguments: Any, backend: Web3Backend | None = None) -> Any:
        contract = self.contracts[name]
        return (backend or self.backend).transact(contract.address, contract.encode(function, *arguments))

    def govern(self, name: str, function: str, *arguments: Any) -> Any:
        """As the council does: schedules a call, waits, executes it."""
        council = Web3Backend(self.web3, self.config.governance.council, self.artifacts)
        target = self.contracts[name]
        data = target.encode(function, *arguments)
        self.send("AccessManager", "schedule", target.address, data, 0, backend=council)
        self.wait(self.config.governance.delay_seconds)
        return self.send("AccessManager", "execute", target.address, data, backend=council)

    def wait(self, seconds: int) -> None:
        tester = self.web3.provider.ethereum_tester
        tester.time_travel(self.backend.block()[1] + seconds)


def new_chain(artifacts: Artifacts, account: int = 0) -> tuple[Web3, Web3Backend]:
    web3 = Web3(EthereumTesterProvider())
    return web3, Web3Backend(web3, web3.eth.accounts[account], artifacts)


def configuration(backend: Web3Backend, **changes: Any) -> ChainConfig:
    config = read_chain_config(LOCAL).with_signers(tuple(signer.address for signer in SIGNERS), 2)
    accounts = backend._web3.eth.accounts
    governance = config.governance.model_copy(update={"council": accounts[3], "guardians": (accounts[4],)})
    return config.model_copy(update={"chain_id": backend.chain_id(), "governance": governance, **changes})


@pytest.fixture(scope="session")
def artifacts() -> Artifacts:
    return Artifacts(REPOSITORY / "out")


@pytest.fixture(scope="session")
def deployed(artifacts, tmp_path_factory) -> System:
    web3, backend = new_chain(artifacts)
    config = configuration(backend)
    record = tmp_path_factory.mktemp("deployment") / "record.json"
    deployment = deploy(config, backend, artifacts, record)
    contracts = contracts_at(artifacts, deployment.addresses)
    return System(backend, web3, config, artifacts, deployment, record, contracts)


@pytest.fixture
def system(deployed):
    tester = deployed.web3.provider.ethereum_tester
    snapshot = tester.take_snapshot()
    yield deployed
    tester.revert_to_snapshot(snapshot)
