"""Chainlink price feeds read from a node: `AggregatorV3Interface` by raw JSON-RPC `eth_call`.

An answer within 1% of the aggregator's `minAnswer` or `maxAnswer` is no answer: the aggregator reports its
limit while the market is beyond it (LUNA, May 2022). Limits are read from the proxy's `aggregator()`; a
contract without them has none. The feed publishes when the price moves by its deviation threshold, so that
share of the price is its half spread.
Source: Chainlink documentation, "Data Feeds API Reference".
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import aiohttp
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from keeper.errors import FeedError
from keeper.feeds.errors import malformed, not_positive, unreachable
from keeper.feeds.parsing import item, obj, positive_price, seconds, text
from keeper.feeds.transport import post_json
from keeper.types import Quote, RejectionReason

__all__ = ["SELECTORS", "ChainlinkFeed", "Round"]

# The first four bytes of keccak-256 of each signature.
SELECTORS: Final[Mapping[str, str]] = {
    "latestRoundData()": "0xfeaf968c",
    "decimals()": "0x313ce567",
    "aggregator()": "0x245a7bfc",
    "minAnswer()": "0x22adbc78",
    "maxAnswer()": "0x70da2f67",
}
_LIMIT_MARGIN: Final = Decimal("0.01")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_LARGEST_DECIMALS: Final = 36


@dataclass(frozen=True, slots=True)
class Round:
    """A feed's latest answer in its own decimals, its limits where it has any, its time in unix seconds."""

    answer: int
    decimals: int
    updated_at: int
    lowest: int | None
    highest: int | None

    def price(self) -> Decimal:
        """The answer in quote currency; raises `FeedError` for an answer that is none."""
        if self.answer <= 0:
            raise not_positive("answer", self.answer)
        if self._is_at_limit():
            detail = f"answer {self.answer} within 1% of [{self.lowest}, {self.highest}]"
            raise FeedError(RejectionReason.ANSWER_AT_LIMIT, detail)
        return positive_price(Decimal(self.answer).scaleb(-self.decimals), "answer")

    def _is_at_limit(self) -> bool:
        too_low = self.lowest is not None and self.answer <= self.lowest * (1 + _LIMIT_MARGIN)
        too_high = self.highest is not None and self.answer >= self.highest * (1 - _LIMIT_MARGIN)
        return too_low or too_high


@dataclass(frozen=True)
class ChainlinkFeed:
    """`proxies` maps an underlying to its feed's address; `deviation` is the feed's publishing threshold."""

    rpc_url: str
    proxies: Mapping[int, str]
    name: str = "chainlink"
    domain: str = "chainlink"
    deviation: Decimal = Decimal("0.005")

    async def quotes(
        self, session: aiohttp.ClientSession, underlyings: Sequence[int], now: int
    ) -> list[Quote]:
        listed = [underlying for underlying in underlyings if underlying in self.proxies]
        return [await self._quote(session, underlying, now) for underlying in listed]

    async def _quote(self, session: aiohttp.ClientSession, underlying: int, now: int) -> Quote:
        latest = await self._round(session, self.proxies[underlying])
        price = latest.price()
        return Quote(
            source=self.name,
            domain=self.domain,
            underlying=underlying,
            price=price,
            half_spread=price * self.deviation,
            source_time=latest.updated_at,
            received_at=now,
        )

    async def _round(self, session: aiohttp.ClientSession, proxy: str) -> Round:
        data, decimals = await asyncio.gather(
            self._call(session, proxy, "latestRoundData()"), self._call(session, proxy, "decimals()")
        )
        if data is None or decimals is None:
            raise unreachable(f"{proxy} is not an AggregatorV3Interface: its call reverted")
        _, answer, _, updated_at, _ = _decoded(["uint80", "int256", "uint256", "uint256", "uint80"], data)
        places = _decoded(["uint8"], decimals)[0]
        if places > _LARGEST_DECIMALS:
            raise malformed("decimals", places)
        lowest, highest = await self._limits(session, proxy)
        return Round(answer, places, seconds(updated_at, "updatedAt"), lowest, highest)

    async def _limits(self, session: aiohttp.ClientSession, proxy: str) -> tuple[int | None, int | None]:
        behind = await self._call(session, proxy, "aggregator()")
        aggregator = "0x" + behind[-20:].hex() if behind is not None and len(behind) == 32 else proxy
        lowest, highest = await asyncio.gather(
            self._call(session, aggregator, "minAnswer()"), self._call(session, aggregator, "maxAnswer()")
        )
        return _optional_answer(lowest), _optional_answer(highest)

    async def _call(self, session: aiohttp.ClientSession, address: str, signature: str) -> bytes | None:
        """The call's return data; None where it reverted or no such function exists."""
        call = {"to": address, "data": SELECTORS[signature]}
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
        answer = obj(await post_json(session, self.rpc_url, request), "JSON-RPC answer")
        if answer.get("error") is not None:
            _require_revert(answer["error"])
            return None
        result = text(item(answer, "result"), "result")
        if _HEX.fullmatch(result) is None:
            raise malformed("result is not hexadecimal", result)
        return bytes.fromhex(result[2:]) or None


def _require_revert(error: object) -> None:
    """Accepts only an execution error: any other is the node's failure, not the contract's answer."""
    message = str(obj(error, "JSON-RPC error").get("message", ""))
    if "revert" not in message.lower():
        raise unreachable(f"the node answered {error!r}")


def _optional_answer(data: bytes | None) -> int | None:
    return None if data is None else _decoded(["int192"], data)[0]


def _decoded(types: Sequence[str], data: bytes) -> tuple[int, ...]:
    try:
        return tuple(int(value) for value in decode(types, data))
    except DecodingError as error:
        raise malformed(f"return data is not {types}", data.hex()) from error
