// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IStateLane, StateLimits} from "contracts/interfaces/IStateLane.sol";
import {FactorMoments} from "contracts/libraries/FactorMoments.sol";
import {StateRows} from "contracts/libraries/StateRows.sol";
import "contracts/types/Wire.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";
import {StateFixture} from "./StateFixture.sol";

/// @notice How far the market state may move: to the unit, either way, never clamped.
contract StateBoxTest is StateFixture {
    // ---- bounds: exact, either way, never clamped ----

    function test_eachDeviationHasItsReachAndOneUnitMoreIsRefused() public {
        _publish(_sameState());
        _later(30 minutes); // 5%
        StateRow[] memory rows = _sameState();
        uint256 old = FactorMoments.deviations(parameters.covariance())[0];
        rows[0].value = 0.0631e18;
        _publishExpecting(
            rows,
            abi.encodeWithSelector(
                IStateLane.DeviationOutOfBounds.selector,
                0,
                _deviationOf(0.0631e18),
                (old * 1e18 + 1.05e18 - 1) / 1.05e18,
                old * 1.05e18 / 1e18
            )
        );
        assertEq(parameters.loadings()[0], 0.06e18, "nothing was clamped or kept");
        rows[0].value = 0.06e18 * 105 / 100;
        _publish(rows);
        assertEq(parameters.loadings()[0], 0.063e18);
    }

    function test_governancesBandEndsTheReach() public {
        StateLimits memory limits = _limits();
        limits.mostSpotDeviation = 0.061e18;
        state.setStateLimits(limits);
        _later(1 hours);
        StateRow[] memory rows = _sameState();
        rows[0].value = 0.0611e18;
        _publishExpectingSelector(rows, IStateLane.DeviationOutOfBounds.selector);
        rows[0].value = 0.061e18 - 100; // the stored diagonal is raised by a unit per factor
        _publish(rows);
    }

    function test_outsideTheBandAValueMayReturnButNotGoFurther() public {
        StateLimits memory limits = _limits();
        limits.mostSpotDeviation = 0.05e18; // below the 6% in force
        state.setStateLimits(limits);
        _later(1 hours);
        StateRow[] memory rows = _sameState();
        rows[0].value += 1e12;
        _publishExpectingSelector(rows, IStateLane.DeviationOutOfBounds.selector);
        _publish(_sameState());
        _later(1 hours);
        _publish(_stateRows(99, 100, 0, 0));
    }

    function test_correlationsMoveAtTheirOwnSpeed() public {
        _publish(_sameState());
        _later(1 hours); // 0.2
        int256[] memory loadings = parameters.loadings();
        (int256 old,) = (int256(-0.05e18) * 1e18 / 0.158113883e18, 0); // -0.316
        loadings[1] = -loadings[1]; // the same deviations, the sign of a correlation turned
        StateRow[] memory rows = _stateRowsOf(loadings, 0, 0);
        _publishExpectingSelector(rows, IStateLane.CorrelationOutOfBounds.selector);
        assertLt(old, -0.3e18, "a turn is a move of more than 0.6");
    }

    function test_silenceCountsForAnHourAtMost() public {
        _publish(_sameState());
        _later(30 days);
        assertEq(state.elapsed(), 1 hours);
        _publishExpectingSelector(_stateRows(1101, 1000, 0, 0), IStateLane.DeviationOutOfBounds.selector);
        _publish(_stateRows(1099, 1000, 0, 0));
    }

    function test_withoutTimeOnlyTheSameStatePasses() public {
        _publish(_sameState());
        _publishExpectingSelector(_stateRows(1001, 1000, 0, 0), IStateLane.DeviationOutOfBounds.selector);
        _publish(_sameState());
    }

    function test_premiumsAreCappedAndAveraged() public {
        _publishExpecting(
            _stateRowsOf(parameters.loadings(), 0.02e18 + 1, 0),
            abi.encodeWithSelector(IStateLane.PremiumOutOfBounds.selector, 1, 0.02e18 + 1, -0.02e18, 0.02e18)
        );
        _publish(_sameState());
        for (uint256 minute; minute < 60; ++minute) {
            _later(1 minutes);
            _publish(_stateRowsOf(parameters.loadings(), 0.02e18, 0));
        }
        int256 average = parameters.perpetualPremium(1);
        assertLe(average, 0.01e18, "no more than the window's share, however many rounds");
        assertGt(average, 0.007e18, "1 - exp(-1/2) of the sample");
    }

    function test_fundingFollowsThePremiumUpToItsCapAndDiesWithSilence() public {
        _publish(_sameState());
        _later(1 hours);
        _publish(_stateRowsOf(parameters.loadings(), 0.0004e18, 0)); // average 0.0002
        // 0.0002 an eight-hour period: 0.0002 x 1095 a year x 50,000
        int256 perYear = 0.0002e18 * int256(1095) * 50_000;
        _later(8 hours);
        assertEq(parameters.premiumFundingIndex(1), perYear * 8 hours / 365 days, "paid once: 10 quote");
        _later(30 days);
        assertEq(parameters.premiumFundingIndex(1), perYear * 1 days / 365 days, "one day's life");
        _publish(_stateRowsOf(parameters.loadings(), 0.02e18, 0)); // far above: 0.01 x 1095 a year
        int256 index = parameters.premiumFundingIndex(1);
        _later(1 days);
        assertEq(
            parameters.premiumFundingIndex(1) - index, int256(2 * 50_000e18) / 365, "200% a year, the cap"
        );
    }

    function test_theBorrowPremiumMovesAtItsSpeedUnderItsCap() public {
        _publish(_sameState());
        _later(30 minutes);
        int256[] memory same = parameters.loadings();
        _publishExpecting(
            _stateRowsOf(same, 0, 0.01e18 + 1),
            abi.encodeWithSelector(IStateLane.BorrowPremiumOutOfBounds.selector, 0.01e18 + 1, 0, 0.01e18)
        );
        _publish(_stateRowsOf(same, 0, 0.01e18));
        _later(1 hours);
        _publishExpecting(
            _stateRowsOf(same, 0, -1),
            abi.encodeWithSelector(
                IStateLane.BorrowPremiumOutOfBounds.selector, type(uint256).max, 0, 0.03e18
            )
        );
        _publish(_stateRowsOf(same, 0, 0));
    }

    function test_aNewUnderlyingTakesPartAtOnce() public {
        parameters.setUnderlying(3, ParameterFixtures.underlying());
        _publish(_sameState());
        assertEq(parameters.loadings().length, 21);
    }

    function _deviationOf(int256 loading) private pure returns (uint256) {
        int256[] memory matrix = new int256[](1);
        matrix[0] = loading * loading / 1e18 + 4;
        return FactorMoments.deviations(matrix)[0];
    }

    function _publishExpectingSelector(StateRow[] memory rows, bytes4 selector) private {
        Header memory header = _stateHeader();
        QuorumSignature memory quorum = _signState(header, rows);
        vm.expectPartialRevert(selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }
}
