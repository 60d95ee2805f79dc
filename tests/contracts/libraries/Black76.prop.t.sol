// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Black76, Greeks} from "../../../contracts/libraries/Black76.sol";

contract Black76PropTest is Test {
    uint256 private constant WAD = 1e18;

    struct Terms {
        uint256 forward;
        uint256 strike;
        uint256 volatility;
        uint256 secondsLeft;
    }

    /// @dev Anything the wire can carry: prices to 2^96, strikes to 2^48 x 1e12, volatility to 100,000%.
    function _shape(Terms memory t) private pure returns (Terms memory) {
        t.forward = bound(t.forward, 0, type(uint96).max);
        t.strike = bound(t.strike, 1e12, 2 ** 48 * 1e12);
        t.volatility = bound(t.volatility, 0, 1_000e18);
        t.secondsLeft = bound(t.secondsLeft, 0, 10 * 365 days);
        return t;
    }

    function _price(Terms memory t, bool isCall) private pure returns (uint256) {
        return Black76.price(t.forward, t.strike, t.volatility, t.secondsLeft, isCall);
    }

    function _larger(Terms memory t) private pure returns (uint256) {
        return t.forward > t.strike ? t.forward : t.strike;
    }

    function testFuzz_price_HoldsPutCallParityExactly(Terms memory t) public pure {
        t = _shape(t);
        int256 parity = int256(t.forward) - int256(t.strike);
        assertEq(int256(_price(t, true)) - int256(_price(t, false)), parity);
    }

    function testFuzz_price_StaysWithinArbitrageBounds(Terms memory t) public pure {
        t = _shape(t);
        uint256 call = _price(t, true);
        assertLe(call, t.forward);
        assertGe(call, t.forward > t.strike ? t.forward - t.strike : 0);
        assertLe(_price(t, false), t.strike);
    }

    function testFuzz_price_RisesWithVolatility(Terms memory t, uint256 more) public pure {
        t = _shape(t);
        uint256 before = _price(t, true);
        t.volatility += bound(more, 0, 10e18);
        assertLe(before, _price(t, true) + 2 + _larger(t) / 1e15);
    }

    function testFuzz_price_RisesWithForward(Terms memory t, uint256 more) public pure {
        t = _shape(t);
        uint256 call = _price(t, true);
        uint256 put = _price(t, false);
        t.forward += bound(more, 0, type(uint96).max);
        uint256 slack = 2 + _larger(t) / 1e15;
        assertLe(call, _price(t, true) + slack);
        assertGe(put + slack, _price(t, false));
    }

    function testFuzz_greeks_AgreesWithPriceAndItsBounds(Terms memory t) public pure {
        t = _shape(t);
        Greeks memory call = Black76.greeks(t.forward, t.strike, t.volatility, t.secondsLeft, true);
        Greeks memory put = Black76.greeks(t.forward, t.strike, t.volatility, t.secondsLeft, false);
        assertEq(call.price, _price(t, true));
        assertEq(put.price, _price(t, false));
        assertEq(call.delta - put.delta, int256(WAD));
        assertGe(call.delta, 0);
        assertLe(call.delta, int256(WAD));
        assertEq(call.gamma, put.gamma);
        assertEq(call.vega, put.vega);
    }

    /// @dev Central difference against delta, in a market where the third derivative is small.
    function testFuzz_delta_IsTheSlopeOfPrice(uint256 forward, uint256 volatility) public pure {
        forward = bound(forward, 50_000e18, 75_000e18);
        volatility = bound(volatility, 0.3e18, 2e18);
        uint256 up = Black76.price(forward + 1e18, 60_000e18, volatility, 30 days, true);
        uint256 down = Black76.price(forward - 1e18, 60_000e18, volatility, 30 days, true);
        Greeks memory got = Black76.greeks(forward, 60_000e18, volatility, 30 days, true);
        assertApproxEqAbs(int256(up - down) / 2, got.delta, 1e10);
    }

    function test_greeks_HasDefinedLimits() public pure {
        Greeks memory got = Black76.greeks(100e18, 100e18, 0, 1 days, true);
        assertEq(got.delta, 0.5e18);
        assertEq(got.price + got.gamma + got.vega, 0);
        got = Black76.greeks(100e18, 100e18, 1e18, 0, false);
        assertEq(got.delta, -0.5e18);
        got = Black76.greeks(100e18, 90e18, 0, 1 days, true);
        assertEq(got.price, 10e18);
        assertEq(got.delta, 1e18);
        got = Black76.greeks(0, 90e18, 1e18, 1 days, false);
        assertEq(got.price, 90e18);
        assertEq(got.delta, -1e18);
        got = Black76.greeks(1e18, 1_000_000e18, 0.5e18, 1 days, true);
        assertEq(got.price, 0);
        assertEq(got.delta, 0);
        assertEq(Black76.price(100e18, 250e18, 1e6 * 1e18, 365 days, true), 100e18);
    }

    /// @dev 60,000 at 60% for 30 days at the money: 0.4 F s (1 - s^2 / 24) to first orders, s = 0.172016.
    function test_price_WorkedExample() public pure {
        uint256 atTheMoney = Black76.price(60_000e18, 60_000e18, 0.6e18, 30 days, true);
        assertApproxEqRel(atTheMoney, 4_112.5e18, 0.001e18);
    }

    /// @dev The judge is another library's logarithm of the rounded ratio: its own error and the ratio's rounding.
    function testFuzz_logRatio_MatchesAnotherLogarithm(uint256 forward, uint256 strike) public pure {
        forward = bound(forward, 1e18, 2 ** 120);
        strike = bound(strike, 1e12, forward);
        int256 want = FixedPointMathLib.lnWad(int256(forward * 1e18 / strike));
        int256 got = Black76.logRatio(forward, strike);
        assertApproxEqAbs(got, want, 3 + uint256(want) / 1e17);
        assertEq(Black76.logRatio(strike, forward), -got);
    }
}
