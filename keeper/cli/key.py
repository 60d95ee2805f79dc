"""key create|address: encrypted keystores for a keeper, a guardian or a liquidator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from keeper.cli.connect import JsonOption
from keeper.cli.keys import PASSWORD_VARIABLE
from keeper.cli.output import show_facts
from keeper.errors import SigningError
from keeper.signing import KeystoreSigner, read_password

app = typer.Typer(help="Encrypted keys.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="Keystore (version 3), mode 600.")]
PasswordOption = Annotated[
    Path | None,
    typer.Option("--password-file", help=f"File of mode 600; else {PASSWORD_VARIABLE}, else a prompt."),
]


@app.command()
def create(file: FileArgument, password_file: PasswordOption = None, json: JsonOption = False) -> None:
    """Draws a new key and writes it encrypted. It exists nowhere else: keep a copy of file and password."""
    signer = KeystoreSigner.drawn()
    signer.write_keystore(file, _password(password_file, _asked_twice))
    show_facts({"address": signer.address, "file": str(file)}, title="Key", as_json=json)


@app.command()
def address(file: FileArgument, password_file: PasswordOption = None, json: JsonOption = False) -> None:
    """Opens a keystore and prints its address, which proves that file and password belong together."""
    signer = KeystoreSigner.from_file(file, _password(password_file, getpass))
    if json:
        show_facts({"address": signer.address}, title="Key", as_json=True)
    else:
        typer.echo(signer.address)


def _password(file: Path | None, prompt: Callable[[str], str]) -> str:
    password = read_password(
        file=file,
        variable=PASSWORD_VARIABLE,
        environment=os.environ,
        prompt=prompt if sys.stdin.isatty() else None,
    )
    if not password:
        raise SigningError("the password is empty: anyone who reads the file would have the key")
    return password


def _asked_twice(question: str) -> str:
    password = getpass(question)
    if getpass("Once more: ") != password:
        raise SigningError("the two passwords differ: nothing was written")
    return password
