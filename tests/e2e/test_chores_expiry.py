"""A real option that expires and a real debt: a keeper fixes the price, settles every holder, books the interest."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import pytest

from keeper.chain import Contract, Rpc
from keeper.decide.chores import MOST_GAP_SECONDS, ChoreKind
from keeper.types import WAD
from risk.instruments import Instrument
from tests.keeper.audit.play import STEP_SECONDS, Played, Troupe, deployed

from .chore_keepers import POLICY, One, asked, events
from .distress import OWNERS

pytestmark = pytest.mark.chain

COINS, COIN, UNIT = 1_000, 10**6, 10**6
BORROWED = 20_000
# Steps from the expiry: so that the window of half an hour has no gap, and once the price is fixed.
ROUNDS_BEFORE, ROUNDS_AFTER = (-3, -2, -1, 0), 2


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    with ExitStack() as stack:
        yield deployed(tmp_path_factory.mktemp("life"), stack)


async def borrowed(troupe: Troupe, played: Played, operator: str) -> int:
    """An account that pledged coins and took out cash it never had."""
    await troupe.send("MarginAccounts", "create", operator)
    account = await troupe.reader.account_count()
    coin = Contract(played.coin, played.artifacts.get("MockToken"))
    vault = troupe.reader.contracts["CollateralVault"]
    await troupe.transact(coin, "mint", operator, COINS * COIN)
    await troupe.transact(coin, "approve", vault.address, COINS * COIN)
    await troupe.transact(vault, "deposit", account, coin.address, COINS * COIN)
    await troupe.send("MarginAccounts", "withdraw", account, BORROWED * UNIT, operator)
    return account


def is_expired(leg, now: int) -> bool:
    instrument = Instrument.decode(leg.instrument)
    return not instrument.is_perpetual and instrument.expiry <= now


async def holders_of_expired(chain) -> set[int]:
    block = await chain.reader.block()
    states = await chain.reader.accounts(block)
    return {s.account for s in states if any(is_expired(leg, block.timestamp) for leg in s.legs)}


async def test_an_expired_leg_is_settled_at_the_fixed_price_and_interest_is_booked(system, tmp_path):
    played, operator = system
    async with Rpc(played.url, errors=played.artifacts) as rpc:
        troupe = Troupe(played, rpc, operator)
        chain = SimpleNamespace(
            reader=troupe.reader, rpc=rpc, control=troupe.control, chain_id=played.deployment.chain_id
        )
        await troupe.control.set_balance(OWNERS[0].address, 10**21)
        await troupe.round(0)
        await troupe.open_books()
        borrower = await borrowed(troupe, played, operator)
        await interest_is_booked(chain, troupe, tmp_path, borrower)
        await expiry_is_settled(chain, troupe, tmp_path)


async def interest_is_booked(chain, troupe: Troupe, folder, borrower: int) -> None:
    await troupe.round(4)
    waiting = (await asked(chain, "MarginAccounts", "interestNow"))["reserve"]
    assert waiting > 0
    (folder / "dear").mkdir()
    patient = One(chain, folder / "dear", 0, policy=replace(POLICY, least_reserve=2 * waiting))
    await patient.look()
    assert patient.sent(ChoreKind.ACCRUE) == 0
    one = One(chain, folder, 0, policy=replace(POLICY, least_reserve=waiting // 2))
    before = await chain.reader.insurance_balance(await chain.reader.block())
    await one.look()
    assert one.sent(ChoreKind.ACCRUE) == 1
    booked = (await events(chain, "InterestAccrued"))[-1]
    assert booked.block_number == (await chain.reader.block()).number
    after = await chain.reader.insurance_balance(await chain.reader.block())
    assert after - before == pytest.approx(waiting, rel=0.01)  # and what the seconds since added
    assert await asked(chain, "MarginAccounts", "cashOf", borrower) < -BORROWED * WAD
    await one.look()
    assert one.sent(ChoreKind.ACCRUE) == 1


async def expiry_is_settled(chain, troupe: Troupe, folder) -> None:
    expiry = troupe.listing.expiries[0]
    last = (expiry - troupe.market.time(0)) // STEP_SECONDS
    one = One(chain, folder, 0)
    for distance in ROUNDS_BEFORE:
        await troupe.round(last + distance)
    await one.look()
    holders = await holders_of_expired(chain)
    assert len(holders) >= 3  # covered call, strangle, and who has the other side
    assert one.sent(ChoreKind.SETTLE) == 0  # there is no price yet
    await troupe.control.mine_at(expiry + MOST_GAP_SECONDS + 1)
    await one.look()
    assert one.sent(ChoreKind.FIX) == 2  # of both underlyings
    await troupe.round(last + ROUNDS_AFTER)
    await one.look()
    assert one.sent(ChoreKind.SETTLE) >= 1  # an account's legs of both underlyings are settled together
    assert await holders_of_expired(chain) == set()
    settled = await events(chain, "LegSettled")
    assert {event.arguments["account"] for event in settled} == holders
    fixed = {
        e.arguments["underlying"]: e.arguments["price"] for e in await events(chain, "SettlementPriceFixed")
    }
    for underlying in fixed:
        assert fixed[underlying] == await asked(chain, "SignedLanes", "settlementPrice", underlying, expiry)
    made = one.sent(ChoreKind.SETTLE)
    await one.look()
    assert one.sent(ChoreKind.SETTLE) == made
