"""One look of the liquidator at a chain made by hand: what it sends, in which order, and what stops it."""

from __future__ import annotations

import dataclasses

from keeper.chain import Auction, Block, MarginState, Witness
from keeper.errors import TransactionFailed
from keeper.liquidator.bot import LiquidatorBot
from keeper.liquidator.policy import BidLimits
from keeper.parameters import AuctionCurve
from keeper.types import WAD, AccountState, LegState
from risk.instruments import CALL, PERPETUAL, Instrument

NOW = 1_773_993_600  # 20 March 2026, 08:00 UTC
PERP = LegState(Instrument(1, 0, 0, PERPETUAL).encode(), WAD)
CURVE = AuctionCurve(1_800, 200, 5_000, 100, 50 * WAD, 20, 200)
WITNESS = Witness(True, 7)
BOT, FUND = 1, 2


def option(expiry: int, underlying: int = 1) -> LegState:
    return LegState(Instrument(underlying, expiry, 90_000 * 10**6, CALL).encode(), -WAD)


def account(number: int, *legs: LegState) -> AccountState:
    return AccountState(number, "0x" + "11" * 20, 0, 1, 0, (0, 0), legs or (PERP,))


def margin(equity: int, maintenance: int) -> MarginState:
    own = maintenance * WAD
    return MarginState(
        equity * WAD, equity * WAD, equity * WAD, own, own, 0, own, own * 12 // 10, own, 12_000, 10_000, True
    )


class Chain:
    """A reader of prepared facts. `discount` is WAD money of an auction's base of 100."""

    def __init__(self, accounts, margins, *, auctions=(), discount=10, fraction=WAD, settled=()):
        self._accounts, self._margins = accounts, margins
        self._auctions, self._discount, self._fraction = set(auctions), discount, fraction
        self._settled = set(settled)
        self.clock_until, self.leg_prices = NOW + 7_200, {}

    async def block(self, number="latest"):
        return Block(9, "0x" + "ab" * 32, NOW)

    async def accounts(self, block):
        return tuple(self._accounts)

    async def margins(self, ids, block):
        return {i: self._margins[i] for i in ids}

    async def auctions(self, ids, block):
        return {
            i: Auction(NOW - 60, 0, 1, WAD, 100 * WAD, CURVE, WITNESS, WITNESS)
            for i in ids
            if i in self._auctions
        }

    async def discount_now(self, number, block):
        return self._discount * WAD

    async def largest_fraction(self, number, block):
        return self._fraction

    async def clock_runs_until(self, block):
        return self.clock_until

    async def leg_discounts(self, number, legs):
        return {
            leg.instrument: self.leg_prices[leg.instrument]
            for leg in legs
            if leg.instrument in self.leg_prices
        }

    async def worst_witness(self, number, block=None):
        return Witness(True, 7)

    async def settlement_price(self, underlying, expiry, block):
        return WAD if (underlying, expiry) in self._settled else 0


class Transactions:
    """Remembers what was simulated and sent; refuses what `refuse` names, as often as it says."""

    def __init__(self, **refuse: int):
        self.simulated, self.sent, self._refuse = [], [], refuse

    async def simulate(self, call):
        self.simulated.append((call.function, *call.arguments))
        self._check(f"simulate_{call.function}")

    async def send(self, call):
        self._check(call.function)
        self.sent.append((f"{call.contract}.{call.function}", *call.arguments))

    def _check(self, name):
        if self._refuse.get(name, 0) > 0:
            self._refuse[name] -= 1
            raise TransactionFailed("reverted with BelowInitialMargin()", "BelowInitialMargin")


LIMITS = BidLimits(least_discount_bps=500, most_own_requirement=10_000 * WAD, cure_buffer_bps=500)


def bot(chain, transactions) -> LiquidatorBot:
    return LiquidatorBot(reader=chain, transactor=transactions, account=BOT, limits=LIMITS, excluded=[FUND])


async def test_an_account_under_water_is_started_with_its_worst_witness():
    chain, sent = Chain([account(5)], {5: margin(50, 100)}), Transactions()
    result = await bot(chain, sent).step()
    assert (result.started, result.filled, result.ended, result.unknown) == ((5,), (), (), ())
    assert sent.sent == [("Liquidation.start", 5, (True, 7), BOT)]


async def test_healthy_accounts_are_left_alone():
    sent = Transactions()
    result = await bot(Chain([account(5)], {5: margin(100, 100)}), sent).step()
    assert (result.started, sent.sent, sent.simulated) == ((), [], [])


async def test_it_touches_neither_itself_nor_the_insurance_fund():
    margins = {BOT: margin(0, 100), FUND: margin(0, 100)}
    sent = Transactions()
    result = await bot(Chain([account(BOT), account(FUND)], margins), sent).step()
    assert (result.started, sent.sent) == ((), [])


async def test_an_account_whose_margin_reverts_is_unknown_and_the_next_is_served():
    margins = {5: TransactionFailed("reverted with NoSurface()", "NoSurface"), 6: margin(50, 100)}
    result = await bot(Chain([account(5), account(6)], margins), Transactions()).step()
    assert (result.unknown, result.started) == ((5,), (6,))


