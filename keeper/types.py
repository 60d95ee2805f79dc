"""Records that flow between the keeper's rooms, all frozen, each field with its unit.

Prices and money off chain are `Decimal` (quote currency); on-chain amounts are `int` WAD (1e18). Times are integer
unix seconds of the keeper's `Clock`. Underlyings are the wire's ids: 1, 2, ...
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

WAD = 10**18


class RejectionReason(StrEnum):
    """Why a source got no vote."""

    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"
    NOT_POSITIVE = "not_positive"
    CROSSED_BOOK = "crossed_book"
    WIDE_SPREAD = "wide_spread"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"
    FROZEN = "frozen"
    JUMP = "jump"
    DISPERSED = "dispersed"
    DUPLICATE_DOMAIN = "duplicate_domain"
    ANSWER_AT_LIMIT = "answer_at_limit"


@dataclass(frozen=True, slots=True)
class Quote:
    """One source's price of one underlying.

    `domain` is the failure domain (one vote each): sources that fail together share one. `half_spread` is half the
    bid-ask spread in quote currency. `source_time` is the source's own timestamp of the price, None where its format
    has none. `received_at` is the keeper's clock at reception.
    """

    source: str
    domain: str
    underlying: int
    price: Decimal
    half_spread: Decimal
    source_time: int | None
    received_at: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A source that got no vote, and why; `quote` is None where nothing usable arrived."""

    source: str
    underlying: int
    reason: RejectionReason
    detail: str
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class OptionQuote:
    """One listed option's mark: volatility as a fraction, prices per unit of underlying in quote currency.

    `bid_volatility`/`ask_volatility` are None where the book is empty or the format does not carry them.
    """

    source: str
    underlying: int
    expiry: int
    strike: Decimal
    is_call: bool
    mark_volatility: float
    forward: Decimal
    open_interest: float
    source_time: int
    bid_volatility: float | None = None
    ask_volatility: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything one keeper saw at one instant; rejections here are feeds that gave nothing usable."""

    observed_at: int
    quotes: tuple[Quote, ...]
    option_quotes: tuple[OptionQuote, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class ConsensusPrice:
    """The defensible price of one underlying with its interval's half-width, and who voted.

    `observed_at` is the oldest accepted source's time. `dispersion` is the largest relative distance of an accepted
    source from the median.
    """

    underlying: int
    price: Decimal
    confidence: Decimal
    observed_at: int
    dispersion: float
    accepted: tuple[Quote, ...]
    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class LegState:
    """One position: wire instrument id and signed WAD quantity."""

    instrument: int
    quantity: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """A margin account as the chain has it at one block. Amounts are WAD."""

    account: int
    owner: str
    cash: int
    portfolio_nonce: int
    owner_epoch: int
    entry_values: tuple[int, ...]
    legs: tuple[LegState, ...]


@dataclass(frozen=True, slots=True)
class Attestation:
    """The chain's last accepted verdict on an account: `Attestation` of the contracts, all zero before the first.

    A rise of the maintenance ratio comes into force on a ramp, from `rises_from_bps` and from `rises_at` on.
    """

    portfolio_nonce: int = 0
    initial_ratio_bps: int = 0
    maintenance_ratio_bps: int = 0
    rises_from_bps: int = 0
    rises_at: int = 0
    observed_at: int = 0
    proofs: int = 0


class Mode(StrEnum):
    """The keeper's own mode; the chain's mode is what contracts allow."""

    SYNCING = "syncing"
    NORMAL = "normal"
    DEGRADED = "degraded"
    HALTED = "halted"
