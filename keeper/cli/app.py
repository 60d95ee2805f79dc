"""The commands, their exit codes, and the one border where errors become messages."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from keeper.cli import accounts, chain, database, key, liquidator, quote, run
from keeper.cli.audit import audit
from keeper.cli.demo import demo
from keeper.cli.emergency import pause
from keeper.cli.history import history
from keeper.cli.logs import configure_logs
from keeper.cli.output import err
from keeper.cli.shadow import shadow
from keeper.cli.solvency import solvency
from keeper.errors import KeeperError
from risk.errors import RiskError

_RECURSION_LIMIT = 1_000  # the interpreter's own default

app = typer.Typer(
    name="tailguard",
    help="On-chain margin for crypto options and perpetuals: keeper, liquidator and audit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(run.app, name="keeper")
run.app.command("history")(history)
app.add_typer(key.app, name="key")
app.add_typer(database.app, name="db")
app.add_typer(accounts.app, name="account")
app.add_typer(quote.app, name="quote")
app.add_typer(liquidator.app, name="liquidator")
app.command("liquidatable")(accounts.liquidatable)
app.command("audit")(audit)
app.command("deploy")(chain.deploy)
app.command("doctor")(chain.doctor)
app.command("demo")(demo)
app.command("pause")(pause)
app.command("shadow")(shadow)
app.command("solvency")(solvency)


def main() -> None:
    """Exit codes: docs/commands.md."""
    # A dependency raises the limit on import, past what the stack holds: deeply nested JSON would end the process.
    sys.setrecursionlimit(_RECURSION_LIMIT)
    configure_logs()  # standard output is the answer's alone
    try:
        app(standalone_mode=True)
    except KeeperError as error:
        err.print(f"[bold red]error[/]: {escape(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)
    except RiskError as error:
        err.print(f"[bold red]error[/]: {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
