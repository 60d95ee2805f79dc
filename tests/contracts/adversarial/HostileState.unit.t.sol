// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {StateLimits} from "contracts/interfaces/IStateLane.sol";
import {FactorMoments} from "contracts/libraries/FactorMoments.sol";
import {LeakyBucket} from "contracts/libraries/LeakyBucket.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {StateSpeed} from "contracts/libraries/StateSpeed.sol";
import {StateLane} from "contracts/parameters/StateLane.sol";
import {StateRows} from "contracts/libraries/StateRows.sol";
import "contracts/types/Wire.sol";

import {StateFixture} from "../parameters/StateFixture.sol";

/// @notice A full quorum turned hostile pushes the market state as far as the lane lets it, round by round, and what it
/// reached is held against the formulas of docs/threat-model.md. The band is open, so that speed and budget decide.
contract HostileStateTest is StateFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant STEP = 5 minutes;

    function setUp() public override {
        super.setUp();
        StateLimits memory limits = _limits();
        limits.leastSpotDeviation = limits.leastVolatilityDeviation = 0.001e18;
        limits.mostSpotDeviation = limits.mostVolatilityDeviation = 3e18;
        state.setStateLimits(limits);
        _publish(_sameState());
    }

    // ---- covariance up: exp(speed x t) ----

    function test_inOneHourDeviationsRiseByTheExponentialOfTheSpeed() public {
        uint256 grown = _push(true, 12);
        emit log_named_decimal_uint("deviation x in 1 h", grown, 18);
        assertLe(grown, _exp(0.1e18), "INV-40: exp(0.1)");
        assertGt(grown, 1.104e18, "the bound is reached, not only stated");
    }

    function test_inADayDeviationsRiseByTheExponentialOfTheSpeed() public {
        int256[] memory small = parameters.loadings();
        for (uint256 index; index < small.length; ++index) {
            small[index] /= 4; // else the lane's hard ceiling of 300% is met first
        }
        parameters.setCovariance(small);
        uint256 grown = _push(true, 288);
        emit log_named_decimal_uint("deviation x in 24 h", grown, 18);
        assertLe(grown, _exp(2.4e18), "INV-40: exp(2.4)");
        assertGt(grown, 10.8e18, "the bound is reached");
    }

    function test_governancesBandEndsTheRise() public {
        StateLimits memory limits = _limits();
        state.setStateLimits(limits);
        uint256 grown = _push(true, 288);
        emit log_named_decimal_uint("deviation x in 24 h inside the band", grown, 18);
        // the widest volatility factor starts at 15.8% and is held at 60%
        assertLe(grown, 0.6e18 * WAD / FactorMoments.deviations(_start())[1]);
    }

    // ---- covariance down: the budget is met before the speed ----

    function test_inOneHourDeviationsFallByTheSpeed() public {
        uint256 left = _push(false, 12);
        emit log_named_decimal_uint("deviation x in 1 h, down", left, 18);
        assertGe(left * _exp(0.1e18) / WAD, WAD - 100, "INV-40: exp(-0.1)");
        assertLt(left, 0.906e18, "the bound is reached");
    }

    function test_inADayTheBudgetsHoldTheFall() public {
        uint256 left = _push(false, 288);
        emit log_named_decimal_uint("deviation x in 24 h, down", left, 18);
        // daily 0.5 x (1 + 24 / 24) = 1, weekly 1 x (1 + 24 / 168) = 1.143: a share exp(-1) is left, not exp(-2.4)
        assertGe(left * _exp(1e18) / WAD, WAD - 1_000, "INV-40: exp(-1)");
        assertLt(left, 0.4e18, "the budget is used up");
    }

    function test_anOverdrawnBudgetRefusesTheRound() public {
        _push(false, 90);
        (uint256 daily,) = state.loosened();
        _later(STEP);
        StateRow[] memory rows = _stateRows(WAD, WAD + 0.008e18, 0, 0);
        Header memory header = _stateHeader();
        QuorumSignature memory quorum = _signState(header, rows);
        assertGt(daily, 0.49e18, "nearly full");
        vm.expectPartialRevert(LeakyBucket.BudgetExceeded.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_risesNeverCharge() public {
        _push(true, 100);
        (uint256 daily, uint256 weekly) = state.loosened();
        assertEq(daily + weekly, 0);
    }

    // ---- correlation, premium, funding ----

    function test_inOneHourACorrelationMovesByItsSpeed() public {
        int256[] memory matrix = _start();
        int256 before = FactorMoments.correlation(matrix, FactorMoments.deviations(matrix), 2, 0);
        for (uint256 step; step < 12; ++step) {
            _later(STEP);
            _turn(0.2e18 * int256(STEP) / 1 hours);
        }
        matrix = parameters.covariance();
        int256 moved = before - FactorMoments.correlation(matrix, FactorMoments.deviations(matrix), 2, 0);
        emit log_named_decimal_int("correlation moved in 1 h", moved, 18);
        assertLe(moved, 0.2e18, "INV-40");
        assertGt(moved, 0.199e18, "the bound is reached");
    }

    function test_aHostilePremiumMovesTheMarkByItsCapAndCostsTheFundingCap() public {
        int256[] memory same = parameters.loadings();
        for (uint256 step; step < 288; ++step) {
            if (step == 12) {
                int256 afterAnHour = parameters.perpetualPremium(1);
                emit log_named_decimal_int("mark moved in 1 h", afterAnHour, 18);
                assertLe(afterAnHour, 0.01e18, "cap x 1 h / window");
            }
            _later(STEP);
            _publish(_stateRowsOf(same, 0.02e18, 0));
        }
        assertLe(parameters.perpetualPremium(1), 0.02e18, "never above the cap");
        int256 paid = parameters.premiumFundingIndex(1);
        emit log_named_decimal_int("funding in 24 h, quote on 50,000", paid, 18);
        assertLe(paid, 2 * int256(uint256(SPOT)) / 365, "200% a year for a day");
    }

    // ---- replays ----

    function test_noRoundCrossesLanesContractsOrChains() public {
        StateLane twin = new StateLane(address(manager), lanes, parameters);
        twin.setStateLimits(state.stateLimits());
        manager.grantRole(STATE_ROLE, address(twin), 0);
        StateRow[] memory rows = _sameState();
        Header memory header = _stateHeader();
        header.seq = 1;
        QuorumSignature memory quorum = _signState(header, rows);
        vm.expectPartialRevert(ISignedLanes.WrongConfigDigest.selector);
        twin.publishState(header, StateRows.pack(rows), quorum);
        header.configDigest = twin.configDigest();
        quorum = _signState(header, rows); // the twin's configuration, this contract's domain
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        twin.publishState(header, StateRows.pack(rows), quorum);
        header = _stateHeader();
        quorum = _signState(header, rows);
        vm.chainId(10);
        vm.expectPartialRevert(ISignedLanes.WrongConfigDigest.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_aStateRoundIsNoPriceRound() public {
        Header memory header = _stateHeader();
        bytes memory rows = RoundRows.pack(_prices(SPOT));
        QuorumSignature memory quorum = _signDigest(state.roundDigest(header, keccak256(rows)), 3);
        vm.expectPartialRevert(ISignedLanes.WrongConfigDigest.selector);
        lanes.publishPrices(header, rows, quorum);
    }

    // ---- pushing ----

    function _start() private pure returns (int256[] memory) {
        int256[] memory matrix = new int256[](16);
        (matrix[0], matrix[5], matrix[10], matrix[15]) = (0.0036e18, 0.025e18, 0.0061e18, 0.0158e18);
        (matrix[2 * 4], matrix[2]) = (0.003e18, 0.003e18);
        return matrix;
    }

    /// @dev All factors at the speed bound, as long as the budget lets them; returns how the first one changed, WAD.
    function _push(bool up, uint256 rounds) private returns (uint256) {
        uint256 before = FactorMoments.deviations(parameters.covariance())[1];
        for (uint256 index; index < rounds; ++index) {
            _later(STEP);
            // a unit per billion below the bound: loadings are rounded
            uint256 moved = StateSpeed.share(0.1e18, STEP) - 1e9;
            _tryPublish(up ? _stateRows(WAD + moved, WAD, 0, 0) : _stateRows(WAD, WAD + moved, 0, 0));
        }
        return FactorMoments.deviations(parameters.covariance())[1] * WAD / before;
    }

    function _tryPublish(StateRow[] memory rows) private {
        Header memory header = _stateHeader();
        try state.publishState(header, StateRows.pack(rows), _signState(header, rows)) {} catch {}
    }

    /// @dev Lowers the correlation of the two spot factors by `by` and keeps the deviations.
    function _turn(int256 by) private {
        int256[] memory l = parameters.loadings();
        int256 deviation = int256(FactorMoments.deviations(parameters.covariance())[2]);
        l[3] -= deviation * (by - 1e9) / 1e18;
        l[4] = 0;
        l[5] = int256(FixedPointMathLib.sqrt(uint256(deviation * deviation - l[3] * l[3])));
        _publish(_stateRowsOf(l, 0, 0));
    }

    function _exp(int256 x) private pure returns (uint256) {
        return uint256(FixedPointMathLib.expWad(x));
    }
}
