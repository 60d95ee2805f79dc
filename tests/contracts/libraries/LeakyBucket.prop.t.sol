// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {LeakyBucket} from "contracts/libraries/LeakyBucket.sol";

/// @dev The library's calls need storage and a call frame of their own.
contract BucketHolder {
    using LeakyBucket for LeakyBucket.Bucket;

    LeakyBucket.Bucket private _bucket;

    function charge(uint256 amount, uint256 capacity, uint256 period) external {
        _bucket.charge(amount, capacity, period);
    }

    function fill(uint256 amount, uint256 capacity, uint256 period) external {
        _bucket.fill(amount, capacity, period);
    }

    function used(uint256 capacity, uint256 period) external view returns (uint256) {
        return _bucket.used(capacity, period);
    }
}

contract LeakyBucketTest is Test {
    uint256 private constant DAY = 1 days;
    BucketHolder private bucket;

    function setUp() public {
        vm.warp(1_700_000_000);
        bucket = new BucketHolder();
    }

    function test_anExampleByHand() public {
        bucket.charge(80, 100, DAY);
        assertEq(bucket.used(100, DAY), 80, "at once");
        vm.warp(block.timestamp + 6 hours);
        assertEq(bucket.used(100, DAY), 55, "a quarter of the capacity leaked");
        bucket.charge(45, 100, DAY);
        vm.expectRevert(abi.encodeWithSelector(LeakyBucket.BudgetExceeded.selector, 100, 1, 100));
        bucket.charge(1, 100, DAY);
        vm.warp(block.timestamp + DAY);
        assertEq(bucket.used(100, DAY), 0, "empty after a period");
    }

    function test_zeroNeitherPostponesNorRoundsTheLeak() public {
        bucket.charge(100, 100, DAY);
        uint256 start = block.timestamp;
        for (uint256 second = 1; second <= 864; ++second) {
            vm.warp(start + second);
            bucket.charge(0, 100, DAY);
        }
        assertEq(bucket.used(100, DAY), 99, "100 x 864 / 86,400 leaked");
    }

    function test_factsFillBeyondTheCapacityAndSaturate() public {
        bucket.fill(250, 100, DAY);
        vm.expectRevert(abi.encodeWithSelector(LeakyBucket.BudgetExceeded.selector, 250, 1, 100));
        bucket.charge(1, 100, DAY);
        vm.warp(block.timestamp + 2 * DAY);
        assertEq(bucket.used(100, DAY), 50, "an overfull bucket leaks at the same pace");
        bucket.fill(type(uint256).max, 100, DAY);
        assertEq(bucket.used(100, DAY), type(uint192).max);
    }

    /// @dev In any time t no more than capacity x (1 + t / period) can be charged, however it is split.
    function testFuzz_whatIsChargedIsBoundedByTime(uint128[16] calldata amounts, uint24[16] calldata waits)
        public
    {
        uint256 capacity = 1e18;
        uint256 total;
        uint256 elapsed;
        for (uint256 index; index < 16; ++index) {
            uint256 amount = amounts[index] % (2 * capacity);
            try bucket.charge(amount, capacity, DAY) {
                total += amount;
            } catch (bytes memory reason) {
                assertEq(bytes4(reason), LeakyBucket.BudgetExceeded.selector, "no other failure");
            }
            assertLe(total, capacity + capacity * elapsed / DAY, "INV-43: bounded by time");
            assertLe(bucket.used(capacity, DAY), capacity, "never above the capacity");
            uint256 wait = waits[index] % (2 * DAY);
            elapsed += wait;
            vm.warp(block.timestamp + wait);
        }
    }

    /// @dev The leak is exact to a unit: level and leaked sum to what was held, and nothing is negative.
    function testFuzz_theLeakIsExact(uint128 before, uint32 elapsed, uint128 capacity, uint32 period)
        public
        pure
    {
        vm.assume(period != 0);
        uint256 left = LeakyBucket.levelAt(before, elapsed, capacity, period);
        uint256 leaked = uint256(capacity) * elapsed / period;
        assertEq(left, leaked >= before ? 0 : before - leaked);
    }

    /// @dev A lowered capacity leaves more than it holds: charges wait, nothing overflows.
    function testFuzz_aLoweredCapacityNeverPanics(uint96 amount, uint96 lower, uint32 wait) public {
        bucket.fill(amount, type(uint96).max, DAY);
        vm.warp(block.timestamp + wait);
        try bucket.charge(1, lower, DAY) {
            assertLe(bucket.used(lower, DAY), lower);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), LeakyBucket.BudgetExceeded.selector);
        }
    }
}
