// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";

import {LanesFixture} from "./LanesFixture.sol";

contract SettlementAverageTest is LanesFixture {
    uint32 private constant OPEN = NEAR - 30 minutes;
    uint32 private constant NEXT = NEAR + 1 days;

    function test_thePriceIsFixedByTheFirstRoundAtOrAfterExpiry() public {
        uint96 average = uint96(100e18 * 1799 + 200e18) / 1800;
        _publishPriceAt(OPEN, 100e18);
        _publishPriceAt(NEAR - 1, 200e18);
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
        _publishPriceAt(OPEN + 15 minutes, 300e18);
        _publishPriceAt(NEAR + 5 minutes, 9_999e18);
        assertEq(lanes.settlementPrice(1, NEAR), 200e18);
    }

    function test_thePriceBeforeTheWindowHoldsIntoIt() public {
        _publishPriceAt(OPEN - 5 minutes, 100e18);
        _publishPriceAt(OPEN + 10 minutes, 400e18);
        _publishPriceAt(NEAR, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), 300e18, "10 minutes of 100, 20 of 400");
    }

    function test_aPriceHoldsForThirtyMinutesAtMost() public {
        _publishPriceAt(OPEN - 20 minutes, 100e18); // covers 10 minutes of the window
        _publishPriceAt(OPEN + 20 minutes, 400e18); // and this one the last 10
        _publishPriceAt(NEAR, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), 250e18, "a gap has no weight");
    }

    function test_aDayOldPriceHasNoWeight() public {
        _publishPriceAt(MIDNIGHT, 100e18);
        _publishPriceAt(NEAR - 1, 400e18);
        _publishPriceAt(NEAR + 1, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), 400e18);
    }

    function test_withoutAnObservationInTheWindowTheFirstPriceAfterSettles() public {
        _publishPriceAt(OPEN - 1, 100e18);
        _publishPriceAt(NEAR + 7 minutes, 80e18);
        assertEq(lanes.settlementPrice(1, NEAR), 80e18);
    }

    function test_anExpiryListedAfterItsWindowOpenedSettlesOnAllOfIt() public {
        vm.warp(NEXT - 30 minutes);
        _publishPriceAt(NEXT - 30 minutes, 100e18);
        _publishPriceAt(NEXT - 15 minutes, 300e18);
        parameters.listExpiry(NEXT);
        _publishPriceAt(NEXT, 1e18);
        assertEq(lanes.settlementPrice(1, NEXT), 200e18);
    }

    function test_unlistedDaysFixNothing() public {
        _publishPriceAt(NEXT - 10 minutes, 100e18);
        _publishPriceAt(NEXT, 100e18);
        assertEq(lanes.settlementPrice(1, NEXT), 0);
    }

    function test_severalExpiriesAreFixedAfterALongSilence() public {
        _publishPriceAt(NEAR - 60, 100e18);
        parameters.listExpiry(NEXT);
        parameters.listExpiry(NEXT + 2 days);
        _publishPriceAt(FAR + 1, 70e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18, "its window was observed");
        assertEq(lanes.settlementPrice(1, NEXT), 70e18, "silent");
        assertEq(lanes.settlementPrice(1, NEXT + 2 days), 70e18, "silent");
        assertEq(lanes.settlementPrice(1, FAR), 70e18, "silent");
    }

    function test_aYearOfSilenceStaysAffordable() public {
        _publishPriceAt(MIDNIGHT, 100e18);
        vm.warp(MIDNIGHT + 365 days);
        uint256 before = gasleft();
        _publish(_prices(100e18));
        assertLt(before - gasleft(), 3_000_000);
    }

    function test_theFirstPriceOfAllFixesNoPastExpiry() public {
        _publishPriceAt(NEAR + 1, 100e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0, "nobody can have traded without a price");
    }

    function test_aRoundCanFixOneExpiryAndOpenTheWindowOfAnother() public {
        parameters.listExpiry(NEXT);
        _publishPriceAt(NEAR - 60, 100e18);
        _publishPriceAt(NEXT - 10 minutes, 500e18);
        _publishPriceAt(NEXT, 1e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18, "first");
        assertEq(lanes.settlementPrice(1, NEXT), 500e18, "second");
    }

    /// @dev Against an independent second-by-second sum.
    function testFuzz_theAverageIsThatOfEverySecondCovered(uint256 seed) public {
        uint256[] memory times = new uint256[](6);
        uint96[] memory prices = new uint96[](6);
        uint256 time = OPEN - 40 minutes;
        for (uint256 index; index < times.length; ++index) {
            time += uint256(keccak256(abi.encode(seed, index))) % 25 minutes;
            prices[index] = uint96(1e18 + uint256(keccak256(abi.encode(seed, index, "price"))) % 1e23);
            times[index] = time;
            _publishPriceAt(time, prices[index]);
        }
        _publishPriceAt(NEAR + 3 hours, 5e18);
        assertEq(lanes.settlementPrice(1, NEAR), _bySeconds(times, prices));
    }

    function _bySeconds(uint256[] memory times, uint96[] memory prices) private pure returns (uint96) {
        uint256 sum;
        uint256 covered;
        uint256 observed;
        uint96 firstAfter = 5e18;
        for (uint256 index = times.length; index > 0; --index) {
            if (times[index - 1] >= OPEN && times[index - 1] < NEAR) ++observed;
            if (times[index - 1] >= NEAR) firstAfter = prices[index - 1];
        }
        if (observed == 0) return firstAfter;
        for (uint256 second = OPEN; second < NEAR; ++second) {
            uint256 latest = times.length;
            for (uint256 index; index < times.length && times[index] <= second; ++index) {
                latest = index;
            }
            if (latest == times.length || second - times[latest] >= 30 minutes) continue;
            sum += prices[latest];
            ++covered;
        }
        return uint96(sum / covered);
    }
}
