"""Thin JSON-RPC over HTTP: batches, classified errors, and retries of reads only.

A send is never retried here: whether the node took it is settled by looking the hash up (`keeper.outbox`). A node that
asks for patience is left alone for as long as it says; a pause longer than a caller can wait for is its `RateLimited`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol

import aiohttp
import orjson

from keeper.errors import ChainError, ChainUnreachable, RateLimited, TransactionFailed, WrongChain

RATE_LIMIT_CODES = frozenset({-32005, 429})  # EIP-1474 "limit exceeded", and what providers say in the body
REVERT_CODE = 3  # go-ethereum: execution reverted, with data
RATE_LIMIT_WORDS = ("rate limit", "too many requests", "compute units", "request count exceeded")
# The same code and words are also said of one request's size: it is to be asked for in parts, not later.
TOO_LARGE_WORDS = ("results", "range", "response size")
LONGEST_BATCH = 500  # what the strictest of the usual providers and proxies take at once
_LONGEST_WAIT_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 120.0
RETRIED_PREFIXES = ("eth_get", "eth_call", "eth_chainId", "eth_blockNumber", "eth_feeHistory", "eth_gasPrice")


class RevertDecoder(Protocol):
    """Names a custom error from revert data."""

    def decode(self, data: bytes) -> tuple[str, tuple[object, ...]]: ...


class Node(Protocol):
    """What the keeper asks of a node, or of several as one."""

    url: str

    async def call(self, method: str, *parameters: Any) -> Any: ...  # noqa: ANN401 - JSON has no static type

    async def batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]: ...

    async def require_chain(self, chain_id: int) -> None: ...

    def doubt(self, method: str, reason: str) -> None:
        """Told of an answer that does not add up."""


class Rpc:
    """One node. Use as `async with Rpc(url) as rpc`; `call` and `batch` raise the errors of `keeper.errors`."""

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 10.0,
        retries: int = 2,
        retry_delay_seconds: float = 0.2,
        errors: RevertDecoder | None = None,
    ) -> None:
        self.url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._retries = retries
        self._retry_delay_seconds = retry_delay_seconds
        self._errors = errors
        self._ids = itertools.count(1)
        self._quiet_until = 0.0  # of the monotonic clock
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Rpc:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, *parameters: Any) -> Any:  # noqa: ANN401 - JSON has no static type
        """The result of one request."""
        answer = (await self.batch([(method, list(parameters))]))[0]
        if isinstance(answer, ChainError):
            raise answer
        return answer

    async def batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """One result per request, in order; a request the node refused has its `ChainError` in its place."""
        answers: list[Any] = []
        for first in range(0, len(requests), LONGEST_BATCH):
            answers += await self._patiently(requests[first : first + LONGEST_BATCH])
        return answers

    async def _patiently(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        retries = self._retries if all(m.startswith(RETRIED_PREFIXES) for m, _ in requests) else 0
        for attempt in range(retries + 1):
            try:
                answers = await self._post(requests)
            except (ChainUnreachable, RateLimited):
                if attempt == retries:
                    raise
            else:
                if attempt == retries or not any(isinstance(answer, RateLimited) for answer in answers):
                    return answers
            await asyncio.sleep(self._retry_delay_seconds * 2**attempt)
        raise ChainUnreachable(f"{self.url}: no attempt was made (retries {retries})")

    async def require_chain(self, chain_id: int) -> None:
        """Raises `WrongChain` unless the node serves this chain."""
        served = int(await self.call("eth_chainId"), 16)
        if served != chain_id:
            raise WrongChain(
                f"{self.url} serves chain {served}, configured is {chain_id}: correct the address or the chain id"
            )

    def doubt(self, method: str, reason: str) -> None:
        """There is no other node to turn to: what follows from it is the caller's."""

    async def _post(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        calls = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": parameters}
            for method, parameters in requests
        ]
        body = await self._exchange(calls if len(calls) > 1 else calls[0])
        by_id = {item.get("id"): item for item in self._items(body)}
        missing = [call["method"] for call in calls if call["id"] not in by_id]
        if missing:
            raise self._without_answer(body, str(missing[0]))
        return [self._result(by_id[call["id"]], str(call["method"])) for call in calls]

    async def _await_turn(self) -> None:
        left = self._quiet_until - time.monotonic()
        if left > _LONGEST_WAIT_SECONDS:
            raise RateLimited(
                f"{self.url} asked for patience: {left:.1f} s are left; add a node, or lower the rate"
            )
        if left > 0:
            await asyncio.sleep(left)

    def _be_quiet_for(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, _LONGEST_PAUSE_SECONDS)
        self._quiet_until = max(self._quiet_until, until)

    async def _exchange(self, payload: object) -> Any:  # noqa: ANN401 - JSON has no static type
        await self._await_turn()
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                self.url, data=orjson.dumps(payload), headers={"Content-Type": "application/json"}
            ) as response:
                content = await response.read()
                if response.status == 429:
                    self._be_quiet_for(_seconds(response.headers.get("Retry-After")))
                    raise RateLimited(f"{self.url} asks for patience (HTTP 429): lower the request rate")
                return orjson.loads(content)
        except TimeoutError as error:
            raise ChainUnreachable(f"{self.url} did not answer within {self._timeout.total} s") from error
        except aiohttp.ClientError as error:
            raise ChainUnreachable(f"{self.url} cannot be reached: {error}; is the node running?") from error
        except orjson.JSONDecodeError as error:
            raise ChainUnreachable(
                f"{self.url} answered HTTP {response.status} without JSON: {content[:80]!r}"
            ) from error

    def _items(self, body: object) -> list[dict[str, Any]]:
        items = [item for item in (body if isinstance(body, list) else [body]) if isinstance(item, dict)]
        if not items:
            raise ChainUnreachable(f"{self.url} answered no JSON-RPC: {str(body)[:80]}")
        return items

    def _without_answer(self, body: object, method: str) -> ChainError:
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            return self._classify(body["error"], method)
        return ChainUnreachable(f"{self.url} left {method} without an answer")

    def _result(self, item: dict[str, Any], method: str) -> Any:  # noqa: ANN401 - JSON has no static type
        if isinstance(item.get("error"), dict):
            return self._classify(item["error"], method)
        if "result" not in item:
            return ChainUnreachable(f"{self.url} answered {method} with neither result nor error")
        return item["result"]

    def _classify(self, error: dict[str, Any], method: str) -> ChainError:
        code, message = error.get("code"), str(error.get("message", ""))
        if _is_rate_limit(code, message):
            self._be_quiet_for(_patience_in(error.get("data")))
            return RateLimited(f"{self.url} asks for patience: {message}")
        data = _revert_data(error.get("data"))
        if data is None and code != REVERT_CODE and "revert" not in message.lower():
            return ChainError(f"{method} refused by {self.url}: {message} (code {code})")
        return transaction_failed(data or b"", self._errors, message)


