"""The deployer on the in-process chain: whole, once, resumable, and refusing what does not match its record."""

from __future__ import annotations

import dataclasses
import json

import pytest
from eth_utils.crypto import keccak
from pydantic import ValidationError

from deploy import SigningBackend, Web3Backend, deploy, read_chain_config
from deploy.config import WAD, ChainlinkSection
from deploy.plan import CONTRACTS, GRANTS, Role
from deploy.sources import mock_feeds, source_contracts
from keeper.chain.abi import Artifact
from keeper.chain.contracts import Contract
from keeper.chain.deployment import read_deployment
from keeper.errors import ChainUnreachable, ConfigurationError, TransactionFailed, WrongChain
from keeper.signing import KeystoreSigner
from keeper.wire import config_digest

from .conftest import LOCAL, SIGNERS, configuration, new_chain


class DyingBackend:
    """A backend whose node is gone after a number of transactions; counts the contracts it created."""

    def __init__(self, backend, transactions):
        self._backend, self._left = backend, transactions
        self.sender = backend.sender
        self.created = 0
        for name in ("chain_id", "block", "call", "code"):
            setattr(self, name, getattr(backend, name))

    def transact(self, target, data):
        if self._left == 0:
            raise ChainUnreachable("the node is gone")
        self._left -= 1
        self.created += target is None
        return self._backend.transact(target, data)


def test_every_contract_stands_where_the_record_says(system):
    assert read_deployment(system.record) == system.deployment
    planned = (*CONTRACTS, *source_contracts(system.config))
    assert set(system.deployment.contracts) == {name for name, _ in planned}
    for contract in system.deployment.contracts.values():
        code = system.backend.code(contract.address)
        assert code
        assert contract.runtime_hash == "0x" + keccak(code).hex()
    assert system.read("SignedLanes", "configDigest") == config_digest(
        system.config.chain_id,
        system.contracts["SignedLanes"].address,
        1,
        [signer.address for signer in SIGNERS],
        2,
        system.read("RiskParameters", "parametersDigest"),
    )


def test_every_parameter_reads_back_as_configured(system):
    config = system.config
    assert system.read("RiskParameters", "underlyingCount") == 2
    for underlying, section in enumerate(config.underlyings, start=1):
        read = system.read("RiskParameters", "underlyingConfig", underlying)
        assert tuple(read.values()) == section.as_tuple()
    grid = [tuple(point.values()) for point in system.read("RiskParameters", "scenarioGrid")]
    assert grid == config.grid.points()
    assert len(grid) == 23
    assert tuple(system.read("RiskParameters", "marginModel").values()) == config.margin.as_tuple()
    assert tuple(system.read("RiskParameters", "laneLimits").values()) == config.limits.as_tuple()
    assert tuple(system.read("RiskParameters", "auctionCurve").values()) == config.auction.as_tuple()
    assert system.read("RiskParameters", "loadings") == config.loadings_wad()
    assert tuple(system.read("RiskParameters", "listedExpiries")) == system.deployment.expiries
    assert all(expiry % 86_400 == 8 * 3_600 for expiry in system.deployment.expiries)
    assert system.read("MarginAccounts", "marginEngine") == system.contracts["MarginEngine"].address
    assert system.read("MarginAccounts", "liquidation") == system.contracts["Liquidation"].address


def test_the_declared_correlations_are_those_of_the_loadings():
    rows = [[float(value) for value in row] for row in read_chain_config(LOCAL).loadings]
    full = [row + [0.0] * (4 - len(row)) for row in rows]
    covariance = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in full] for x in full]
    deviations = [covariance[i][i] ** 0.5 for i in range(4)]
    assert deviations == pytest.approx([0.05, 0.10, 0.065, 0.11], rel=1e-4)
    expected = {(0, 2): 0.85, (1, 3): 0.80, (0, 1): -0.35, (2, 3): -0.35, (0, 3): -0.30, (1, 2): -0.30}
    for (i, j), correlation in expected.items():
        assert covariance[i][j] / (deviations[i] * deviations[j]) == pytest.approx(correlation, abs=1e-3)


@pytest.mark.parametrize("grant", GRANTS, ids=lambda grant: f"{grant.contract}.{grant.functions[0]}")
def test_each_module_holds_the_roles_it_needs_and_no_other(system, grant):
    contract = system.contracts[grant.contract]
    for function in grant.functions:
        selector = contract.artifact.function(function).selector
        assert system.read("AccessManager", "getTargetFunctionRole", contract.address, selector) == grant.role
    modules = {name for name, _ in CONTRACTS}
    wanted = {holder for other in GRANTS if other.role == grant.role for holder in other.holders}
    held = {
        name
        for name in modules
        if system.read("AccessManager", "hasRole", int(grant.role), system.contracts[name].address)[0]
    }
    assert held == wanted


