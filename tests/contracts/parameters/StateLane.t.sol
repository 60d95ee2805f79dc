// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {IStateLane, StateLimits} from "contracts/interfaces/IStateLane.sol";
import {StateRows} from "contracts/libraries/StateRows.sol";
import "contracts/types/Wire.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";
import {StateFixture} from "./StateFixture.sol";

contract StateLaneTest is StateFixture {
    // ---- who, and what a round is bound to ----

    function test_onlyTheLaneChangesTheMarketStateAndOnlyGovernanceTheBox() public {
        address stranger = makeAddr("stranger");
        bytes memory unauthorised =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorised);
        parameters.updateCovariance(ParameterFixtures.loadings());
        vm.expectRevert(unauthorised);
        parameters.setPerpetualState(1, 0, 0, 0);
        vm.expectRevert(unauthorised);
        parameters.setBorrowPremium(0);
        vm.expectRevert(unauthorised);
        state.setStateLimits(_limits());
    }

    function test_aRoundChangesTheStateAndNotTheDigestOfTheParameters() public {
        _publish(_sameState());
        _later(1 hours);
        bytes32 digest = parameters.parametersDigest();
        bytes32 config = lanes.configDigest();
        bytes32 before = parameters.stateDigest();
        _publish(_stateRows(105, 100, 0.01e18, 0.01e18));
        assertEq(parameters.parametersDigest(), digest, "parameters");
        assertEq(lanes.configDigest(), config, "signed prices stay valid");
        assertNotEq(parameters.stateDigest(), before, "state");
        assertEq(parameters.loadings()[0], 0.063e18, "6% x 1.05");
        assertEq(parameters.perpetualPremium(2), 0.005e18, "half an averaging window");
        assertEq(parameters.borrowPremium(), 0.01e18, "borrow premium");
    }

    function test_governancesOwnCovarianceIsNotInTheDigestEither() public {
        bytes32 digest = parameters.parametersDigest();
        int256[] memory loadings = ParameterFixtures.loadings();
        loadings[0] *= 2;
        parameters.setCovariance(loadings);
        assertEq(parameters.parametersDigest(), digest);
    }

    function test_theBoxIsPartOfWhatIsSigned() public {
        Header memory header = _stateHeader();
        StateRow[] memory rows = _sameState();
        QuorumSignature memory quorum = _signState(header, rows);
        StateLimits memory limits = _limits();
        limits.deviationSpeed = 0.2e18;
        state.setStateLimits(limits);
        bytes32 expected = state.configDigest();
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.WrongConfigDigest.selector, header.configDigest, expected)
        );
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_aRoundIsAcceptedOnce() public {
        Header memory header = _stateHeader();
        StateRow[] memory rows = _sameState();
        QuorumSignature memory quorum = _signState(header, rows);
        state.publishState(header, StateRows.pack(rows), quorum);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.WrongSequence.selector, 1, 2));
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_aRoundOfAnotherLaneIsRefused() public {
        Header memory header = _stateHeader();
        header.lane = LANE_PRICES;
        StateRow[] memory rows = _sameState();
        QuorumSignature memory quorum = _signState(header, rows);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.WrongLane.selector, LANE_PRICES, LANE_STATE));
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_aSignatureForAnotherContractRecoversSomebodyElse() public {
        Header memory header = _stateHeader();
        StateRow[] memory rows = _sameState();
        QuorumSignature memory quorum = _sign(header, StateRows.pack(rows), 3); // in the domain of SignedLanes
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_aRevokedQuorumPublishesNothing() public {
        Header memory header = _stateHeader();
        StateRow[] memory rows = _sameState();
        QuorumSignature memory quorum = _signState(header, rows);
        lanes.setSigners(_addresses(keys), 2); // the same keys, a new epoch
        vm.expectPartialRevert(ISignedLanes.WrongConfigDigest.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    function test_timesAreCheckedAsOnTheOtherLanes() public {
        StateRow[] memory rows = _sameState();
        Header memory header = _stateHeader();
        header.validUntil = header.observedAt + 15 minutes + 1;
        QuorumSignature memory quorum = _signState(header, rows);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.ValidityTooLong.selector, 901, 900));
        state.publishState(header, StateRows.pack(rows), quorum);
        header = _stateHeader();
        header.observedAt += 1;
        quorum = _signState(header, rows);
        vm.expectPartialRevert(ISignedLanes.ObservedInFuture.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
        header = _stateHeader();
        quorum = _signState(header, rows);
        _later(61);
        vm.expectPartialRevert(ISignedLanes.RoundExpired.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
        _publish(rows);
        header = _stateHeader();
        header.observedAt -= 1;
        quorum = _signState(header, rows);
        vm.expectPartialRevert(ISignedLanes.ObservedBackwards.selector);
        state.publishState(header, StateRows.pack(rows), quorum);
    }

    // ---- the form of a round ----

    function test_aRoundIsWhole() public {
        StateRow[] memory rows = _sameState();
        StateRow[] memory short = new StateRow[](12);
        for (uint256 index; index < 12; ++index) {
            short[index] = rows[index];
        }
        _publishExpecting(short, abi.encodeWithSelector(IStateLane.WrongLength.selector, 156, 169));
        rows[3].column = 1;
        _publishExpecting(rows, abi.encodeWithSelector(IStateLane.MisplacedRow.selector, 3, 0, 2, 1));
        rows = _sameState();
        (rows[10], rows[11]) = (rows[11], rows[10]);
        _publishExpecting(rows, abi.encodeWithSelector(IStateLane.MisplacedRow.selector, 10, 1, 2, 0));
        rows = _sameState();
        rows[12].kind = STATE_PREMIUM;
        _publishExpecting(rows, abi.encodeWithSelector(IStateLane.MisplacedRow.selector, 12, 1, 0, 0));
    }

    // ---- settings ----

    function test_everyLimitHasAHardBound() public {
        StateLimits memory limits = _limits();
        limits.deviationSpeed = 1e18 + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IRiskParameters.ParameterOutOfBounds.selector,
                bytes32("deviationSpeed"),
                1e18 + 1,
                0.001e18,
                1e18
            )
        );
        state.setStateLimits(limits);
        limits = _limits();
        limits.mostElapsedSeconds = 2 hours + 1;
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        state.setStateLimits(limits);
    }

    function test_aChangedLimitIsRecordedWithOldNewAndBound() public {
        StateLimits memory limits = _limits();
        limits.correlationSpeed = 0.3e18;
        (uint64 before,) = state.auditTrail();
        vm.expectEmit(true, false, false, false, address(state));
        emit IStateLane.StateLimitSet("correlationSpeed", 0.2e18, 0.3e18, 0.001e18, 2e18, 0, 0);
        state.setStateLimits(limits);
        (uint64 seq,) = state.auditTrail();
        assertEq(seq, before + 1, "one event for one change");
    }
}
