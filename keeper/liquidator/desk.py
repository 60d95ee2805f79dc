"""What liquidators ask of a keeper beyond the table, at its block: margins after a change, and signed quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from keeper.amounts import to_wad
from keeper.candidates import BlockDocument, MarginDocument
from keeper.chain import Block, ChainReader
from keeper.liquidator.names import instrument_named
from keeper.liquidator.quoting import QuoteTerms, quote_of
from keeper.liquidator.scan import margin_document
from keeper.quotes import SignedQuote, quote_preimage
from keeper.types import LegState


class AskedLeg(Protocol):
    """A leg by name, and a signed decimal quantity."""

    @property
    def instrument(self) -> str: ...

    @property
    def quantity(self) -> str: ...


class QuoteSigner(Protocol):
    """Signs the keccak-256 of what it is given: 65 bytes r || s || v."""

    @property
    def address(self) -> str: ...

    async def sign(self, preimage: bytes) -> bytes: ...


class LiquidationDesk:
    """Answers from the contracts' own views; a quote carries the keeper's signature."""

    def __init__(self, *, reader: ChainReader, signer: QuoteSigner, terms: QuoteTerms) -> None:
        self._reader = reader
        self._signer = signer
        self._terms = terms

    async def what_if(
        self, account: int, legs: Sequence[AskedLeg], cash: str, block: BlockDocument
    ) -> MarginDocument:
        """The account's margin after adding legs and cash, at a block."""
        changes = [LegState(instrument_named(leg.instrument), to_wad(leg.quantity)) for leg in legs]
        return margin_document(await self._reader.what_if(account, changes, to_wad(cash), _pinned(block)))

    async def quote(self, account: int, bidder: int, fraction: str, block: BlockDocument) -> SignedQuote:
        """What liquidating the account offers at a block; `bidder` 0 names nobody and simulates no bid."""
        quote = await quote_of(
            self._reader,
            account=account,
            bidder=bidder,
            fraction=to_wad(fraction),
            block=_pinned(block),
            terms=self._terms,
        )
        signature = await self._signer.sign(quote_preimage(quote))
        return SignedQuote(quote=quote, signer=self._signer.address, signature="0x" + signature.hex())


def _pinned(block: BlockDocument) -> Block:
    return Block(block.number, block.hash, block.timestamp)
