"""What liquidators are told: accounts as the chain has them at one block, snapshots of candidates, and deltas.

Amounts are decimal strings in quote currency (at most 18 places), quantities in units of the underlying, times unix
seconds. `seq` counts the blocks that were read within one `stream`, which is one life of one server.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from keeper.errors import ServiceError

Amount = Annotated[
    str, StringConstraints(pattern=r"^-?[0-9]{1,60}(\.[0-9]{1,18})?$"), Field(examples=["812.5"])
]
BlockHash = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$"), Field(examples=["0x" + "5e" * 32])]
Account = Annotated[int, Field(ge=1, le=2**53 - 1, examples=[7])]


class Health(StrEnum):
    """By the contracts' own rules. `unknown`: the account's data failed; it is never taken for healthy."""

    HEALTHY = "healthy"
    BELOW_INITIAL = "below_initial"
    LIQUIDATABLE = "liquidatable"
    IN_AUCTION = "in_auction"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_candidate(self) -> bool:
        """Whether a liquidator watches it."""
        return self not in (Health.HEALTHY, Health.EMPTY)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BlockDocument(_Document):
    """The block that everything beside it was read at."""

    number: int = Field(ge=0, examples=[21_000_000])
    hash: BlockHash
    timestamp: int = Field(ge=0, examples=[1_773_993_600])


class LegDocument(_Document):
    """One position; `name` is `UNDERLYING:perp` or `UNDERLYING:EXPIRY:STRIKE:call|put`."""

    instrument: str = Field(description="wire id", examples=["4722366482869645213696"])
    name: str = Field(examples=["1:perp"])
    quantity: Amount


class AuctionDocument(_Document):
    """A running auction; `discount_now` is what taking everything would earn, `largest_fraction` of present legs."""

    id: int
    base: Amount
    discount_now: Amount
    largest_fraction: Amount


class MarginDocument(_Document):
    """The engine's live margin: equity at the worse and the better price end, own and effective requirements."""

    equity_low: Amount
    equity_high: Amount
    own_requirement: Amount
    initial_requirement: Amount
    maintenance_requirement: Amount
    initial_ratio_bps: int
    maintenance_ratio_bps: int
    attested: bool = Field(description="whether a signed verdict on this very portfolio is in force")


class AccountDocument(_Document):
    """One account. `margin` is null where the chain would not compute it: `reason` says why, health is `unknown`."""

    account: Account
    health: Health
    reason: str = ""
    owner: str = Field(examples=["0x" + "1f" * 20])
    portfolio_nonce: int
    legs: list[LegDocument]
    margin: MarginDocument | None
    auction: AuctionDocument | None = None


class CandidateSnapshot(_Document):
    """Every candidate at one block; the first frame of a stream that does not resume."""

    type: Literal["snapshot"] = "snapshot"
    stream: str = Field(examples=["9f86d081884c7d65"])
    seq: int = Field(ge=0)
    block: BlockDocument
    candidates: list[AccountDocument]


class CandidateDelta(_Document):
    """From `seq - 1` to `seq`: whole rows of new and changed candidates, and those that are none any more."""

    type: Literal["delta"] = "delta"
    stream: str
    seq: int
    block: BlockDocument
    changed: list[AccountDocument]
    gone: list[Account]


class Heartbeat(_Document):
    """Nothing was missed up to `seq`."""

    type: Literal["heartbeat"] = "heartbeat"
    stream: str
    seq: int


Frame = Annotated[CandidateSnapshot | CandidateDelta | Heartbeat, Field(discriminator="type")]
FRAMES: TypeAdapter[CandidateSnapshot | CandidateDelta | Heartbeat] = TypeAdapter(Frame)


def advanced(snapshot: CandidateSnapshot | None, delta: CandidateDelta) -> CandidateSnapshot:
    """The snapshot that a delta leads to. Raises `ServiceError` where it does not follow: ask for a new snapshot."""
    if snapshot is None:
        raise ServiceError(f"delta {delta.stream}/{delta.seq} came before any snapshot: connect again")
    if delta.stream != snapshot.stream or delta.seq != snapshot.seq + 1:
        raise ServiceError(
            f"delta {delta.stream}/{delta.seq} does not follow {snapshot.stream}/{snapshot.seq}: connect again"
        )
    rows = {row.account: row for row in snapshot.candidates}
    rows.update((row.account, row) for row in delta.changed)
    for account in delta.gone:
        rows.pop(account, None)
    return CandidateSnapshot(
        stream=delta.stream,
        seq=delta.seq,
        block=delta.block,
        candidates=[rows[account] for account in sorted(rows)],
    )
