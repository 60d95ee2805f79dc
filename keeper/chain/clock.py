"""Chain time as a `Clock`."""

from __future__ import annotations

from keeper.chain.contracts import Caller
from keeper.chain.rpc import Node
from keeper.errors import ChainError


class ChainClock:
    """The newest block's timestamp as of the last `refresh`; never goes back on a shorter fork."""

    def __init__(self, rpc: Node) -> None:
        self._caller = Caller(rpc)
        self._now: int | None = None

    async def refresh(self) -> int:
        """Asks the node and gives the present in unix seconds."""
        timestamp = (await self._caller.block()).timestamp
        self._now = timestamp if self._now is None else max(self._now, timestamp)
        return self._now

    def now(self) -> int:
        if self._now is None:
            raise ChainError("chain time was never read: refresh the clock first")
        return self._now