def transaction_failed(
    data: bytes, errors: RevertDecoder | None, message: str = "reverted"
) -> TransactionFailed:
    """The typed error of revert data: its name and arguments where an ABI knows them."""
    if errors is None or not data:
        return TransactionFailed(f"{message}: 0x{data.hex()}" if data else message)
    name, arguments = errors.decode(data)
    return TransactionFailed(f"reverted with {name}{arguments!r}", name, arguments)


def _revert_data(data: object) -> bytes | None:
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str) or not data.startswith("0x"):
        return None
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return None


def _is_rate_limit(code: object, message: str) -> bool:
    words = message.lower()
    if any(phrase in words for phrase in TOO_LARGE_WORDS):
        return False
    return code in RATE_LIMIT_CODES or any(phrase in words for phrase in RATE_LIMIT_WORDS)


def _patience_in(data: object) -> float:
    """Seconds a provider names in the body: `data.rate.backoff_seconds`, or `data.retry_after`; else 0."""
    if not isinstance(data, dict):
        return 0.0
    rate = data.get("rate")
    named = rate.get("backoff_seconds") if isinstance(rate, dict) else data.get("retry_after")
    return _seconds(named)


def _seconds(text: object) -> float:
    """A delay in seconds; 0 where there is none, or it is a date."""
    try:
        seconds = float(text)  # type: ignore[arg-type] # what is no number is refused below
    except (TypeError, ValueError):
        return 0.0
    return seconds if 0.0 < seconds < float("inf") else 0.0
