"""The replayed end against the chain's own views, read at the same block."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from keeper.audit.world import World
from keeper.chain import Block, Call, ChainReader
from keeper.chain.records import from_struct
from keeper.types import AccountState
from risk.margin.credit_price import CreditMark


async def final_differences(reader: ChainReader, world: World, head: Block) -> list[str]:
    """Every account's cash, entry values, legs and nonce; parameters, prices, signers, funds. Empty if all agree."""
    differences: list[str] = []
    world = world.at(head.timestamp)
    for account in await reader.accounts(head):
        if account.account not in world.ledger.accounts:
            differences.append(f"account {account.account}: on chain, but never created in the record")
            continue
        differences += _account(account, world.account(account.account))
    return (
        differences
        + await _system(reader, world, head)
        + await _tokens(reader, world, head)
        + await _sources(reader, world, head)
    )


def _account(chain: AccountState, replayed: AccountState) -> list[str]:
    facts = (
        ("cash", chain.cash, replayed.cash),
        ("portfolio nonce", chain.portfolio_nonce, replayed.portfolio_nonce),
        ("entry values", chain.entry_values, replayed.entry_values),
        ("legs", chain.legs, replayed.legs),
    )
    return [f"account {chain.account} {n}: chain {c}, replay {r}" for n, c, r in facts if c != r]


async def _system(reader: ChainReader, world: World, head: Block) -> list[str]:
    parameters, lanes = await reader.parameters(head), await reader.lanes(head)
    prices = await reader.prices(range(1, len(parameters.underlyings) + 1), head)
    attested = await reader.attestations(sorted(world.ledger.accounts), head)
    total = await reader.caller.call(reader.contracts["MarginAccounts"], "totalPositiveCash", block=head)
    interest = await reader.caller.call(reader.contracts["MarginAccounts"], "interestNow", block=head)
    underlyings = range(1, len(parameters.underlyings) + 1)
    terms = reader.contracts["MarginTerms"]
    marks = await reader.caller.call_many([Call(terms, "creditMark", (u,)) for u in underlyings], block=head)
    ledger = reader.contracts["MarginAccounts"]
    open_interest = await reader.caller.call_many(
        [Call(ledger, "openInterest", (u,)) for u in underlyings], block=head
    )
    facts: list[tuple[str, Any, Any]] = [
        ("parameters", parameters, world.parameters.snapshot()),
        ("signers", (lanes.epoch, lanes.threshold, lanes.signers), _signers(world)),
        ("lane sequences", {k: v for k, v in lanes.sequences.items() if v}, world.lanes.sequences),
        ("prices", {u: (i.price, i.observed_at) for u, i in prices.items()}, _prices(world)),
        ("attestations", attested, world.lanes.attestations),
        ("total positive cash", total, world.ledger.total_positive),
        ("credit marks", [from_struct(CreditMark, mark) for mark in marks], _marks(world)),
        ("interest", tuple(interest.values()), astuple(world.interest)),
        ("open interest", open_interest, [world.ledger.open_interest(u) for u in underlyings]),
    ]
    for (underlying, expiry), price in world.lanes.settlements.items():
        known = await reader.settlement_price(underlying, expiry, head)
        facts.append((f"settlement price {underlying}/{expiry}", known, price))
    return [
        f"{name}: chain {chain}, replay {replayed}" for name, chain, replayed in facts if chain != replayed
    ]


async def _tokens(reader: ChainReader, world: World, head: Block) -> list[str]:
    """Claims and collateral of everyone who has or had any."""
    payouts, vault = reader.contracts["Payouts"], reader.contracts["CollateralVault"]
    wanted = [(Call(payouts, "owed", (token,)), owed) for token, owed in world.payouts.owed.items()]
    wanted += [
        (Call(payouts, "claimOf", (token, recipient)), claim)
        for (recipient, token), claim in world.payouts.claims.items()
    ]
    wanted += [(Call(vault, "totalOf", (token,)), total) for token, total in world.collateral.totals.items()]
    wanted += [(Call(vault, "balanceOf", key), held) for key, held in world.collateral.held.items()]
    wanted += [
        (Call(payouts, "netOutflow", key), world.payouts.net_outflow(*key, head.timestamp))
        for key in world.payouts.flows
    ]
    answers = await reader.caller.call_many([call for call, _ in wanted], block=head)
    return [
        f"{call.function}{call.arguments}: chain {answer}, replay {known}"
        for (call, known), answer in zip(wanted, answers, strict=True)
        if answer != known
    ]


async def _sources(reader: ChainReader, world: World, head: Block) -> list[str]:
    """The listed price sources, the sequencer's uptime, and until when trading is paused."""
    intervals, pause = reader.contracts["PriceIntervals"], reader.contracts["Pause"]
    wanted: list[tuple[Call, Any]] = [
        (Call(intervals, "sources", (underlying,)), list(listed))
        for underlying, listed in world.sources.sources.items()
    ]
    wanted.append((Call(intervals, "sequencerUptime"), world.sources.uptime))
    wanted.append((Call(pause, "pausedUntil"), world.sources.paused_until))
    answers = await reader.caller.call_many([call for call, _ in wanted], block=head)
    return [
        f"{call.function}{call.arguments}: chain {answer}, replay {known}"
        for (call, known), answer in zip(wanted, answers, strict=True)
        if (list(answer) if isinstance(answer, tuple) else answer) != known
    ]


def _marks(world: World) -> list[CreditMark]:
    underlyings = range(1, len(world.parameters.underlyings) + 1)
    return [world.marks.last.get(underlying, CreditMark()) for underlying in underlyings]


def _signers(world: World) -> tuple[int, int, tuple[str, ...]]:
    return world.lanes.epoch, world.lanes.threshold, world.lanes.signers


def _prices(world: World) -> dict[int, tuple[int, int]]:
    return {u: (row.price, at) for u, (row, at) in world.lanes.prices.items()}
