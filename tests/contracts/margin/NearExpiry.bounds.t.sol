// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CALL, PUT} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {SurfaceRow} from "../../../contracts/types/Wire.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Delta-gamma-vega of options at the money stays bounded while their own deviation goes to zero.
contract NearExpiryBoundsTest is MarketFixture {
    uint256 private constant GROSS = 120_000e18;
    /// @dev For a straddle (m / sqrt 2 - 1/2) pdf(0) sqrt(S_uu) of gross notional with m = 2.67 and sqrt(S_uu) = 12%
    /// is 6.65%; a short one, with + 1/2, 11.4%. The rest is delta and vega.
    uint256 private constant LONG_BPS = 700;
    uint256 private constant SHORT_BPS = 1_200;

    /// @dev 60% volatility, the same at every strike.
    function _approach(uint256 secondsLeft) private {
        vm.warp(FAR - secondsLeft);
        _publish();
        int64 variance = int64(int256(0.36e12 * secondsLeft / 365 days));
        lanes.setSurface(SurfaceRow(1, FAR, 0, variance, 0, 0, 0, 1e9), uint64(block.timestamp));
    }

    function _holdStraddle(int128 quantity) private {
        ledger.hold(ACCOUNT, _option(1, FAR, 60_000, CALL), quantity);
        ledger.hold(ACCOUNT, _option(1, FAR, 60_000, PUT), quantity);
    }

    function test_deltaGammaVega_OfALongStraddleIsBoundedTenMinutesBeforeExpiry() public {
        _holdStraddle(1e18);
        _approach(10 minutes);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertLt(state.deltaGammaVega, GROSS * LONG_BPS / 10_000);
        // The premium is all that can be lost; the grid finds it, and it is all that is asked for.
        uint256 mark = uint256(engine.markOf(ACCOUNT));
        assertGt(state.deltaGammaVega, 2 * mark);
        assertLe(state.scenarioLoss, mark);
        assertApproxEqAbs(state.ownRequirement, mark, 1);
    }

    function testFuzz_deltaGammaVega_OfALongStraddleIsBounded(uint256 secondsLeft) public {
        _holdStraddle(1e18);
        _approach(bound(secondsLeft, 1, 1 hours));
        assertLt(engine.marginOf(ACCOUNT).deltaGammaVega, GROSS * LONG_BPS / 10_000);
    }

    function testFuzz_deltaGammaVega_OfAShortStraddleIsBounded(uint256 secondsLeft) public {
        _holdStraddle(-1e18);
        _approach(bound(secondsLeft, 1, 1 hours));
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertLt(state.deltaGammaVega, GROSS * SHORT_BPS / 10_000);
        // What the quadratic leaves out of a short kink, full revaluation holds.
        assertGt(state.scenarioLoss, state.deltaGammaVega);
    }

    /// @dev Any other leg that is not settled takes the limit away, also one that hedges.
    function test_ownRequirement_IsLimitedForBoughtOptionsAlone() public {
        _holdStraddle(1e18);
        _approach(10 minutes);
        uint256 mark = uint256(engine.markOf(ACCOUNT));
        ledger.hold(ACCOUNT, _option(1, FAR, 90_000, CALL), -1);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(state.ownRequirement, state.deltaGammaVega + state.charges);
        assertGt(state.ownRequirement, 2 * mark);
        ledger.hold(ACCOUNT, _option(1, FAR, 90_000, CALL), 1);
        ledger.hold(ACCOUNT, _perpetual(1), -0.1e18);
        assertGt(engine.marginOf(ACCOUNT).ownRequirement, 2 * mark);
    }

    /// @dev Whatever bought options are held, the requirement is no more than they are worth, and no witness proves more.
    function testFuzz_ownRequirement_OfBoughtOptionsIsAtMostTheirMark(
        uint256 strike,
        uint96 quantity,
        uint8 kind
    ) public {
        uint8 kind_ = uint8(bound(kind, CALL, PUT));
        ledger.hold(
            ACCOUNT, _option(1, NEAR, bound(strike, 1, 1_000_000), kind_), int128(int96(quantity >> 1))
        );
        ledger.hold(ACCOUNT, _option(2, FAR, 3_000, PUT), 1e18);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertLe(state.ownRequirement, uint256(engine.markOf(ACCOUNT)) + 2);
        (uint256 bound_,,) = engine.witnessOf(ACCOUNT, Witness(false, 0));
        assertLe(bound_, state.maintenanceRequirement);
    }

    /// @dev With a deviation of 17.2% the floor does not act: gamma is the option's own.
    function test_ownRequirement_OfALongStraddleAMonthAwayIsOfTheSizeOfItsMark() public {
        _holdStraddle(1e18);
        _approach(30 days);
        uint256 own = engine.marginOf(ACCOUNT).ownRequirement;
        assertLt(own, 2 * uint256(engine.markOf(ACCOUNT)));
    }
}