async def test_a_bid_is_simulated_before_it_is_paid_for():
    sent = Transactions()
    result = await bot(Chain([account(5)], {5: margin(50, 100)}, auctions=[5]), sent).step()
    assert result.filled == (5,)
    assert sent.simulated == [("bid", 5, BOT, WAD, 0)]
    assert sent.sent == [("Liquidation.bid", 5, BOT, WAD, 0)]


async def test_a_bid_too_large_for_the_bots_margin_is_halved_until_it_fits():
    sent = Transactions(simulate_bid=2)
    result = await bot(Chain([account(5)], {5: margin(50, 100)}, auctions=[5]), sent).step()
    assert result.filled == (5,)
    assert [call[3] for call in sent.simulated] == [WAD, WAD // 2, WAD // 4]
    assert [call[3] for call in sent.sent] == [WAD // 4]


async def test_a_bid_that_never_fits_costs_nothing():
    sent = Transactions(simulate_bid=99)
    result = await bot(Chain([account(5)], {5: margin(50, 100)}, auctions=[5]), sent).step()
    assert (result.filled, sent.sent, len(sent.simulated)) == ((), [], 5)


MANY = tuple(option(NOW + 86_400 * day) for day in range(1, 13))


async def test_of_many_legs_it_bids_for_the_one_that_pays_most():
    chain = Chain([account(5, *MANY)], {5: margin(50, 100)}, auctions=[5])
    chain.leg_prices = {leg.instrument: WAD + day for day, leg in enumerate(MANY[:7])}
    sent = Transactions(simulate_bidLegs=1)
    result = await bot(chain, sent).step()
    assert result.filled == (5,)
    assert sent.sent == [("Liquidation.bidLegs", 5, BOT, [(MANY[6].instrument, WAD // 2)], 0, 0)]


async def test_where_no_single_leg_may_be_taken_it_takes_a_share_of_all():
    sent = Transactions()
    await bot(Chain([account(5, *MANY)], {5: margin(50, 100)}, auctions=[5]), sent).step()
    assert sent.sent == [("Liquidation.bid", 5, BOT, WAD, 0)]


async def test_it_reads_the_auction_clock_before_its_last_reading_ends():
    sent = Transactions()
    chain = Chain([account(5)], {5: margin(50, 100)}, auctions=[5], discount=4)
    chain.clock_until = NOW + 600
    await bot(chain, sent).step()
    assert sent.sent == [("Liquidation.tick",)]


async def test_it_waits_while_the_discount_does_not_pay():
    sent = Transactions()
    chain = Chain([account(5)], {5: margin(50, 100)}, auctions=[5], discount=4)
    assert (await bot(chain, sent).step()).filled == ()
    assert (sent.sent, sent.simulated) == ([], [])


async def test_its_risk_limit_bounds_the_share_it_takes():
    sent = Transactions()
    chain = Chain([account(5)], {5: margin(50, 40_000)}, auctions=[5])
    await bot(chain, sent).step()
    assert sent.sent[0][3] == WAD // 4


async def test_a_cured_auction_is_ended():
    sent = Transactions()
    result = await bot(Chain([account(5)], {5: margin(106, 100)}, auctions=[5]), sent).step()
    assert (result.ended, sent.sent) == ((5,), [("Liquidation.end", 5)])


async def test_an_auction_of_an_emptied_account_is_ended():
    empty = dataclasses.replace(account(5), legs=())
    result = await bot(Chain([empty], {5: margin(-10, 0)}, auctions=[5]), Transactions()).step()
    assert result.ended == (5,)


async def test_a_faster_rival_is_no_failure():
    sent = Transactions(start=1)
    chain = Chain([account(5), account(6)], {5: margin(50, 100), 6: margin(50, 100)})
    result = await bot(chain, sent).step()
    assert (result.started, len(sent.sent)) == ((6,), 1)


async def test_what_expired_and_has_a_price_is_settled_first():
    late = NOW - 86_400
    accounts = [account(5, option(late), PERP), account(6, option(late), option(late, 2)), account(7)]
    margins = {i: margin(1_000, 100) for i in (5, 6, 7)}
    sent = Transactions()
    result = await bot(Chain(accounts, margins, settled=[(1, late)]), sent).step()
    assert (result.settled_legs, sent.sent) == (2, [("ExpirySettlement.settle", [5, 6])])


async def test_without_a_settlement_price_nothing_is_settled():
    sent = Transactions()
    chain = Chain(
        [account(5, option(NOW)), account(6, option(NOW + 86_400))], dict.fromkeys((5, 6), margin(9, 1))
    )
    assert (await bot(chain, sent).step()).settled_legs == 0
    assert sent.sent == []


async def test_a_refused_settlement_does_not_stop_liquidations():
    accounts = [account(5, option(NOW)), account(6)]
    margins = {5: margin(1_000, 100), 6: margin(50, 100)}
    result = await bot(Chain(accounts, margins, settled=[(1, NOW)]), Transactions(settle=1)).step()
    assert (result.settled_legs, result.started) == (0, (6,))


async def test_many_accounts_are_settled_in_pages():
    accounts = [account(i, option(NOW)) for i in range(3, 43)]
    margins = {i: margin(1_000, 100) for i in range(3, 43)}
    sent = Transactions()
    result = await bot(Chain(accounts, margins, settled=[(1, NOW)]), sent).step()
    assert result.settled_legs == 40
    assert [len(call[1]) for call in sent.sent] == [16, 16, 8]
