// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Interest} from "../../../contracts/libraries/Interest.sol";
import {Accrual, InterestModel} from "../../../contracts/types/Interest.sol";

contract InterestPropertyTest is Test {
    InterestModel private model = InterestModel(10_000, 40_000, 750_000, 8_000, 1_000, 1e18);

    /// @dev 1% + 4% x 40/80 at 40%, 5% at the kink, 5% + 75% x 10/20 at 90%, 80% at and above 100%; plus the premium.
    function test_rate_WorkedExample() public view {
        assertEq(Interest.rate(model, 0, 40e18, 100e18), 0.03e18);
        assertEq(Interest.rate(model, 0, 80e18, 100e18), 0.05e18);
        assertEq(Interest.rate(model, 0, 90e18, 100e18), 0.425e18);
        assertEq(Interest.rate(model, 0, 100e18, 100e18), 0.8e18);
        assertEq(Interest.rate(model, 0, 100e18, 0), 0.8e18);
        assertEq(Interest.rate(model, 0.02e18, 40e18, 100e18), 0.05e18);
    }

    function testFuzz_rate_RisesWithUtilisation(uint96 debt, uint96 more, uint96 positive) public view {
        uint256 low = Interest.rate(model, 0, debt, positive);
        uint256 high = Interest.rate(model, 0, uint256(debt) + more, positive);
        assertLe(low, high);
        assertLe(high, 0.8e18);
        assertGe(low, 0.01e18);
    }

    /// @dev What lenders and the reserve receive never exceeds what debtors owe more, and lacks dust only.
    function testFuzz_accrue_SharesOutWhatIsOwed(uint96 debt, uint96 positive, uint32 elapsed, uint64 premium)
        public
        view
    {
        Accrual memory state = Accrual(1e27, 0, 0, 1e27, 0, positive, debt);
        Interest.accrue(state, model, premium % 1e18, elapsed);
        uint256 owed = state.totalDebt - debt;
        uint256 received = state.totalPositive - positive + state.reserve;
        assertLe(received, owed + 1, "rounded up once in the total");
        assertGe(received + uint256(positive) / 1e26 + 2, owed);
        assertEq(state.accruedAt, elapsed);
    }

    /// @dev Debt in two steps is never below debt in one: nobody saves interest by poking.
    function testFuzz_accrue_TwoStepsOweNoLess(uint96 debt, uint96 positive, uint32 first, uint32 second)
        public
        view
    {
        Accrual memory once = Accrual(1e27, 0, 0, 1e27, 0, positive, debt);
        Accrual memory twice = Accrual(1e27, 0, 0, 1e27, 0, positive, debt);
        Interest.accrue(once, model, 0, uint256(first) + second);
        Interest.accrue(twice, model, 0, first);
        Interest.accrue(twice, model, 0, uint256(first) + second);
        // Utilisation may fall in between, where lenders' interest outgrows that of the debt: never by more than the reserve allows.
        if (debt > positive) assertGe(twice.debtIndex, once.debtIndex);
        else assertGe(twice.debtIndex + twice.debtIndex / 1e9, once.debtIndex);
    }

    /// @dev Centuries of silence, indices at their end: nothing reverts, and what cannot be counted is not charged.
    function testFuzz_accrue_NeverReverts(uint128 factor, uint128 index, uint128 positive, uint128 debt)
        public
        view
    {
        factor = uint128(bound(factor, 1e18, type(uint128).max));
        index = uint128(bound(index, 1e27, type(uint128).max));
        Accrual memory state = Accrual(factor, 0, 0, index, type(uint128).max, positive, debt);
        Interest.accrue(state, model, 1e18, 300 * 365 days);
        assertGe(state.supplyFactor, factor);
        assertGe(state.debtIndex, index);
    }
}