def test_a_stranger_can_call_no_restricted_function(system):
    stranger = Web3Backend(system.web3, system.web3.eth.accounts[5], system.artifacts)
    calls = [
        ("MarginAccounts", "moveCash", 1, 1, 1, 0),
        ("MarginAccounts", "socialise", 1),
        ("MarginAccounts", "setMarginEngine", stranger.sender),
        ("RiskParameters", "listExpiry", 1_900_000_000),
        ("SignedLanes", "setSigners", [stranger.sender], 1),
        ("InsuranceFund", "cover", 1, 1),
    ]
    for name, function, *arguments in calls:
        with pytest.raises(TransactionFailed) as caught:
            system.send(name, function, *arguments, backend=stranger)
        assert caught.value.error_name == "AccessManagedUnauthorized", function


def test_every_configured_source_is_listed_and_answers_once_its_feed_does(system):
    addresses, section = system.deployment.addresses, system.config.underlyings[0].sources[0]
    assert list(system.read("PriceIntervals", "sources", 1)) == [addresses["ChainlinkSource_BTC_1"]]
    assert system.read("PriceIntervals", "readings", 1)[0]["observedAt"] == 0
    feed = Contract(mock_feeds(system.config, addresses)[1], system.artifacts.get("MockAggregator"))
    now = system.backend.block()[1]
    system.backend.transact(feed.address, feed.encode("set", 20_000 * 10**8, now))
    reading = system.read("PriceIntervals", "readings", 1)[0]
    assert (reading["price"], reading["observedAt"]) == (20_000 * WAD, now)
    assert reading["high"] - reading["price"] >= 20_000 * WAD * section.deviation_bps // 10_000


@pytest.mark.parametrize("where", [{}, {"mock": True, "address": SIGNERS[0].address}])
def test_a_source_is_an_address_or_a_mock(where):
    with pytest.raises(ValidationError, match="an address or mock = true"):
        ChainlinkSection(kind="chainlink", heartbeat_seconds=60, deviation_bps=50, **where)


def test_a_second_run_sends_nothing(system):
    block = system.backend.block()
    assert deploy(system.config, system.backend, system.artifacts, system.record) == system.deployment
    assert system.backend.block() == block


def test_an_interrupted_deployment_goes_on_without_creating_anything_twice(artifacts, tmp_path):
    _, backend = new_chain(artifacts)
    config, record = configuration(backend), tmp_path / "record.json"
    created = 0
    for transactions in (3, 6, 7, 12):
        dying = DyingBackend(backend, transactions)
        with pytest.raises(ChainUnreachable):
            deploy(config, dying, artifacts, record)
        created += dying.created
        assert not record.exists()
    last = DyingBackend(backend, 1_000)
    deployment = deploy(config, last, artifacts, record)
    assert created + last.created == len(CONTRACTS) + len(source_contracts(config)) + 1  # and the mock token
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
    assert read_deployment(record) == deployment


def test_an_interrupted_deployment_is_not_continued_with_another_configuration(artifacts, tmp_path):
    _, backend = new_chain(artifacts)
    record = tmp_path / "record.json"
    with pytest.raises(ChainUnreachable):
        deploy(configuration(backend), DyingBackend(backend, 2), artifacts, record)
    other = configuration(backend).with_signers((SIGNERS[0].address,), 1)
    with pytest.raises(ConfigurationError, match="another chain, deployer or configuration"):
        deploy(other, backend, artifacts, record)


def test_a_changed_configuration_is_refused(system):
    changed = system.config.with_signers((SIGNERS[0].address,), 1)
    with pytest.raises(ConfigurationError, match="through governance"):
        deploy(changed, system.backend, system.artifacts, system.record)


def test_other_bytecode_is_refused(system, artifacts):
    class Recompiled:
        """The same artefacts with one contract compiled from other source."""

        def get(self, name):
            artifact = artifacts.get(name)
            return Artifact(name, artifact.entries, b"\x00") if name == "MarginEngine" else artifact

    with pytest.raises(ConfigurationError, match="MarginEngine was deployed from code"):
        deploy(system.config, system.backend, Recompiled(), system.record)


