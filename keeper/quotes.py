"""Signed quotes: what a liquidator is offered for one account at one block, and the digest that a keeper signs.

A quote binds nobody: only the chain decides what a bid pays. The signature says which keeper claimed what, at which
block, until when. Amounts are decimal strings in quote currency, gas costs integers in wei as strings.
"""

from __future__ import annotations

from typing import Annotated, Literal

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from keeper.candidates import Account, Amount, BlockDocument, LegDocument
from keeper.canonical import canonical_json
from keeper.wire import domain_separator

_QUOTE_TYPE = (
    "Quote(uint64 account,uint64 bidder,uint64 blockNumber,bytes32 blockHash,uint64 expiresAt,"
    "bytes32 content)"
)
QUOTE_TYPEHASH = keccak(text=_QUOTE_TYPE)

Wei = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,78}$"), Field(examples=["12000000000000"])]
Address = Annotated[
    str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$"), Field(examples=["0x" + "1f" * 20])
]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WitnessDocument(_Document):
    """The witness with the highest bound: what `Liquidation.start` is given."""

    is_scenario: bool
    points: str = Field(description="one grid point per underlying, eight bits each", examples=["7"])
    maintenance_bound: Amount
    equity_low: Amount
    equity_high: Amount


class OfferDocument(_Document):
    """What taking everything costs at a time, if no new price comes: `price` = `mark` - `discount`."""

    at: int = Field(description="unix seconds")
    mark: Amount
    discount: Amount
    price: Amount
    largest_fraction: Amount = Field(description="of each leg, 1 is all")


class FillDocument(_Document):
    """The bid as simulated for this bidder: the change of its equity at the worse and the better price end, and gas.

    `net_low` and `net_high` are after gas, null where the price of the chain's own currency is not known here.
    """

    fraction: Amount
    profit_low: Amount
    profit_high: Amount
    own_requirement_added: Amount
    free_after: Amount = Field(
        description="credited equity above the initial requirement, after the bid; below zero the bid is refused"
    )
    gas: int
    gas_cost_wei: Wei
    net_low: Amount | None
    net_high: Amount | None


class Quote(_Document):
    """`action` is what comes first: start the auction (then bid), bid, end it, or nothing at all.

    `refusal` is the contracts' own error where the simulated bid reverts; then there is no `fill`.
    """

    version: Literal[1] = 1
    chain_id: int
    contract: Address = Field(description="the Liquidation contract")
    block: BlockDocument
    expires_at: int = Field(description="unix seconds; afterwards ask again")
    account: Account
    bidder: int = Field(ge=0, description="margin account that would take the legs, 0 for none named")
    action: Literal["start", "bid", "end", "nothing"]
    witness: WitnessDocument | None
    own_requirement: Amount = Field(description="of all its legs, before any ratio")
    legs: list[LegDocument]
    offers: list[OfferDocument] = Field(description="now, then later")
    fill: FillDocument | None
    refusal: str = ""


class SignedQuote(_Document):
    """65 bytes r || s || v over `quote_digest`, by the keeper's signer key."""

    quote: Quote
    signer: Address
    signature: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{130}$")]


def quote_preimage(quote: Quote) -> bytes:
    """What a signer is given: EIP-712 `Quote` in the domain of the Liquidation contract; `content` is keccak-256 of
    the quote's RFC 8785 JSON."""
    fields = (
        QUOTE_TYPEHASH,
        quote.account,
        quote.bidder,
        quote.block.number,
        bytes.fromhex(quote.block.hash[2:]),
        quote.expires_at,
        keccak(canonical_json(quote.model_dump(mode="json"))),
    )
    kinds = ["bytes32", "uint64", "uint64", "uint64", "bytes32", "uint64", "bytes32"]
    return b"\x19\x01" + domain_separator(quote.chain_id, quote.contract) + keccak(encode(kinds, fields))


def quote_digest(quote: Quote) -> bytes:
    """keccak-256 of `quote_preimage`: what the signature is over."""
    return bytes(keccak(quote_preimage(quote)))
