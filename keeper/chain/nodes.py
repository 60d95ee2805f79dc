"""Several nodes as one: failover, and a head that enough of them agree on.

A single node may lag, follow a minority fork, or answer nonsense in good form. Facts are therefore read at a block that
`agreement` nodes have with the same hash, by hash; a node that cannot serve it is passed over.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import structlog

from keeper.chain.rpc import Rpc
from keeper.clock import Clock, WallClock
from keeper.errors import (
    ChainDisagreement,
    ChainError,
    ChainUnreachable,
    ConfigurationError,
    RateLimited,
    TransactionFailed,
)

log = structlog.get_logger()

SEND = "eth_sendRawTransaction"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2, 120
# Honest nodes differ by propagation only: a few blocks. Deeper than this it is a fork, and a person's to judge.
_DEEPEST_SEARCH = 8
_MOST_LAG_BLOCKS = 3  # behind the agreed head; such a node lacks what the others are asked about
_UNKNOWN_BLOCK = (
    "header not found",
    "unknown block",
    "block not found",
    "missing trie node",
    "not available",
)


class _Health:
    """When a node may be asked again; each failure in a row doubles its pause."""

    def __init__(self) -> None:
        self.failures = 0
        self.paused_until = 0
        self.highest = 0

    def fail(self, now: int) -> None:
        pause = min(_FIRST_PAUSE_SECONDS * 2**self.failures, _LONGEST_PAUSE_SECONDS)
        self.failures, self.paused_until = self.failures + 1, now + pause

    def succeed(self) -> None:
        self.failures, self.paused_until = 0, 0


class Nodes:
    """Has the calls of `Rpc`. Use as `async with Nodes([...], agreement=2) as nodes`."""

    def __init__(self, nodes: Sequence[Rpc], *, agreement: int, clock: Clock | None = None) -> None:
        if not len(nodes) >= agreement > len(nodes) / 2:
            raise ConfigurationError(
                f"agreement is {agreement} of {len(nodes)} nodes; expected more than half, against forks"
            )
        self._nodes = list(nodes)
        self._agreement = agreement
        self._clock = clock or WallClock()
        self._health = {node: _Health() for node in nodes}
        self._served: dict[str, Rpc] = {}
        self.url = ", ".join(node.url for node in nodes)

    async def __aenter__(self) -> Nodes:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(node.close() for node in self._nodes))

    async def require_chain(self, chain_id: int) -> None:
        """Every node serves this chain; one that does not answer now is asked when it is used."""
        answers = await asyncio.gather(
            *(node.require_chain(chain_id) for node in self._nodes), return_exceptions=True
        )
        unreachable = [error for error in answers if isinstance(error, ChainUnreachable | RateLimited)]
        for error in answers:
            if isinstance(error, BaseException) and error not in unreachable:
                raise error
        if len(self._nodes) - len(unreachable) < self._agreement:
            raise unreachable[0]

    async def call(self, method: str, *parameters: Any) -> Any:  # noqa: ANN401 - JSON has no static type
        """The result of one request."""
        answer = (await self.batch([(method, list(parameters))]))[0]
        if isinstance(answer, ChainError):
            raise answer
        return answer

    async def batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """As `Rpc.batch`; the newest block is the agreed one, and transactions go to every node."""
        if any(method == SEND for method, _ in requests):
            return [await self._send(request) for request in requests]
        head = await self.head() if any(_asks_for_head(request) for request in requests) else None
        others = [request for request in requests if not _asks_for_head(request)]
        answers = iter(await self._read(others)) if others else iter(())
        return [_of_head(head, request) if _asks_for_head(request) else next(answers) for request in requests]

    async def head(self) -> dict[str, Any]:
        """The newest block that `agreement` nodes have with the same hash.

        Raises `ChainUnreachable` when fewer answer, `ChainDisagreement` when they follow different forks.
        """
        heads = await self._heads()
        newest = sorted((int(head["number"], 16) for head in heads.values()), reverse=True)
        highest = newest[self._agreement - 1]
        self._pass_over_laggards(highest, heads)
        for number in range(highest, max(-1, highest - _DEEPEST_SEARCH), -1):
            blocks = await self._blocks_at(number, heads)
            counts = Counter(block["hash"] for block in blocks.values())
            chosen, votes = counts.most_common(1)[0] if counts else ("", 0)
            if votes >= self._agreement:
                self._pass_over_forks(number, chosen, blocks)
                return next(block for block in blocks.values() if block["hash"] == chosen)
        found = {node.url: head["hash"] for node, head in heads.items()}
        raise ChainDisagreement(
            f"no block within {_DEEPEST_SEARCH} of {highest} has {self._agreement} nodes behind it: {found}"
        )

    def doubt(self, method: str, reason: str) -> None:
        """What was last answered to `method` did not add up: whoever answered it is passed over for a while."""
        node = self._served.get(method)
        if node is not None:
            self._blame(node, ChainError(reason))

    # ---- the nodes one by one ----

    async def _heads(self) -> dict[Rpc, dict[str, Any]]:
        answers = await self._ask_all("eth_getBlockByNumber", "latest", False, nodes=self._ready())
        if len(answers) < self._agreement:
            others = [node for node in self._nodes if node not in answers]
            answers |= await self._ask_all("eth_getBlockByNumber", "latest", False, nodes=others)
        if len(answers) < self._agreement:
            raise ChainUnreachable(
                f"{len(answers)} of {len(self._nodes)} nodes answer; {self._agreement} must agree on a newest block"
            )
        self._name_those_stepping_back(answers)
        return answers

    async def _blocks_at(self, number: int, heads: dict[Rpc, dict[str, Any]]) -> dict[Rpc, dict[str, Any]]:
        blocks = {node: head for node, head in heads.items() if int(head["number"], 16) == number}
        ahead = [node for node, head in heads.items() if int(head["number"], 16) > number]
        return blocks | await self._ask_all("eth_getBlockByNumber", hex(number), False, nodes=ahead)

    async def _ask_all(
        self,
        method: str,
        *parameters: Any,  # noqa: ANN401 - JSON has no static type
        nodes: Sequence[Rpc],
    ) -> dict[Rpc, Any]:
        answers = await asyncio.gather(
            *(node.call(method, *parameters) for node in nodes), return_exceptions=True
        )
        good = {}
        for node, answer in zip(nodes, answers, strict=True):
            if isinstance(answer, ChainError):
                self._blame(node, answer)
            elif isinstance(answer, BaseException):
                raise answer
            elif answer is not None:
                self._health[node].succeed()
                good[node] = answer
        return good

    async def _read(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """By the first node that can; what a contract answers is final, whichever node says it."""
        last: ChainError | None = None
        for node in self._preferred():
            try:
                answers = await node.batch(requests)
            except (ChainUnreachable, RateLimited) as error:
                self._blame(node, error)
                last = error
                continue
            lacking = next((answer for answer in answers if _lacks(answer)), None)
            if lacking is None:
                self._served |= {method: node for method, _ in requests}
                return answers
            last = lacking
        raise last or ChainUnreachable("no node is configured")

    async def _send(self, request: tuple[str, list[Any]]) -> Any:  # noqa: ANN401 - JSON has no static type
        """To every node, so that one that drops or censors it changes nothing; taken if any takes it."""
        method, parameters = request
        answers = await asyncio.gather(
            *(node.call(method, *parameters) for node in self._nodes), return_exceptions=True
        )
        refusals = []
        for node, answer in zip(self._nodes, answers, strict=True):
            if isinstance(answer, ChainUnreachable | RateLimited):
                self._blame(node, answer)  # it may have taken it all the same: the hash tells
        for answer in answers:
            if not isinstance(answer, BaseException):
                return answer
            if not isinstance(answer, ChainError):
                raise answer
            refusals.append(answer)
        spoken = [error for error in refusals if not isinstance(error, ChainUnreachable | RateLimited)]
        return (spoken or refusals)[0]

    def _ready(self) -> list[Rpc]:
        """Nodes that are not paused: a slow one that was seen to fail costs no more than its pauses let it."""
        now = self._clock.now()
        return [node for node in self._nodes if self._health[node].paused_until <= now]

    def _preferred(self) -> list[Rpc]:
        """In the configured order, paused ones last: when all are paused there is nothing better."""
        now = self._clock.now()
        return sorted(self._nodes, key=lambda node: max(0, self._health[node].paused_until - now))

    def _blame(self, node: Rpc, error: ChainError) -> None:
        self._health[node].fail(self._clock.now())
        log.warning("node.failed", node=node.url, error=type(error).__name__, reason=str(error))

    def _name_those_stepping_back(self, heads: dict[Rpc, dict[str, Any]]) -> None:
        """A balancer whose backends are not of one height: told of, and of use all the same, for reads name a block."""
        for node, head in heads.items():
            health, number = self._health[node], int(head["number"], 16)
            if number < health.highest:
                log.warning("node.stepped_back", node=node.url, number=number, before=health.highest)
            health.highest = number

    def _pass_over_laggards(self, highest: int, heads: dict[Rpc, dict[str, Any]]) -> None:
        for node, head in heads.items():
            behind = highest - int(head["number"], 16)
            if behind > _MOST_LAG_BLOCKS:
                self._health[node].fail(self._clock.now())
                log.warning("node.lags", node=node.url, behind=behind)

    def _pass_over_forks(self, number: int, chosen: str, blocks: dict[Rpc, dict[str, Any]]) -> None:
        for node, block in blocks.items():
            if block["hash"] != chosen:
                self._health[node].fail(self._clock.now())
                log.error("node.forked", node=node.url, number=number, hash=block["hash"], agreed=chosen)


def _asks_for_head(request: tuple[str, list[Any]]) -> bool:
    method, parameters = request
    return method == "eth_blockNumber" or (
        method == "eth_getBlockByNumber" and parameters[:1] == ["latest"] and parameters[1:] == [False]
    )


def _of_head(head: dict[str, Any] | None, request: tuple[str, list[Any]]) -> Any:  # noqa: ANN401 - JSON has no static type
    block = head or {}
    return block["number"] if request[0] == "eth_blockNumber" else block


def _lacks(answer: object) -> bool:
    """A node that does not have the block yet, or no more."""
    if not isinstance(answer, ChainError) or isinstance(answer, TransactionFailed):
        return False
    words = str(answer).lower()
    return isinstance(answer, RateLimited) or any(phrase in words for phrase in _UNKNOWN_BLOCK)
