"""account list|show|what-if, liquidatable: live margins by the contracts' own views."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from keeper.amounts import exact, to_wad
from keeper.chain import MarginState
from keeper.cli.connect import (
    DEFAULT_ARTIFACTS,
    DEFAULT_DEPLOYMENT,
    DEFAULT_RPC,
    ArtifactsOption,
    Connection,
    DeploymentOption,
    JsonOption,
    RpcOption,
    connected,
)
from keeper.cli.output import money, show, show_facts
from keeper.errors import ConfigurationError, KeeperError, TransactionFailed, WireError
from keeper.liquidator.names import FORM, instrument_name, instrument_named
from keeper.types import AccountState, LegState

app = typer.Typer(help="Accounts and their live margin.", no_args_is_help=True)

_COLUMNS = {
    "account": "account",
    "health": "health",
    "legs": "legs",
    "equity": "equity",
    "own": "own requirement",
    "initial": "initial",
    "maintenance": "maintenance",
    "ratios": "ratios",
}
AccountArgument = Annotated[int, typer.Argument(help="Account id.")]


@app.command("list")
def list_accounts(
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """Every account with its live margin; one whose data failed is 'unknown', never healthy."""
    rows = asyncio.run(_rows(rpc, deployment, artifacts))
    show(rows, columns=_COLUMNS, title="Accounts", as_json=json)


def liquidatable(
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """Accounts under water at both price ends, or in auction."""
    rows = asyncio.run(_rows(rpc, deployment, artifacts))
    wanted = [row for row in rows if row["health"] in ("liquidatable", "in auction")]
    show(wanted, columns=_COLUMNS, title="Liquidatable", as_json=json)


@app.command("show")
def show_account(
    account: AccountArgument,
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """One account: cash, legs, and each part of its margin."""
    facts = asyncio.run(_facts(account, rpc, deployment, artifacts))
    show_facts(facts, title=f"Account {account}", as_json=json)


@app.command("what-if")
def what_if(
    account: AccountArgument,
    leg: Annotated[
        list[str],
        typer.Option("--leg", help="QUANTITY:UNDERLYING:perp or QUANTITY:UNDERLYING:EXPIRY:STRIKE:call|put"),
    ],
    cash: Annotated[str, typer.Option("--cash", help="Change of cash in quote currency.")] = "0",
    rpc: RpcOption = DEFAULT_RPC,
    deployment: DeploymentOption = DEFAULT_DEPLOYMENT,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    json: JsonOption = False,
) -> None:
    """The account's margin after adding legs and cash, e.g. --leg=-1:1:perp --cash=500."""
    legs = [parse_leg(text) for text in leg]
    facts = asyncio.run(_what_if(account, legs, parse_money(cash), rpc, deployment, artifacts))
    show_facts(facts, title=f"Account {account}, what if", as_json=json)


def parse_leg(text: str) -> LegState:
    """A leg from its command-line form. Raises ConfigurationError naming the text and the form."""
    quantity, _, name = text.partition(":")
    try:
        return LegState(instrument_named(name), parse_money(quantity))
    except WireError as error:
        raise ConfigurationError(f"'{text}' is not a leg: QUANTITY:{FORM} ({error})") from error


def parse_money(text: str) -> int:
    """A decimal in quote currency or units to WAD."""
    try:
        return to_wad(text)
    except WireError as error:
        raise ConfigurationError(f"'{text}' is not a decimal number, e.g. -1.5 ({error})") from error


async def _rows(rpc: str, deployment: Path, artifacts: Path) -> list[dict[str, Any]]:
    async with connected(rpc_url=rpc, deployment=deployment, artifacts=artifacts) as chain:
        block = await chain.reader.block()
        accounts = await chain.reader.accounts(block)
        ids = [account.account for account in accounts]
        margins = await chain.reader.margins(ids, block)
        auctions = await chain.reader.auctions(ids, block)
        return [_row(a, margins[a.account], in_auction=a.account in auctions) for a in accounts]


def _row(
    account: AccountState, margin: MarginState | TransactionFailed, *, in_auction: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {"account": account.account, "owner": account.owner, "legs": len(account.legs)}
    if isinstance(margin, TransactionFailed):
        return {**row, "health": "unknown", "reason": str(margin)}
    return {
        **row,
        "health": "in auction" if in_auction else margin.health,
        "equity": money(margin.equity_low),
        "own": money(margin.own_requirement),
        "initial": money(margin.initial_requirement),
        "maintenance": money(margin.maintenance_requirement),
        "ratios": f"{margin.initial_ratio_bps / 1e4:.2f}/{margin.maintenance_ratio_bps / 1e4:.2f}"
        + ("" if margin.attested else "*"),
        "attested": margin.attested,
    }


async def _facts(account: int, rpc: str, deployment: Path, artifacts: Path) -> dict[str, Any]:
    async with connected(rpc_url=rpc, deployment=deployment, artifacts=artifacts) as chain:
        state = await _account(chain, account)
        margin = (await chain.reader.margins([account]))[account]
        facts: dict[str, Any] = {
            "owner": state.owner,
            "cash": exact(state.cash),
            "portfolio_nonce": state.portfolio_nonce,
            "legs": [describe_leg(leg) for leg in state.legs],
        }
        if isinstance(margin, TransactionFailed):
            return {**facts, "health": "unknown", "reason": str(margin)}
        return {**facts, **_margin_facts(margin)}


async def _what_if(
    account: int, legs: list[LegState], cash: int, rpc: str, deployment: Path, artifacts: Path
) -> dict[str, Any]:
    async with connected(rpc_url=rpc, deployment=deployment, artifacts=artifacts) as chain:
        await _account(chain, account)
        return _margin_facts(await chain.reader.what_if(account, legs, cash))


async def _account(chain: Connection, account: int) -> AccountState:
    accounts = await chain.reader.accounts(await chain.reader.block())
    found = next((a for a in accounts if a.account == account), None)
    if found is None:
        raise KeeperError(
            f"there is no account {account}; there are {len(accounts)}, see `tailguard account list`"
        )
    return found


def _margin_facts(margin: MarginState) -> dict[str, Any]:
    return {
        "health": margin.health,
        "equity_low": exact(margin.equity_low),
        "equity_high": exact(margin.equity_high),
        "delta_gamma_vega": exact(margin.delta_gamma_vega),
        "scenario_loss": exact(margin.scenario_loss),
        "charges": exact(margin.charges),
        "own_requirement": exact(margin.own_requirement),
        "initial_ratio_bps": margin.initial_ratio_bps,
        "initial_requirement": exact(margin.initial_requirement),
        "maintenance_ratio_bps": margin.maintenance_ratio_bps,
        "maintenance_requirement": exact(margin.maintenance_requirement),
        "attested": margin.attested,
    }


def describe_leg(leg: LegState) -> str:
    """A leg in the form that `--leg` reads."""
    return f"{exact(leg.quantity)}:{instrument_name(leg.instrument)}"
