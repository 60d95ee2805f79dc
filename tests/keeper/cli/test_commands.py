"""The command line on a real local chain: what it says to people and to machines, and what it leaves alone."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from keeper.chain import ChainReader, Rpc
from keeper.chain.abi import Artifacts
from keeper.chain.deployment import read_deployment
from tests.keeper.cli.conftest import REPOSITORY, SENDER, SIGNER, in_a_process

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def priced(chain, tmp_path_factory):
    """The chain after an account was made and funded; prices come with the first published round."""
    artifacts = Artifacts(REPOSITORY / "out")
    record = read_deployment(chain.record)

    async def act():
        async with Rpc(chain.url, errors=artifacts) as rpc:
            reader = ChainReader(rpc, artifacts, record.addresses)
            operator = (await rpc.call("eth_accounts"))[0]
            ledger = reader.contracts["MarginAccounts"]
            token = artifacts.get("MockToken")

            async def send(target, data):
                await rpc.call(
                    "eth_sendTransaction", {"from": operator, "to": target, "data": "0x" + data.hex()}
                )

            await send(record.token, token.function("mint").encode((operator, 10**12)))
            await send(record.token, token.function("approve").encode((ledger.address, 10**12)))
            await send(ledger.address, ledger.encode("create", operator))
            account = await reader.account_count()
            await send(ledger.address, ledger.encode("deposit", account, 5_000_000_000))
            return account

    return chain.loop.run(act())


def test_deploying_again_verifies_and_sends_nothing(chain, tailguard):
    before = chain.block_number()
    again = tailguard("deploy", "--config", chain.chain_config, *chain.options, "--json")
    assert again.code == 0
    assert again.json["deployment_digest"] == json.loads(chain.record.read_text())["deployment_digest"]
    people = tailguard("deploy", "--config", chain.chain_config, *chain.options)
    assert people.code == 0
    assert "MarginEngine" in people.out
    assert chain.block_number() == before


def test_check_compares_with_the_chain_and_writes_no_transaction(chain, keeper_file, tailguard):
    before = chain.block_number()
    config = keeper_file()
    result = tailguard("keeper", "check", "--config", config, "--json")
    assert result.code == 0, result.err
    found = {row["check"]: row["result"] for row in result.json}
    assert set(found.values()) == {"ok"}
    assert set(found) >= {"deployment", "signer", "quorum", "rounds balance", "clock", "validity", "history"}
    people = tailguard("keeper", "check", "--config", config)
    assert SIGNER.address[:10] in people.out
    assert chain.block_number() == before


def test_check_names_the_wrong_signer_and_fails(keeper_file, tailguard):
    config = keeper_file(('file = "signer.json"', 'file = "sender.json"'))
    result = tailguard("keeper", "check", "--config", config)
    assert result.code == 2
    assert "failed" in result.out
    assert "does not fit the chain" in result.message
    rows = tailguard("keeper", "check", "--config", config, "--json").json
    (signer,) = [row for row in rows if row["check"] == "signer"]
    assert (signer["result"], SENDER.address in signer["detail"]) == ("failed", True)


def test_a_dry_round_is_computed_and_nothing_is_sent(chain, keeper_file, tmp_path):
    chain.show_market()
    before = chain.block_number()
    result = in_a_process("keeper", "once", "--config", keeper_file(), "--json")
    assert result.code == 0, result.err
    document = result.json
    assert (document["mode"], document["missing"]) == ("normal", {})
    assert [len(price["accepted"]) for price in document["prices"]] == [6, 6]
    refused = {(r["source"], r["reason"]) for price in document["prices"] for r in price["rejected"]}
    assert refused == {("binance", "duplicate_domain")}  # both USDT venues share a vote
    assert document["silent"] == []
    assert document["sequences"] == {"0": 0, "1": 0, "4": 0, "5": 0}
    assert all(json.loads(line)["event"] for line in result.err.splitlines())
    assert chain.block_number() == before
    assert os.listdir(tmp_path / "var/evidence") == []


def test_a_round_is_published_and_accounts_are_read_by_it(chain, priced, keeper_file, tailguard, tmp_path):
    chain.show_market()
    result = in_a_process("keeper", "once", "--config", keeper_file(dry=False))
    assert result.code == 0, result.err
    assert "Round" in result.out
    with sqlite3.connect(tmp_path / "var/keeper.db") as database:
        rounds = database.execute("select lane, seq, status from rounds order by lane").fetchall()
        messages = database.execute("select status from outbox").fetchall() if _has_outbox(database) else []
    database.close()
    assert rounds == [(0, 1, "published"), (1, 1, "published"), (2, 1, "published")]
    assert {status for (status,) in messages} <= {"mined"}
    history, bundle = sorted(os.listdir(tmp_path / "var/evidence"), reverse=True)
    assert history.startswith("history-")
    assert bundle.endswith(".json.zst")

    rows = tailguard("account", "list", *chain.options, "--json").json
    (mine,) = [row for row in rows if row["account"] == priced]
    assert (mine["health"], mine["equity"], mine["legs"]) == ("healthy", "5,000.00", 0)
    assert "healthy" in tailguard("account", "list", *chain.options).out

    shown = tailguard("account", "show", priced, *chain.options, "--json").json
    assert (shown["cash"], shown["equity_low"], shown["own_requirement"]) == ("5000", "5000", "0")
    assert "own requirement" in tailguard("account", "show", priced, *chain.options).out

    expiry = read_deployment(chain.record).expiries[2]
    added = f"--leg=-1:1:{expiry}:9000:call"
    short = tailguard("account", "what-if", priced, added, *chain.options, "--json").json
    assert float(short["own_requirement"]) > 0
    assert float(short["equity_high"]) > float(short["equity_low"])
    richer = tailguard("account", "what-if", priced, added, "--cash=500", *chain.options, "--json").json
    assert float(richer["equity_low"]) == pytest.approx(float(short["equity_low"]) + 500)
    ruin = tailguard(
        "account", "what-if", priced, "--leg=-50:1:perp", "--cash=-4900", *chain.options, "--json"
    )
    assert ruin.json["health"] == "liquidatable"
    assert "maintenance" in tailguard("account", "what-if", priced, added, *chain.options).out

    assert tailguard("liquidatable", *chain.options, "--json").json == []
    assert tailguard("liquidatable", *chain.options).code == 0


def _has_outbox(database: sqlite3.Connection) -> bool:
    names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
    return ("outbox",) in names


def test_an_account_that_is_not_there(chain, tailguard):
    result = tailguard("account", "show", 99, *chain.options)
    assert result.code == 1
    assert "there is no account 99" in result.message
    assert "tailguard account list" in result.message


@pytest.mark.parametrize("leg", ["1:1", "1:1:call", "x:1:perp", "1:1:100:5000:call", "NaN:1:perp"])
def test_a_leg_in_another_form(chain, tailguard, leg):
    result = tailguard("account", "what-if", 1, f"--leg={leg}", *chain.options)
    assert result.code == 2
    assert "QUANTITY:UNDERLYING" in result.message or "not a decimal number" in result.message


def test_doctor_for_people_and_machines(tailguard):
    machine = tailguard("doctor", "--json")
    rows = {row["item"]: row["result"] for row in machine.json}
    assert rows["Python"] == "ok"
    assert rows["anvil"] == "ok"
    assert (machine.code == 0) == ("missing" not in rows.values())
    assert "tailguard doctor" in tailguard("doctor").out
