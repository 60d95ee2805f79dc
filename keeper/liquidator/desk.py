"""What liquidators ask of a keeper beyond the table: margins after a change, at the block that the table shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from keeper.amounts import to_wad
from keeper.candidates import MarginDocument
from keeper.chain import Block, ChainReader
from keeper.liquidator.names import instrument_named
from keeper.liquidator.scan import margin_document
from keeper.types import LegState


class AskedLeg(Protocol):
    """A leg by name, and a signed decimal quantity."""

    @property
    def instrument(self) -> str: ...

    @property
    def quantity(self) -> str: ...


class LiquidationDesk:
    """Answers from the contracts' own views."""

    def __init__(self, reader: ChainReader) -> None:
        self._reader = reader

    async def what_if(
        self, account: int, legs: Sequence[AskedLeg], cash: str, block_hash: str
    ) -> MarginDocument:
        """The account's margin after adding legs and cash, at a block."""
        changes = [LegState(instrument_named(leg.instrument), to_wad(leg.quantity)) for leg in legs]
        pinned = Block(0, block_hash, 0)
        return margin_document(await self._reader.what_if(account, changes, to_wad(cash), pinned))
