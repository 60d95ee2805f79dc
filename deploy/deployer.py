"""Deploys the system from a chain's configuration and writes the deployment record; run twice, it sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from deploy.backend import Backend
from deploy.config import ChainConfig
from deploy.journal import Journal
from deploy.plan import CONTRACTS, DEPLOYER, TOKEN
from deploy.sources import artifact_of, source_contracts
from deploy.wiring import Wiring
from keeper.chain.abi import Artifacts
from keeper.chain.contracts import SYSTEM, Contract
from keeper.chain.deployment import DeployedContract, Deployment, read_deployment
from keeper.errors import ChainError, ConfigurationError, WrongChain

MOCK_TOKEN = "MockToken"  # noqa: S105 - a contract's name


def deploy(config: ChainConfig, backend: Backend, artifacts: Artifacts, record_path: Path) -> Deployment:
    """The deployment described by `config`: made, continued, or verified if `record_path` has it already.

    Raises `WrongChain` where the node serves another chain, `ConfigurationError` where the record is of another
    configuration or other code, `TransactionFailed` with the decoded error where a contract refuses.
    """
    _require_another_hand(config, backend.sender)
    served = backend.chain_id()
    if served != config.chain_id:
        raise WrongChain(f"the node serves chain {served}, the configuration is for {config.chain_id}")
    if record_path.exists():
        deployment = read_deployment(record_path)
        _verify(deployment, config, backend, artifacts, record_path)
        return deployment
    return _Run(config, backend, artifacts, record_path).finish()


def _require_another_hand(config: ChainConfig, deployer: str) -> None:
    if deployer in (config.governance.council, *config.governance.guardians):
        raise ConfigurationError(
            f"governance names the deploying account {deployer}: what deploys keeps no right, name another"
        )


class _Run:
    """One deployment from its first or next missing step to its end."""

    def __init__(
        self, config: ChainConfig, backend: Backend, artifacts: Artifacts, record_path: Path
    ) -> None:
        self._config = config
        self._backend = backend
        self._artifacts = artifacts
        for name in SYSTEM:
            artifacts.get(name)  # every error the system can raise is decodable from here on
        number, timestamp = backend.block()
        header = {
            "chain_id": config.chain_id,
            "deployer": backend.sender,
            "configuration_digest": config.digest,
            "first_block": number + 1,
            "timestamp": timestamp,
        }
        self._journal = Journal(record_path, header)

    def finish(self) -> Deployment:
        token = self._token()
        contracts = self._contracts({TOKEN: token, DEPLOYER: self._backend.sender})
        header = self._journal.header
        expiries = self._config.expiries.after(header["timestamp"])
        bound = {
            name: Contract(contract.address, self._artifacts.get(artifact_of(name)))
            for name, contract in contracts.items()
        }
        Wiring(self._config, self._backend, bound).apply(expiries)
        deployment = Deployment(
            chain_id=header["chain_id"],
            deployer=header["deployer"],
            token=token,
            first_block=header["first_block"],
            timestamp=header["timestamp"],
            signers=self._config.signers.addresses,
            threshold=self._config.signers.threshold,
            underlyings={item.symbol: i for i, item in enumerate(self._config.underlyings, start=1)},
            expiries=expiries,
            configuration_digest=header["configuration_digest"],
            contracts=contracts,
        )
        self._journal.finish(deployment.to_json())
        return deployment

    def _token(self) -> str:
        if self._config.token.address is not None:
            if not self._backend.code(self._config.token.address):
                raise ConfigurationError(f"token {self._config.token.address} has no code on this chain")
            return self._config.token.address
        if self._journal.token is None:
            self._journal.add_token(self._create(MOCK_TOKEN, ()).address)
        return str(self._journal.token)

    def _contracts(self, addresses: dict[str, str]) -> dict[str, DeployedContract]:
        contracts: dict[str, DeployedContract] = {}
        for name, arguments in (*CONTRACTS, *source_contracts(self._config)):
            contract = self._journal.contract(name)
            if contract is None:
                contract = self._create(name, arguments(addresses, self._config))
                self._journal.add_contract(name, contract)
            else:
                _require_code(name, contract, self._backend, self._artifacts)
            contracts[name] = contract
            addresses[name] = contract.address
        return contracts

    def _create(self, name: str, arguments: tuple[Any, ...]) -> DeployedContract:
        artifact = self._artifacts.get(artifact_of(name))
        receipt = self._backend.transact(None, artifact.creation(arguments))
        if receipt.contract is None:
            raise ChainError(f"transaction {receipt.transaction_hash} created no {name}")
        return DeployedContract(
            address=receipt.contract,
            block=receipt.block,
            creation_hash=_hash(artifact.creation_code),
            runtime_hash=_hash(self._backend.code(receipt.contract)),
        )


def _verify(
    deployment: Deployment, config: ChainConfig, backend: Backend, artifacts: Artifacts, path: Path
) -> None:
    """Raises unless the recorded deployment is this configuration's, of this code, on this chain."""
    if deployment.chain_id != config.chain_id:
        raise WrongChain(
            f"{path} records chain {deployment.chain_id}, the configuration is for {config.chain_id}"
        )
    if deployment.configuration_digest != config.digest:
        raise ConfigurationError(
            f"{path} was deployed from configuration {deployment.configuration_digest}, this one is "
            f"{config.digest}: change parameters through governance, or deploy to another record"
        )
    for name, contract in deployment.contracts.items():
        _require_code(name, contract, backend, artifacts)


def _require_code(name: str, contract: DeployedContract, backend: Backend, artifacts: Artifacts) -> None:
    compiled = _hash(artifacts.get(artifact_of(name)).creation_code)
    if compiled != contract.creation_hash:
        raise ConfigurationError(
            f"{name} was deployed from code {contract.creation_hash}, compiled is {compiled}: "
            "check out the deployed version, or deploy to another record"
        )
    runtime = _hash(backend.code(contract.address))
    if runtime != contract.runtime_hash:
        raise ConfigurationError(
            f"{name} at {contract.address} has code {runtime}, recorded is {contract.runtime_hash}: "
            "another chain or a chain that was reset; remove the record to deploy anew"
        )


def _hash(code: bytes) -> str:
    return "0x" + keccak(code).hex()
