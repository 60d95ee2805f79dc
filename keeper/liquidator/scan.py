"""Accounts as documents, read from the contracts' own views at one block. What reverts is unknown, never healthy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keeper.amounts import exact
from keeper.candidates import (
    AccountDocument,
    AuctionDocument,
    BlockDocument,
    Health,
    LegDocument,
    MarginDocument,
)
from keeper.chain import Block, ChainReader, MarginState
from keeper.errors import TransactionFailed
from keeper.liquidator.names import instrument_name
from keeper.types import AccountState, LegState


async def read_accounts(
    reader: ChainReader, accounts: Sequence[AccountState], block: Block
) -> dict[int, AccountDocument]:
    """Documents by account. Raises `ChainError` where the node itself fails: then nothing is known."""
    ids = [account.account for account in accounts]
    margins = await reader.margins(ids, block)
    auctions = await reader.auctions(ids, block)
    shown = {
        account: AuctionDocument(
            id=auction.id,
            base=exact(auction.base),
            discount_now=exact(await reader.discount_now(account, block)),
            largest_fraction=exact(await reader.largest_fraction(account, block)),
        )
        for account, auction in auctions.items()
        if not isinstance(margins[account], TransactionFailed)
    }
    return {
        a.account: account_document(a, margins[a.account], shown, a.account in auctions) for a in accounts
    }


def account_document(
    account: AccountState,
    margin: MarginState | TransactionFailed,
    auctions: Mapping[int, AuctionDocument],
    in_auction: bool,
) -> AccountDocument:
    """One row."""
    failed = isinstance(margin, TransactionFailed)
    return AccountDocument(
        account=account.account,
        health=_health(account, margin, in_auction),
        reason=str(margin) if failed else "",
        owner=account.owner,
        portfolio_nonce=account.portfolio_nonce,
        legs=[leg_document(leg) for leg in account.legs],
        margin=None if isinstance(margin, TransactionFailed) else margin_document(margin),
        auction=auctions.get(account.account),
    )


def _health(account: AccountState, margin: MarginState | TransactionFailed, in_auction: bool) -> Health:
    if isinstance(margin, TransactionFailed):
        return Health.UNKNOWN
    if in_auction:
        return Health.IN_AUCTION
    if not account.legs:
        return Health.EMPTY
    return Health(margin.health.replace(" ", "_"))


def margin_document(margin: MarginState) -> MarginDocument:
    return MarginDocument(
        equity_low=exact(margin.equity_low),
        equity_high=exact(margin.equity_high),
        own_requirement=exact(margin.own_requirement),
        initial_requirement=exact(margin.initial_requirement),
        maintenance_requirement=exact(margin.maintenance_requirement),
        initial_ratio_bps=margin.initial_ratio_bps,
        maintenance_ratio_bps=margin.maintenance_ratio_bps,
        attested=margin.attested,
    )


def leg_document(leg: LegState) -> LegDocument:
    return LegDocument(
        instrument=str(leg.instrument), name=instrument_name(leg.instrument), quantity=exact(leg.quantity)
    )


def block_document(block: Block) -> BlockDocument:
    return BlockDocument(number=block.number, hash=block.hash, timestamp=block.timestamp)
