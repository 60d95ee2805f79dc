// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPriceIntervals} from "contracts/interfaces/IPriceIntervals.sol";
import {Pause} from "contracts/governance/Pause.sol";
import {PriceIntervals} from "contracts/oracle/PriceIntervals.sol";
import {Mode, PriceInterval} from "contracts/types/Margin.sol";
import {SignedPrice} from "contracts/types/Prices.sol";

import {HandSource} from "../mocks/FeedMocks.sol";
import {LanesFixture} from "./LanesFixture.sol";

/// @notice Jumps of the signed price and rounds after an outage. Rounds are ten seconds apart: four standard deviations of 80%
/// a year are then 0.18%, and both confidences 0.2%.
contract PriceContinuityTest is LanesFixture {
    uint96 private constant FAR_BELOW = SPOT / 2;

    PriceIntervals private intervals;
    HandSource private source;
    uint32 private haltAge;

    function setUp() public override {
        super.setUp();
        intervals = new PriceIntervals(address(manager), lanes, parameters, new Pause(address(manager)));
        manager.grantRole(manager.ADMIN_ROLE(), address(intervals), 0);
        source = new HandSource();
        haltAge = parameters.laneLimits().haltAge;
        _publish(_prices(SPOT));
    }

    // ---- jumps ----

    function test_whatVolatilityExplainsCountsAtOnce() public {
        _round(SPOT * 9_965 / 10_000);
        assertEq(lanes.signedPrice(1).beforeObservedAt, 0);
        _round(SPOT);
        assertEq(lanes.signedPrice(1).beforeObservedAt, 0);
        _round(SPOT * 9_960 / 10_000);
        assertEq(lanes.signedPrice(1).beforeObservedAt, MIDNIGHT + 20, "0.4% in ten seconds is a jump");
    }

    function test_aJumpSpansBothLevelsUntilThreeRoundsConfirmIt() public {
        for (uint256 round = 1; round <= 2; ++round) {
            _round(FAR_BELOW);
            PriceInterval memory open = intervals.priceInterval(1);
            assertGt(open.high, SPOT, "reaches to the old level");
            assertLt(open.low, FAR_BELOW, "and to the new");
            assertEq(open.price, SPOT, "the mark stays");
        }
        _round(FAR_BELOW);
        PriceInterval memory got = intervals.priceInterval(1);
        assertEq(got.price, FAR_BELOW);
        assertEq(got.high, FAR_BELOW + FAR_BELOW / 1_000, "confirmed");
    }

    /// @dev No price is ever refused, however far; a crash that goes on is followed two rounds behind at most.
    function test_aCrashInManyStepsIsFollowed() public {
        uint96 price = SPOT;
        for (uint256 round = 1; round <= 12; ++round) {
            price = price * 97 / 100;
            _round(price);
            SignedPrice memory signed = lanes.signedPrice(1);
            assertEq(signed.price, price);
            if (signed.beforeObservedAt != 0) {
                assertGe(signed.beforeObservedAt + 20, signed.observedAt, "the level left is two rounds old");
            }
            assertEq(signed.beforeObservedAt == 0, round % 3 == 0);
        }
    }

    function test_aWickThatReturnsLeavesNothing() public {
        _round(FAR_BELOW);
        _round(SPOT);
        assertEq(lanes.signedPrice(1).beforeObservedAt, 0);
        assertEq(intervals.priceInterval(1).low, SPOT - SPOT / 1_000);
    }

    function test_theOtherSideOfTheOldLevelCountsAnew() public {
        _round(FAR_BELOW);
        _round(FAR_BELOW);
        _round(2 * SPOT);
        assertEq(lanes.signedPrice(1).beforePrice, SPOT, "still open");
        _round(2 * SPOT);
        assertEq(lanes.signedPrice(1).beforePrice, SPOT, "still open");
        _round(2 * SPOT);
        assertEq(lanes.signedPrice(1).beforePrice, 0, "confirmed");
    }

    function test_roundsOfTheSameSecondCountOnce() public {
        _round(FAR_BELOW);
        for (uint256 again; again < 5; ++again) {
            _publish(_prices(FAR_BELOW));
        }
        assertEq(lanes.signedPrice(1).beforePrice, SPOT, "one observation, however often signed");
    }

    function test_anIndependentSourceConfirmsAtOnce() public {
        _list();
        _round(FAR_BELOW);
        source.set(FAR_BELOW, FAR_BELOW / 200, block.timestamp);
        PriceInterval memory got = intervals.priceInterval(1);
        assertEq(got.price, FAR_BELOW);
        assertEq(got.high, FAR_BELOW + FAR_BELOW / 1_000);
    }

    /// @dev Three rounds confirm the lane's level, and yet the source's stays within the interval.
    function test_confirmedByRoundsAgainstASource_TheIntervalSpansBoth() public {
        _list();
        for (uint256 round; round < 3; ++round) {
            _round(FAR_BELOW);
        }
        source.set(SPOT, SPOT / 200, block.timestamp);
        PriceInterval memory got = intervals.priceInterval(1);
        assertGe(got.high, SPOT, "INV-30: the source is within");
        assertLe(got.low, FAR_BELOW);
        assertEq(got.price, SPOT - SPOT / 200, "the mark stays with the source");
    }

    // ---- outages ----

    function test_afterAnOutageThreeRoundsComeFirst() public {
        vm.warp(MIDNIGHT + haltAge + 1);
        for (uint256 round; round < 2; ++round) {
            _round(SPOT);
            assertTrue(lanes.signedPrice(1).isRestarting);
            vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.NoUsablePrice.selector, 1));
            intervals.priceInterval(1);
            assertEq(uint8(intervals.mode()), uint8(Mode.HALTED));
        }
        _round(SPOT);
        assertFalse(lanes.signedPrice(1).isRestarting);
        assertEq(intervals.priceInterval(1).price, SPOT);
    }

    function test_theWaitIsCapped() public {
        vm.warp(MIDNIGHT + haltAge + 1);
        _publish(_prices(SPOT));
        vm.warp(block.timestamp + 10 minutes - 1);
        assertTrue(lanes.signedPrice(1).isRestarting);
        vm.warp(block.timestamp + 1);
        assertFalse(lanes.signedPrice(1).isRestarting);
        assertEq(intervals.priceInterval(1).price, SPOT);
    }

    function test_silenceUpToTheHaltAgeIsNoOutage() public {
        vm.warp(MIDNIGHT + haltAge);
        _publish(_prices(SPOT));
        assertFalse(lanes.signedPrice(1).isRestarting);
    }

    function test_sourcesAnswerWhileTheLaneRestarts() public {
        _list();
        vm.warp(MIDNIGHT + haltAge + 1);
        source.set(FAR_BELOW, FAR_BELOW / 200, block.timestamp);
        _publish(_prices(SPOT));
        assertEq(intervals.priceInterval(1).price, FAR_BELOW, "a stale price brought back does not count");
    }

    /// @dev The price at the end of an outage may be anywhere: it is not a jump as well.
    function test_afterAnOutageNoJumpIsOpen() public {
        vm.warp(MIDNIGHT + haltAge + 1);
        for (uint256 round; round < 3; ++round) {
            _round(FAR_BELOW);
        }
        assertEq(lanes.signedPrice(1).beforeObservedAt, 0);
        assertEq(intervals.priceInterval(1).price, FAR_BELOW);
    }

    // ---- helpers ----

    function _round(uint96 price) private {
        _publishPriceAt(vm.getBlockTimestamp() + 10, price);
    }

    function _list() private {
        source.set(SPOT, SPOT / 200, block.timestamp);
        address[] memory list = new address[](1);
        list[0] = address(source);
        intervals.setSources(1, list);
        source.set(0, 0, 0);
    }
}