def test_a_chain_that_was_reset_is_noticed(system, artifacts):
    _, fresh = new_chain(artifacts)
    with pytest.raises(ConfigurationError, match="a chain that was reset"):
        deploy(system.config, fresh, artifacts, system.record)
    assert fresh.block()[0] == 0


def test_an_edited_or_damaged_record_is_refused(system, tmp_path):
    content = json.loads(system.record.read_text())
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**content, "threshold": 1}))
    with pytest.raises(ConfigurationError, match="it was edited"):
        read_deployment(path)
    path.write_text("{")
    with pytest.raises(ConfigurationError, match="damaged"):
        read_deployment(path)
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_deployment(tmp_path / "absent.json")


def test_the_wrong_chain_is_refused_before_anything_is_sent(artifacts, tmp_path):
    _, backend = new_chain(artifacts)
    with pytest.raises(WrongChain, match="31337"):
        deploy(read_chain_config(LOCAL), backend, artifacts, tmp_path / "record.json")
    assert backend.block()[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_token_address_without_code_is_refused(artifacts, tmp_path):
    _, backend = new_chain(artifacts)
    token = read_chain_config(LOCAL).token.model_copy(update={"mock": False, "address": SIGNERS[0].address})
    with pytest.raises(ConfigurationError, match="has no code"):
        deploy(configuration(backend, token=token), backend, artifacts, tmp_path / "record.json")


def test_a_chain_with_its_own_key_ends_without_it(artifacts, tmp_path):
    web3, _ = new_chain(artifacts)
    signer = KeystoreSigner.from_secret(0xD0)
    web3.eth.wait_for_transaction_receipt(
        web3.eth.send_transaction({"from": web3.eth.accounts[0], "to": signer.address, "value": 10**20})
    )
    backend = SigningBackend(web3, signer, artifacts)
    config, record = configuration(backend), tmp_path / "record.json"
    deployment = deploy(config, backend, artifacts, record)
    manager = artifacts.get("AccessManager").function("hasRole")
    for role in Role:
        data = backend.call(
            deployment.addresses["AccessManager"], manager.encode((int(role), signer.address))
        )
        assert not manager.decode_output(data)[0], role.name
    assert deploy(config, backend, artifacts, record) == deployment


@pytest.mark.parametrize("named", ["council", "guardians"])
def test_the_deploying_account_cannot_be_named_in_governance(artifacts, tmp_path, named):
    _, backend = new_chain(artifacts)
    value = backend.sender if named == "council" else (backend.sender,)
    config = configuration(backend)
    governance = config.governance.model_copy(update={named: value})
    with pytest.raises(ConfigurationError, match="keeps no right"):
        deploy(configuration(backend, governance=governance), backend, artifacts, tmp_path / "record.json")
    assert backend.block()[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("threshold = 2", "threshold = 4", "threshold 4 exceeds 3"),
        ("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "twice"),
        (
            "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
            "0x3c44CdDdB6a900fa2b585dd299e03d12FA4293BC",
            "checksum",
        ),
        ("halt_age", "halt_ages", "halt_ages"),
        ("mock = true", "mock = false", "not both"),
        ('["0.05"]', '["0.05", "1"]', "lower triangle"),
        ("chain_id = 31337", "chain_id = 0", "chain_id"),
        ("chain_id = 31337", "chain_id = 1", "needs 172800 at least"),
        (
            "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
            "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
            "different accounts",
        ),
        ("[margin]", "[margin", "not TOML"),
    ],
)
def test_a_bad_configuration_is_refused_by_name(tmp_path, old, new, named):
    path = tmp_path / "chain.toml"
    path.write_text(LOCAL.read_text().replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=named):
        read_chain_config(path)


def test_a_missing_configuration_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.toml does not exist"):
        read_chain_config(tmp_path / "absent.toml")


def test_an_amount_finer_than_the_chain_can_hold_is_refused(artifacts, tmp_path):
    _, backend = new_chain(artifacts)
    path = tmp_path / "chain.toml"
    path.write_text(LOCAL.read_text().replace('lot_size = "0.01"', 'lot_size = "0.0000000000000000001"', 1))
    config = read_chain_config(path).model_copy(update={"chain_id": backend.chain_id()})
    with pytest.raises(ConfigurationError, match="lot_size"):
        deploy(config, backend, artifacts, tmp_path / "record.json")


def test_the_digest_names_every_field(system):
    other = dataclasses.replace(system.deployment, first_block=system.deployment.first_block + 1)
    assert other.digest != system.deployment.digest
