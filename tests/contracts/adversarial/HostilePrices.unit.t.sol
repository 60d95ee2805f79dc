// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {ChainlinkSource} from "../../../contracts/oracle/sources/ChainlinkSource.sol";
import {PythPrice, PythSource} from "../../../contracts/oracle/sources/PythSource.sol";
import {SequencerUptime} from "../../../contracts/oracle/sources/SequencerUptime.sol";
import {MarginState, PriceInterval, Witness} from "../../../contracts/types/Margin.sol";
import {HandFeed, HandPyth, HostileContract} from "../mocks/FeedMocks.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Who lies about a price, and what it gains: on the real contracts, against a healthy account long 10 bitcoin.
contract HostilePricesTest is SystemMarket {
    uint256 private constant TRUE_PRICE = 20_000e18;
    uint32 private constant HEARTBEAT = 1 hours;
    uint16 private constant DEVIATION_BPS = 50;
    int192 private constant LEAST_ANSWER = 100e8;

    uint64 private long;
    uint64 private short;
    HandFeed private feed;
    HandPyth private pyth;
    Witness private worst;

    function setUp() public {
        deploySystem();
        publishPrices(TRUE_PRICE, 1500e18, 10);
        publishSurfaces(0.7e18);
        (long, short) = (open("long", 60_000e6), open("short", 1_000_000e6));
        trade(long, short, perpetual(BTC), 10e18, TRUE_PRICE);
        worst = engine.worstWitness(long);
        feed = new HandFeed(8, LEAST_ANSWER, type(int192).max);
        pyth = new HandPyth();
        _answers(TRUE_PRICE);
        _pythAnswers(TRUE_PRICE);
        _list(false);
    }

    // ---- a source lies ----

    /// @dev Whatever one source says, an account above water at the signed price is not liquidated.
    function testFuzz_liarSource_CannotLiquidateAlone(uint256 lie) public {
        _answers(bound(lie, uint256(uint192(LEAST_ANSWER)) * 1e10, 1e28));
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(long, worst, 0);
    }

    /// @dev Nor does it let anyone take out more: new risk is valued no better than at the signed price.
    function testFuzz_liarSource_CannotInflateWhatMayBeWithdrawn(uint256 lie) public {
        int256 honest = engine.marginOf(long).equityLow;
        _answers(bound(lie, uint256(uint192(LEAST_ANSWER)) * 1e10, 1e28));
        assertLe(engine.marginOf(long).equityLow, honest);
    }

    function test_liarSource_IsOutvotedByTheSignedLaneAndAnotherSource() public {
        _list(true);
        MarginState memory honest = engine.marginOf(long);
        _answers(TRUE_PRICE / 4);
        assertEq(abi.encode(engine.marginOf(long)), abi.encode(honest));
    }

    // ---- the quorum lies ----

    /// @dev The box: however a full quorum signs, both ends reach to the honest source's answer, so equity is nowhere valued above
    /// it for new risk nor below it for liquidation; and the mark moves by the source's own half-width at most,
    ///   w = price x (deviation + ageVolatility x sqrt(age)).
    function testFuzz_hostileQuorum_MovesTheMarkByTheSourcesWidthAtMost(uint256 lie, uint256 age) public {
        age = bound(age, 0, HEARTBEAT);
        vm.warp(block.timestamp + age);
        publishPrices(bound(lie, 1e18, 1e27), 1500e18, 1);
        PriceInterval memory got = intervals.priceInterval(BTC);
        assertLe(got.low, TRUE_PRICE, "INV-30: a long account cannot be valued above the source");
        assertGe(got.high, TRUE_PRICE, "INV-30: nor liquidated below it");
        // The root of the age is rounded up in the 18th digit: 16,000 units of 1e-18 at this price and volatility.
        uint256 width = TRUE_PRICE * DEVIATION_BPS / 10_000 + _ageMove(age) + 16_002;
        assertLe(got.price, TRUE_PRICE + width);
        assertGe(got.price, TRUE_PRICE - width);
    }

    /// @dev One step inside, one step outside: the bound above is reached.
    function test_hostileQuorum_ReachesThatWidth() public {
        vm.warp(block.timestamp + HEARTBEAT);
        publishPrices(TRUE_PRICE * 3, 1500e18, 1);
        uint256 width = TRUE_PRICE * DEVIATION_BPS / 10_000 + _ageMove(HEARTBEAT);
        assertApproxEqRel(intervals.priceInterval(BTC).price - TRUE_PRICE, width, 1e12);
        // 0.5% and 80% x sqrt(1 h / 1 year) = 0.855%
        assertApproxEqRel(width, TRUE_PRICE * 1_355 / 100_000, 0.001e18);
    }

    function testFuzz_hostileQuorum_CannotLiquidateWhoIsHealthyAtTheSource(uint256 lie) public {
        publishPrices(bound(lie, 1e18, 1e27), 1500e18, 1);
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(long, worst, 0);
    }

    function testFuzz_hostileQuorum_CannotLetAnyoneWithdrawMoreThanAtTheSource(uint256 lie) public {
        int256 honest = accounts.cashOf(long) + engine.markOf(long);
        publishPrices(bound(lie, 1e18, 1e27), 1500e18, 1);
        assertLe(engine.marginOf(long).equityLow, honest);
        assertLe(engine.marginOf(short).equityLow, accounts.cashOf(short));
    }

    // ---- a source fails ----

    /// @dev Bitcoin falls through the least answer the aggregator can give; it stays there. The signed lane goes on alone.
    function test_frozenAtItsLeastAnswer_TheSourceIsSilentAndTheCrashIsFollowed() public {
        _answers(100.5e18);
        vm.warp(block.timestamp + 60);
        for (uint256 round = 1; round <= 3; ++round) {
            vm.warp(block.timestamp + 1);
            publishPrices(50e18, 1500e18, 10);
        }
        assertEq(abi.encode(intervals.priceInterval(BTC)), abi.encode(lanes.priceInterval(BTC)));
        liquidation.start(long, worst, 0);
    }

    function test_hostileSource_StopsNothing() public {
        vm.etch(address(feed), address(new HostileContract()).code);
        for (uint8 way; way <= uint8(type(HostileContract.Way).max); ++way) {
            HostileContract(address(feed)).choose(HostileContract.Way(way));
            _allGoesOn();
        }
        vm.etch(address(feed), "");
        _allGoesOn();
    }

    /// @dev The sequencer fails while an auction runs and comes back: the source is silent until the grace has passed, the auction
    /// goes on by the signed lane, and deposits never ask.
    function test_sequencer_DownAndUpDuringAnAuction() public {
        HandFeed status = new HandFeed(0, 0, 1);
        status.set(0, block.timestamp - 1 days);
        intervals.setSequencerUptime(address(new SequencerUptime(address(status), 1 hours)));
        _crash(15_500e18);
        liquidation.start(long, worst, 0);
        status.set(1, block.timestamp);
        _answers(1e26);
        deposit(long, 1e6);
        bid(long, short, 0.1e18);
        assertTrue(liquidation.inLiquidation(long), "the lie did not count");
        vm.warp(block.timestamp + 60);
        status.set(0, block.timestamp);
        publishPrices(15_500e18, 1500e18, 10);
        assertEq(intervals.readings(BTC).length, 0, "grace");
        bid(long, short, 1e18);
        assertFalse(liquidation.inLiquidation(long), "cured or emptied");
    }

    // ---- helpers ----

    function _allGoesOn() private {
        uint256 before = vm.snapshotState();
        deposit(long, 1e6);
        trade(short, long, perpetual(BTC), 1e18, TRUE_PRICE);
        assertEq(abi.encode(intervals.priceInterval(BTC)), abi.encode(lanes.priceInterval(BTC)));
        vm.revertToState(before);
    }

    /// @dev Both move; the source confirms it.
    function _crash(uint256 price) private {
        vm.warp(block.timestamp + 60);
        _answers(price);
        publishPrices(price, 1500e18, 10);
    }

    /// @dev price x 80% x sqrt(age / year), in integers and on its own.
    function _ageMove(uint256 age) private pure returns (uint256) {
        return TRUE_PRICE * 8 / 10 * FixedPointMathLib.sqrt(age * 1e36 / 365 days) / 1e18;
    }

    function _answers(uint256 price) private {
        feed.set(int256(price / 1e10), block.timestamp);
    }

    function _pythAnswers(uint256 price) private {
        pyth.set(PythPrice(int64(uint64(price / 1e13)), uint64(price / 1e16), -5, block.timestamp));
    }

    function _list(bool both) private {
        address[] memory list = new address[](both ? 2 : 1);
        list[0] = address(new ChainlinkSource(address(feed), HEARTBEAT, DEVIATION_BPS));
        if (both) list[1] = address(new PythSource(address(pyth), "BTC/USD", 60, 200));
        intervals.setSources(BTC, list);
    }
}
