"""The ports behind the routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from keeper.candidates import Amount, BlockDocument, MarginDocument
from keeper.messages import Endorsement, Proposal
from keeper.quotes import SignedQuote

INSTRUMENT = r"^[0-9]{1,5}:(perp|[0-9]{1,10}:[0-9]{1,9}(\.[0-9]{1,6})?:(call|put))$"


class LegRequest(BaseModel):
    """A leg to add: `UNDERLYING:perp` or `UNDERLYING:EXPIRY:STRIKE:call|put`; a negative quantity sells."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: Annotated[str, Field(pattern=INSTRUMENT, examples=["1:perp"])]
    quantity: Annotated[Amount, Field(examples=["-1.5"])]


class KeeperService(Protocol):
    """What the daemon offers to the outside."""

    async def endorse(self, proposal: Proposal) -> Endorsement:
        """Recomputes the round from own observations and signs it, or says why not."""

    def is_live(self) -> bool:
        """Whether the loop has made progress lately."""

    def obstacle(self) -> str:
        """Why the keeper is not ready whatever its mode, empty where nothing is in its way."""

    def status(self) -> dict[str, Any]:
        """Mode, rounds, sequences, prices with their sources."""

    def accounts(self) -> list[dict[str, Any]]:
        """The last assessed account table; accounts whose data failed have health 'unknown'."""

    def proof(self, account: int) -> dict[str, Any] | None:
        """What `proveMargin` takes for this account by the newest margin root, None where the root has no such row."""

    def evidence(self, digest: str) -> bytes | None:
        """The canonical JSON of an evidence bundle, None when this keeper does not hold it."""


class Desk(Protocol):
    """What costs the keeper a simulated call. Raises `WireError` for values the chain has no form for,
    `TransactionFailed` where it refuses, `ChainError` where the node does."""

    async def what_if(
        self, account: int, legs: Sequence[LegRequest], cash: str, block: BlockDocument
    ) -> MarginDocument:
        """The account's margin after adding legs and cash, at a block."""

    async def quote(self, account: int, bidder: int, fraction: str, block: BlockDocument) -> SignedQuote:
        """What liquidating the account offers at a block; `bidder` 0 names nobody and simulates no bid."""
