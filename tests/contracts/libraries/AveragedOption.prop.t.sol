// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {AveragedOption} from "contracts/libraries/AveragedOption.sol";

contract AveragedOptionPropTest is Test {
    int256 private constant WINDOW = int256(AveragedOption.WINDOW);

    /// @dev 10 minutes at 90 are over: a call struck at 100 pays (900 + 20 S) / 30 - 100 = 2/3 (S - 105).
    function test_rest_WorkedExample() public pure {
        (int256 left, int256 strike, uint256 lost) = AveragedOption.rest(3e18, 100e18, true, 600, 600 * 90e18);
        assertEq(left, 2e18);
        assertEq(strike, 105e18);
        assertEq(lost, 0, "exact");
        (left, strike,) = AveragedOption.rest(-3e18, 10e18, true, 600, 600 * 90e18);
        assertEq(left, -2e18);
        assertEq(strike, -30e18, "(900 + 20 S) / 30 - 10 = 2/3 (S + 30)");
    }

    /// @dev Each in the direction that takes from the holder: 20 minutes at 1 wei, 1 wei of quantity.
    function test_rest_RoundsAgainstTheHolder() public pure {
        (int256 left, int256 strike, uint256 lost) = AveragedOption.rest(1, 1e18, true, 1200, 1200);
        assertEq(left, 0, "a third of a unit bought is none");
        (left, strike, lost) = AveragedOption.rest(-1, 1e18, true, 1700, 1700);
        assertEq(left, -1, "a unit sold stays one");
        (, strike, lost) = AveragedOption.rest(18e18, 1e18, true, 1700, 1);
        assertEq(strike, 18e18 - 1);
        assertEq(lost, 1e18, "one unit of strike for each of a call bought");
        (,, lost) = AveragedOption.rest(-18e18, 1e18, false, 1700, 1);
        assertEq(lost, 1e18, "and of a put sold");
        (,, lost) = AveragedOption.rest(-18e18, 1e18, true, 1700, 1);
        assertEq(lost, 0, "a call sold is worth more at a lower strike");
    }

    /// @dev Without volatility: the payoff on the whole average is that of what remains, for every average of the rest,
    /// and never less for what is sold nor more for what is bought.
    function testFuzz_rest_PaysWhatTheWholeAveragePays(
        int96 quantity,
        uint88 strike,
        uint256 covered,
        uint96 accrued,
        uint96 price,
        bool isCall
    ) public pure {
        covered = bound(covered, 1, AveragedOption.WINDOW - 1);
        uint256 weighted = covered * accrued;
        // 1e-36 quote x WINDOW
        int256 whole = int256(weighted + (AveragedOption.WINDOW - covered) * price)
            - int256(uint256(strike) * AveragedOption.WINDOW);
        int256 wanted = int256(quantity) * _positive(isCall ? whole : -whole);
        (int256 left, int256 restStrike, uint256 lost) =
            AveragedOption.rest(quantity, strike, isCall, covered, weighted);
        int256 moved = int256(uint256(price)) - restStrike;
        int256 got = (left * _positive(isCall ? moved : -moved) - int256(lost)) * WINDOW;
        assertLe(got, wanted, "against the holder");
        // A unit of quantity and one of strike are lost at most.
        int256 slack = _positive(moved) + _positive(-moved) + 2 * _size(left) + 2;
        assertGe(got, wanted - slack * WINDOW);
    }

    /// @dev All but a second known: what remains is a 1800th, so however the price ends the payoff is that at the average.
    function testFuzz_rest_TendsToThePayoffAtTheAverage(uint88 strike, uint96 accrued, uint96 end)
        public
        pure
    {
        uint256 covered = AveragedOption.WINDOW - 1;
        (int256 left, int256 restStrike, uint256 lost) =
            AveragedOption.rest(1800e18, strike, true, covered, covered * accrued);
        assertEq(left, 1e18, "as many as the share that is open");
        int256 got = left * _positive(int256(uint256(end)) - restStrike) - int256(lost);
        int256 atAverage = 1800e18 * _positive(int256(uint256(accrued)) - int256(uint256(strike)));
        assertApproxEqAbs(
            got, atAverage, uint256(_size(int256(uint256(end)) - int256(uint256(accrued))) + 2) * 1e18
        );
    }

    function testFuzz_rest_NeverTooManyBoughtNorTooFewSold(int128 quantity, uint256 covered, bool isCall)
        public
        pure
    {
        covered = bound(covered, 1, AveragedOption.WINDOW - 1);
        (int256 left,,) = AveragedOption.rest(quantity, 1e18, isCall, covered, 0);
        int256 exact = int256(quantity) * (WINDOW - int256(covered));
        assertLe(left * WINDOW, exact);
        assertGt((left + 1) * WINDOW, exact);
    }

    function _positive(int256 x) private pure returns (int256) {
        return x > 0 ? x : int256(0);
    }

    function _size(int256 x) private pure returns (int256) {
        return x < 0 ? -x : x;
    }
}
