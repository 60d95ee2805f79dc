"""No price can be defended: who voted, who was refused and why."""

from __future__ import annotations

from keeper.errors import ConsensusError
from keeper.types import Quote, Rejection

__all__ = ["NoConsensus"]


class NoConsensus(ConsensusError):
    """`accepted` voted, `rejected` did not; together they are all that was seen of the underlying."""

    def __init__(
        self, underlying: int, what: str, accepted: tuple[Quote, ...], rejected: tuple[Rejection, ...]
    ) -> None:
        refused = "; ".join(f"{r.source} {r.reason}: {r.detail}" for r in rejected)
        voted = ", ".join(f"{q.source} {q.price}" for q in accepted) or "none"
        super().__init__(f"underlying {underlying}: {what}; voted: {voted}; refused: {refused or 'none'}")
        self.underlying = underlying
        self.accepted = accepted
        self.rejected = rejected
