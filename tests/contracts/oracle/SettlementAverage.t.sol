// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";

import {LanesFixture} from "./LanesFixture.sol";

contract SettlementAverageTest is LanesFixture {
    uint32 private constant OPEN = NEAR - 30 minutes;
    uint32 private constant MIDDLE = NEAR - 15 minutes;
    uint32 private constant NEXT = NEAR + 1 days;

    // ---- by the first round at or after the expiry ----

    function test_thePriceIsFixedByTheFirstRoundAtOrAfterExpiry() public {
        uint96 average = uint96(100e18 * 900 + 200e18 * 899 + 300e18) / 1800;
        _publishPriceAt(OPEN, 100e18);
        _publishPriceAt(MIDDLE, 200e18);
        _publishPriceAt(NEAR - 1, 300e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0, "not before");
        vm.expectEmit(true, true, true, false, address(lanes));
        emit ISignedLanes.SettlementPriceFixed(1, NEAR, average, 0, 0);
        _publishPriceAt(NEAR, 999e18);
        assertEq(lanes.settlementPrice(1, NEAR), average, "each by its seconds");
        _publishPriceAt(NEAR + 60, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), average, "never again");
    }

    function test_theFixingRoundsOwnPriceDoesNotCount() public {
        _publishPriceAt(OPEN, 100e18);
        _publishPriceAt(MIDDLE, 300e18);
        _publishPriceAt(NEAR + 5 minutes, 9_999e18);
        assertEq(lanes.settlementPrice(1, NEAR), 200e18);
    }

    function test_thePriceBeforeTheWindowHoldsIntoIt() public {
        _publishPriceAt(OPEN - 5 minutes, 100e18);
        _publishPriceAt(OPEN + 10 minutes, 400e18);
        _publishPriceAt(OPEN + 20 minutes, 400e18);
        _publishPriceAt(NEAR, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), 300e18, "10 minutes of 100, 20 of 400");
    }

    // ---- gaps ----

    function test_aGapAnywhereFixesNothing() public {
        uint256 start = vm.snapshotState();
        uint32[3][5] memory samples = [
            [OPEN - 15 minutes - 1, OPEN, MIDDLE], // a gap before the window is none in it
            [OPEN - 15 minutes, OPEN + 1, OPEN + 16 minutes],
            [OPEN, MIDDLE + 1, NEAR - 1],
            [OPEN, MIDDLE - 1, MIDDLE - 1],
            [uint32(MIDNIGHT), OPEN + 1, MIDDLE]
        ];
        for (uint256 kind; kind < samples.length; ++kind) {
            vm.revertToState(start);
            for (uint256 index; index < 3; ++index) {
                _publishPriceAt(samples[kind][index], 100e18);
            }
            _publishPriceAt(NEAR, 100e18);
            assertEq(lanes.settlementPrice(1, NEAR) == 0, kind != 0, "only the first has none in the window");
        }
    }

    function test_withoutAnObservationInTheWindowNothingIsFixed() public {
        _publishPriceAt(OPEN - 1, 100e18);
        _publishPriceAt(NEAR + 7 minutes, 80e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0);
    }

    function test_aLongSilenceFixesOnlyWhatWasObserved() public {
        _wholeWindow(NEAR, 100e18);
        parameters.listExpiry(NEXT);
        _publishPriceAt(FAR + 1, 70e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18, "its window was observed");
        assertEq(lanes.settlementPrice(1, NEXT), 0, "silent");
        assertEq(lanes.settlementPrice(1, FAR), 0, "silent");
    }

    function test_aYearOfSilenceCostsNoMore() public {
        _publishPriceAt(MIDNIGHT, 100e18);
        vm.warp(MIDNIGHT + 365 days);
        uint256 before = gasleft();
        _publish(_prices(100e18));
        assertLt(before - gasleft(), 300_000);
    }

    function test_theFirstPriceOfAllFixesNoPastExpiry() public {
        _publishPriceAt(NEAR + 1, 100e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0, "nobody can have traded without a price");
        vm.warp(NEAR + 15 minutes);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementWindowHasGap.selector, 1, NEAR));
        lanes.fixSettlementPrice(1, NEAR);
    }

    function test_aRoundCanFixOneExpiryAndOpenTheWindowOfAnother() public {
        parameters.listExpiry(NEXT);
        _wholeWindow(NEAR, 100e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0, "not yet");
        _publishPriceAt(NEXT - 30 minutes, 500e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18, "fixed by the round that opens the next window");
        _publishPriceAt(NEXT - 10 minutes, 800e18);
        _publishPriceAt(NEXT, 1e18);
        assertEq(lanes.settlementPrice(1, NEXT), 0, "twenty minutes are a gap");
        parameters.listExpiry(NEXT + 1 days);
        _publishPriceAt(NEXT + 1 days - 30 minutes, 500e18);
        _publishPriceAt(NEXT + 1 days - 15 minutes, 800e18);
        _publishPriceAt(NEXT + 1 days, 1e18);
        assertEq(lanes.settlementPrice(1, NEXT + 1 days), 650e18, "opened by the round that fixed nothing");
    }

    // ---- by anyone ----

    function test_fixSettlementPrice_ByAnyoneOnceNoLaterRoundCanCome() public {
        _wholeWindow(NEAR, 100e18);
        vm.warp(NEAR + 15 minutes - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.SettlementNotDue.selector, NEAR, NEAR + 15 minutes)
        );
        lanes.fixSettlementPrice(1, NEAR);
        vm.warp(NEAR + 15 minutes);
        vm.prank(address(0xA11));
        lanes.fixSettlementPrice(1, NEAR);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementAlreadyFixed.selector, 1, NEAR, 100e18));
        lanes.fixSettlementPrice(1, NEAR);
        _publish(_prices(500e18));
        assertEq(lanes.settlementPrice(1, NEAR), 100e18, "a round does not touch it");
    }

    function test_fixSettlementPrice_FailsIf_TheWindowHasAGap() public {
        _publishPriceAt(OPEN, 100e18);
        vm.warp(NEAR + 1 hours);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementWindowHasGap.selector, 1, NEAR));
        lanes.fixSettlementPrice(1, NEAR);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementWindowHasGap.selector, 7, NEAR));
        lanes.fixSettlementPrice(7, NEAR);
    }

    function test_anExpiryListedLateSettlesOnAllOfItsWindow() public {
        _wholeWindow(NEXT, 200e18);
        _publishPriceAt(NEXT, 1e18);
        assertEq(lanes.settlementPrice(1, NEXT), 0, "nobody can hold what was never listed");
        parameters.listExpiry(NEXT + 1 days);
        _wholeWindow(NEXT + 1 days, 300e18);
        _publishPriceAt(NEXT + 1 days, 1e18);
        assertEq(lanes.settlementPrice(1, NEXT + 1 days), 300e18);
    }

    // ---- by whom the fallback is ----

    function test_setSettlementPrice_OnlyByTheFallbackAndOnlyOnce() public {
        vm.prank(address(0xA11));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xA11))
        );
        lanes.setSettlementPrice(1, NEAR, 100e18);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementNotDue.selector, NEAR, NEAR));
        lanes.setSettlementPrice(1, NEAR, 100e18);
        vm.warp(NEAR);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.PriceOutOfBounds.selector, 1, 0, 0));
        lanes.setSettlementPrice(1, NEAR, 0);
        lanes.setSettlementPrice(1, NEAR, 100e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.SettlementAlreadyFixed.selector, 1, NEAR, 100e18));
        lanes.setSettlementPrice(1, NEAR, 200e18);
    }

    // ---- what has accrued ----

    function test_settlementAccrued_GrowsWithEverySecondAndEndsWithAGap() public {
        _publishPriceAt(OPEN - 1, 100e18);
        _accruedIs(0, 0);
        vm.warp(OPEN);
        _accruedIs(0, 0);
        vm.warp(OPEN + 60);
        _accruedIs(60, 60 * 100e18);
        _publishPriceAt(OPEN + 10 minutes, 200e18);
        _accruedIs(600, 600 * 100e18);
        vm.warp(OPEN + 25 minutes);
        _accruedIs(1500, 600 * 100e18 + 900 * 200e18);
        vm.warp(OPEN + 25 minutes + 1);
        _accruedIs(0, 0);
    }

    function test_settlementAccrued_StandsWholeAfterTheExpiry() public {
        _wholeWindow(NEAR, 100e18);
        vm.warp(NEAR + 3 hours);
        _accruedIs(1800, 1800 * 100e18);
        parameters.listExpiry(NEXT);
        _publish(_prices(1e18));
        _accruedIs(1800, 1800 * 100e18);
    }

    // ---- against an independent sum ----

    function testFuzz_theAverageIsThatOfEverySecondOrNothing(uint256 seed) public {
        uint256[] memory times = new uint256[](6);
        uint96[] memory prices = new uint96[](6);
        uint256 time = OPEN - 8 minutes;
        for (uint256 index; index < times.length; ++index) {
            time += uint256(keccak256(abi.encode(seed, index))) % 16 minutes;
            prices[index] = uint96(1e18 + uint256(keccak256(abi.encode(seed, index, "price"))) % 1e23);
            times[index] = time;
            _publishPriceAt(time, prices[index]);
        }
        vm.warp(NEAR + 3 hours);
        _publish(_prices(5e18));
        assertEq(lanes.settlementPrice(1, NEAR), _bySeconds(times, prices));
    }

    function _bySeconds(uint256[] memory times, uint96[] memory prices) private pure returns (uint96) {
        uint256 sum;
        for (uint256 second = OPEN; second < NEAR; ++second) {
            uint256 latest = times.length;
            for (uint256 index; index < times.length && times[index] <= second; ++index) {
                latest = index;
            }
            if (latest == times.length || second - times[latest] >= 15 minutes) return 0;
            sum += prices[latest];
        }
        return uint96(sum / 30 minutes);
    }

    // ---- helpers ----

    /// @dev One price all through the window before `expiry`, the last of it a minute before.
    function _wholeWindow(uint32 expiry, uint96 price) private {
        _publishPriceAt(expiry - 30 minutes, price);
        _publishPriceAt(expiry - 15 minutes, price);
        _publishPriceAt(expiry - 60, price);
    }

    function _accruedIs(uint256 covered, uint256 weighted) private view {
        (uint256 gotCovered, uint256 gotWeighted) = lanes.settlementAccrued(1, NEAR);
        assertEq(gotCovered, covered, "seconds");
        assertEq(gotWeighted, weighted, "price x seconds");
    }
}
