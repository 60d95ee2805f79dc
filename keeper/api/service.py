"""The port behind the routes."""

from __future__ import annotations

from typing import Any, Protocol

from keeper.messages import Endorsement, Proposal


class KeeperService(Protocol):
    """What the daemon offers to the outside."""

    async def endorse(self, proposal: Proposal) -> Endorsement:
        """Recomputes the round from own observations and signs it, or says why not."""

    def is_live(self) -> bool:
        """Whether the loop has made progress lately."""

    def status(self) -> dict[str, Any]:
        """Mode, rounds, sequences, prices with their sources."""

    def accounts(self) -> list[dict[str, Any]]:
        """The last assessed account table; accounts whose data failed have health 'unknown'."""

    def proof(self, account: int) -> dict[str, Any] | None:
        """What `proveMargin` takes for this account by the newest margin root, None where the root has no such row."""

    def evidence(self, digest: str) -> bytes | None:
        """The canonical JSON of an evidence bundle, None when this keeper does not hold it."""
