"""The market state replayed from the parameter contract's own events: premiums, their funding, the borrow premium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.audit.integers import divide_toward_zero
from keeper.chain import AuditEvent

YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class PerpetualState:
    """`MarketState.PerpetualState`: funding accrues for `life` seconds from `since` on; WAD."""

    premium: int = 0
    funding_per_year: int = 0
    since: int = 0
    life: int = 0
    funding_index: int = 0

    def index_at(self, now: int) -> int:
        """`premiumFundingIndex`."""
        elapsed = min(now - self.since, self.life)
        return self.funding_index + divide_toward_zero(self.funding_per_year * elapsed, YEAR_SECONDS)


@dataclass(frozen=True, slots=True)
class MarketStateReplay:
    """Values after some event; each `after` gives the next ones and what does not follow."""

    perpetuals: tuple[tuple[int, PerpetualState], ...] = ()
    borrow_premium: int = 0

    def perpetual(self, underlying: int) -> PerpetualState:
        return dict(self.perpetuals).get(underlying, PerpetualState())

    def after(self, event: AuditEvent, time: int) -> tuple[MarketStateReplay, list[str]]:
        """The state one event on."""
        handler = _HANDLERS.get(event.name)
        return (self, []) if handler is None else handler(self, event, time)

    def digest(self, loadings: tuple[int, ...], count: int) -> bytes:
        """`stateDigest` for `count` listed underlyings."""
        market = keccak(encode(["uint64"], [self.borrow_premium]))
        for underlying in range(1, count + 1):
            values = astuple(self.perpetual(underlying))
            market = keccak(
                encode(["bytes32", "(int64,int120,uint40,uint32,int256)"], [bytes(market), values])
            )
        return bytes(keccak(encode(["int256[]", "bytes32"], [loadings, bytes(market)])))

    def _perpetual_set(self, event: AuditEvent, time: int) -> tuple[MarketStateReplay, list[str]]:
        said = event.arguments
        underlying = said["underlying"]
        expected = self.perpetual(underlying).index_at(time)
        state = PerpetualState(said["premium"], said["fundingPerYear"], time, said["life"], expected)
        problems = []
        if said["fundingIndex"] != expected:
            problems.append(f"fundingIndex: event {said['fundingIndex']}, replay gives {expected}")
        kept = {**dict(self.perpetuals), underlying: state}
        return replace(self, perpetuals=tuple(sorted(kept.items()))), problems

    def _borrow_set(self, event: AuditEvent, _time: int) -> tuple[MarketStateReplay, list[str]]:
        said = event.arguments
        problems = []
        if said["oldValue"] != self.borrow_premium:
            problems.append(f"oldValue: event {said['oldValue']}, replay gives {self.borrow_premium}")
        return replace(self, borrow_premium=said["newValue"]), problems


_HANDLERS: dict[str, Callable[[MarketStateReplay, AuditEvent, int], tuple[MarketStateReplay, list[str]]]] = {
    "PerpetualStateSet": MarketStateReplay._perpetual_set,
    "BorrowPremiumSet": MarketStateReplay._borrow_set,
}
