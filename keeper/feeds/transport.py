"""HTTP to sources: one border where every network and encoding failure becomes a `FeedError`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn

import aiohttp
import orjson

from keeper.feeds.errors import malformed, unreachable

__all__ = ["LARGEST_BODY_BYTES", "get_json", "post_json"]

# A whole option chain is below 1 MiB; anything near this bound is not a venue's answer.
LARGEST_BODY_BYTES: Final = 16 * 1024 * 1024


async def get_json(
    session: aiohttp.ClientSession, url: str, parameters: Mapping[str, str] | None = None
) -> object:
    """Decoded body of a GET that answered 200; fractions as `Decimal`. Redirects count as failures."""
    return await _request(session, "GET", url, params=parameters)


async def post_json(session: aiohttp.ClientSession, url: str, body: object) -> object:
    """Decoded body of a POST of `body` as JSON that answered 200; fractions as `Decimal`."""
    return await _request(session, "POST", url, body=body)


async def _request(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: object = None,
) -> object:
    try:
        async with session.request(method, url, params=params, json=body, allow_redirects=False) as response:
            if response.status != 200:
                raise unreachable(f"HTTP {response.status} from {url}")
            return decode(await _limited_body(response), url)
    except TimeoutError as error:
        raise unreachable(f"timed out: {url}") from error
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable(f"{type(error).__name__} from {url}: {error}") from error


async def _limited_body(response: aiohttp.ClientResponse) -> bytes:
    chunks = bytearray()
    async for chunk in response.content.iter_any():
        chunks += chunk
        if len(chunks) > LARGEST_BODY_BYTES:
            raise malformed(f"body longer than {LARGEST_BODY_BYTES} bytes from", str(response.url))
    return bytes(chunks)


def decode(body: bytes, url: str) -> object:
    """JSON with exact fractions; `NaN`, `Infinity` and absurd nesting are refused."""
    try:
        # Bounds the nesting (1,024): the standard parser recurses on the process's own stack, and a library that raises
        # the recursion limit lets a venue's "[[[[..." end the process.
        orjson.loads(body)
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise malformed(f"not JSON from {url}", body[:60]) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
