// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {LeakyBucket} from "../../../contracts/libraries/LeakyBucket.sol";

/// @notice Proved by halmos: a budget leaks no faster than its rate, refuses exactly what it does not hold, and gives in two
/// charges no more than its capacity and what time refilled. The rate is for every capacity of 128 bits; the rest for
/// constant ones, so that nothing divided is a product of two unknowns.
/// @custom:halmos --solver-command ".audit-venv/bin/python tools/integers.py"
contract BudgetSymbolic is Test {
    using LeakyBucket for LeakyBucket.Bucket;

    uint256 private constant PERIOD = 1 days;
    uint256 private constant START = 1_700_000_000;
    uint256 private constant RATE = 2000;
    uint256 private constant MONEY = 5_000_000e18;

    LeakyBucket.Bucket private _bucket;

    function charge(uint256 amount, uint256 capacity) external {
        _bucket.charge(amount, capacity, PERIOD);
    }

    function check_leak_IsAtMostTheRate(uint128 level, uint64 elapsed, uint128 capacity) external pure {
        uint256 left = LeakyBucket.levelAt(level, elapsed, capacity, PERIOD);
        assert(left <= level);
        assert((level - left) * PERIOD <= uint256(capacity) * elapsed);
    }

    /// @dev More time never leaves more in the bucket.
    function check_leak_GrowsWithTime(uint192 level, uint64 elapsed, uint64 more) external pure {
        _grows(level, elapsed, more, RATE);
    }

    function check_leakMoney_GrowsWithTime(uint192 level, uint64 elapsed, uint64 more) external pure {
        _grows(level, elapsed, more, MONEY);
    }

    function _grows(uint256 level, uint256 elapsed, uint256 more, uint256 capacity) private pure {
        uint256 left = LeakyBucket.levelAt(level, elapsed, capacity, PERIOD);
        assert(LeakyBucket.levelAt(level, elapsed + more, capacity, PERIOD) <= left);
    }

    /// @dev A second charge passes exactly if it fits into what is left, and the level is then the sum.
    function check_charge_IsRefusedAboveWhatIsLeft(uint64 first, uint64 second, uint32 wait) external {
        vm.warp(START);
        try this.charge(first, RATE) {}
        catch {
            return;
        }
        vm.warp(START + wait);
        uint256 held = _bucket.used(RATE, PERIOD);
        try this.charge(second, RATE) {
            assert(held + second <= RATE || second == 0);
            assert(_bucket.used(RATE, PERIOD) == held + second);
        } catch {
            assert(held + second > RATE);
        }
    }

    function check_twoCharges_StayWithinCapacityAndTime(uint128 first, uint128 second, uint32 wait) external {
        _two(first, second, wait, RATE);
    }

    function _two(uint256 first, uint256 second, uint256 wait, uint256 capacity) private {
        vm.warp(START);
        try this.charge(first, capacity) {}
        catch {
            return;
        }
        vm.warp(START + wait);
        try this.charge(second, capacity) {}
        catch {
            return;
        }
        assert((first + second) * PERIOD <= capacity * (PERIOD + wait));
    }
}
