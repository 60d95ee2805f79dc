"""quote verify: is this quote what the keeper signed, and does it still hold?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from keeper.cli.connect import JsonOption
from keeper.cli.output import show_facts
from keeper.clock import WallClock
from keeper.errors import ConfigurationError, SigningError
from keeper.quotes import SignedQuote, quote_digest
from keeper.signing import verify as verify_signature
from keeper.wire import require_address

app = typer.Typer(help="Signed quotes of keepers.", no_args_is_help=True)


@app.callback()
def quotes() -> None:
    """Signed quotes of keepers."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The answer of /v1/accounts/{account}/quote.")],
    signer: Annotated[str, typer.Option("--signer", help="Address that the keeper signs with.")],
    at: Annotated[int | None, typer.Option("--at", help="Unix seconds to judge its end by.")] = None,
    json: JsonOption = False,
) -> None:
    """Whether a signed quote is this keeper's own claim, unchanged and in time."""
    quote = _read(file)
    expected = require_address("quote", "signer", signer)
    verify_signature(quote_digest(quote.quote), bytes.fromhex(quote.signature[2:]), expected)
    now = WallClock().now() if at is None else at
    if now > quote.quote.expires_at:
        raise SigningError(f"the quote ended at {quote.quote.expires_at}, it is {now}: ask for a new one")
    facts = {
        "signer": expected,
        "account": quote.quote.account,
        "action": quote.quote.action,
        "block": quote.quote.block.number,
        "expires_at": quote.quote.expires_at,
    }
    show_facts(facts, title="The quote is genuine", as_json=json)


def _read(file: Path) -> SignedQuote:
    try:
        return SignedQuote.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"quote {file} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise ConfigurationError(f"{file} is no signed quote: {where}: {first['msg']}") from error
