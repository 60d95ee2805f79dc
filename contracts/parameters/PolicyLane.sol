// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {IPolicyLane, Policy, PolicyLimits, PolicyUpdate} from "../interfaces/IPolicyLane.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {LeakyBucket} from "../libraries/LeakyBucket.sol";
import {PendingUpdate} from "../libraries/PendingUpdate.sol";
import {Tightening} from "../libraries/Tightening.sol";
import {PolicyBounds} from "./PolicyBounds.sol";
import {Header, LANE_POLICY, QuorumSignature} from "../types/Wire.sol";
import {PolicyQueue} from "./PolicyQueue.sol";
import {QuorumLane} from "./QuorumLane.sol";

/// @title The policy lane
/// @notice Holds the only role that sets margin model and grid besides the guardian's tightening.
contract PolicyLane is PolicyQueue, AccessManaged {
    using LeakyBucket for LeakyBucket.Bucket;

    /// @notice Steps in which a rise of maintenance takes effect.
    uint8 public constant STEPS = 8;

    ILiquidation public immutable liquidation;

    LeakyBucket.Bucket private _dailyLoosened;
    LeakyBucket.Bucket private _weeklyLoosened;
    LeakyBucket.Bucket private _dailyLiquidated;
    LeakyBucket.Bucket private _weeklyLiquidated;
    uint64 private _lastStepAt;
    mapping(uint64 account => uint64) private _chargedAuction;

    constructor(
        address authority,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        ILiquidation liquidation_
    ) AccessManaged(authority) QuorumLane(lanes_, parameters_, LANE_POLICY) {
        liquidation = liquidation_;
    }

    /// @inheritdoc IPolicyLane
    function setPolicyLimits(PolicyLimits calldata limits) external restricted {
        PolicyBounds.check(limits);
        PolicyLimits memory old = _limits;
        _limits = limits;
        _recordLimits(old, limits);
    }

    // ---- acceptance ----

    /// @inheritdoc IPolicyLane
    function publishPolicy(
        Header calldata header,
        Policy calldata newest,
        Policy calldata target,
        QuorumSignature calldata quorum
    ) external oncePerBlock {
        bytes32 predecessor = _digest(newest);
        _accept(header, keccak256(abi.encode(predecessor, target)), quorum);
        Policy memory inForce = _inForce();
        _requireNewest(predecessor, _settleQueue(_digest(inForce)));
        Tightening.Change memory change = _compare(newest, target);
        if (change.fall != 0) revert NotTightening(change.field, change.fall);
        if (change.rise > _limits.mostRise) revert RiseTooLarge(change.rise, _limits.mostRise);
        _take(inForce, target, predecessor, change, true);
    }

    /// @inheritdoc IPolicyLane
    function setPolicy(bytes32 predecessor, Policy calldata target) external restricted oncePerBlock {
        Policy memory inForce = _inForce();
        bytes32 newest = _settleQueue(_digest(inForce));
        if (predecessor != 0) _requireNewest(predecessor, newest);
        _clear(DROPPED_BY_CHANGE);
        Tightening.Change memory change = _compare(inForce, target);
        _chargeLoosening(change.fall);
        _take(inForce, target, _digest(inForce), change, false);
    }

    function _compare(Policy memory old, Policy memory target)
        private
        pure
        returns (Tightening.Change memory change)
    {
        change = Tightening.compare(old.model, old.grid, target.model, target.grid);
        if (change.rise == 0 && change.fall == 0) revert NothingChanges(_digest(old));
    }

    /// @dev At once if no account can need more maintenance and nothing waits, else pending.
    function _take(
        Policy memory inForce,
        Policy memory target,
        bytes32 predecessor,
        Tightening.Change memory change,
        bool byQuorum
    ) private {
        bytes32 digest = _digest(target);
        bytes32 from = _digest(inForce);
        if (!change.raisesMaintenance && _isQueueEmpty()) {
            _recordAccepted(digest, predecessor, byQuorum, change, uint64(block.timestamp), 0);
            _apply(inForce, target);
            _recordInForce(digest, digest, 0, 0);
            return;
        }
        uint8 steps = change.reshaped ? 1 : STEPS;
        PolicyUpdate memory update = PolicyUpdate({
            fromDigest: from,
            toDigest: digest,
            currentDigest: from,
            nextAt: uint64(block.timestamp + _limits.graceSeconds),
            stepSeconds: _limits.stepSeconds,
            steps: steps,
            done: 0,
            reshaped: change.reshaped
        });
        _push(update);
        _recordAccepted(digest, predecessor, byQuorum, change, update.nextAt, steps);
    }

    // ---- taking effect ----

    /// @inheritdoc IPolicyLane
    function execute(Policy calldata from, Policy calldata to) external oncePerBlock {
        Policy memory inForce = _inForce();
        PolicyUpdate memory update = _newest();
        _requirePolicy(from, update.fromDigest);
        _requirePolicy(to, update.toDigest);
        _requirePolicyDigest(_digest(inForce), update.currentDigest);
        PendingUpdate.Schedule memory schedule = PendingUpdate.step(
            PendingUpdate.Schedule(update.nextAt, update.stepSeconds, update.steps, update.done),
            _limits.windowSeconds
        );
        _requireLiquidationBudget();
        (update.nextAt, update.done) = (schedule.nextAt, schedule.done);
        Policy memory mixed = Policy(
            PendingUpdate.mixModel(from.model, to.model, update.done, update.steps),
            PendingUpdate.mixGrid(from.grid, to.grid, update.reshaped, update.done, update.steps)
        );
        update.currentDigest = _digest(mixed);
        _lastStepAt = uint64(block.timestamp);
        _advanceNewest(update);
        _apply(inForce, mixed);
        _recordInForce(update.currentDigest, update.toDigest, update.done, update.steps);
    }

    /// @inheritdoc IPolicyLane
    function veto(Policy calldata from) external restricted oncePerBlock {
        Policy memory inForce = _inForce();
        _settleQueue(_digest(inForce));
        PolicyUpdate memory update = _newest();
        _requirePolicy(from, update.fromDigest);
        _pop(DROPPED_BY_VETO);
        if (update.done == 0) return;
        _apply(inForce, from);
        _recordInForce(update.fromDigest, update.fromDigest, 0, 0);
    }

    function _apply(Policy memory inForce, Policy memory target) private {
        // slither-disable-next-line reentrancy-no-eth RiskParameters calls nobody
        parameters.setMarginModel(target.model);
        if (keccak256(abi.encode(inForce.grid)) != keccak256(abi.encode(target.grid))) {
            parameters.setScenarioGrid(target.grid);
        }
    }

    // ---- budgets ----

    /// @inheritdoc IPolicyLane
    /// @dev All of them, whatever else the market did: whoever lost their account within that time is counted.
    function chargeLiquidation(uint64 account) external {
        Auction memory auction = liquidation.auctionOf(account);
        bool isCaused = auction.startedAt >= _lastStepAt && _lastStepAt != 0
            && auction.startedAt <= _lastStepAt + _limits.attributionSeconds
            && _chargedAuction[account] != auction.id;
        if (!isCaused) revert NotCaused(account, auction.id);
        _chargedAuction[account] = auction.id;
        _dailyLiquidated.fill(auction.base, _limits.dailyLiquidations, 1 days);
        _weeklyLiquidated.fill(auction.base, _limits.weeklyLiquidations, 7 days);
        _recordLiquidation(account, auction.id, auction.base);
    }

    /// @inheritdoc IPolicyLane
    function budgets() public view returns (uint256, uint256, uint256, uint256) {
        return (
            _dailyLoosened.used(_limits.dailyLoosening, 1 days),
            _weeklyLoosened.used(_limits.weeklyLoosening, 7 days),
            _dailyLiquidated.used(_limits.dailyLiquidations, 1 days),
            _weeklyLiquidated.used(_limits.weeklyLiquidations, 7 days)
        );
    }

    /// @dev A loosening larger than a budget takes all of it: governance is slowed and never locked out.
    function _chargeLoosening(uint256 fall) private {
        uint256 daily = _limits.dailyLoosening;
        uint256 weekly = _limits.weeklyLoosening;
        _dailyLoosened.charge(FixedPointMathLib.min(fall, daily), daily, 1 days);
        _weeklyLoosened.charge(FixedPointMathLib.min(fall, weekly), weekly, 7 days);
    }

    function _requireLiquidationBudget() private view {
        (,, uint256 daily, uint256 weekly) = budgets();
        if (daily >= _limits.dailyLiquidations || weekly >= _limits.weeklyLiquidations) {
            revert LiquidationBudgetExhausted(daily, weekly);
        }
    }

    // ---- the rest ----

    /// @inheritdoc IPolicyLane
    function policyLimits() external view returns (PolicyLimits memory) {
        return _limits;
    }

    /// @inheritdoc IPolicyLane
    function digestOf(Policy calldata given) external pure returns (bytes32) {
        return _digest(given);
    }

    function _limitsDigest() internal view override(QuorumLane) returns (bytes32) {
        return keccak256(abi.encode(_limits));
    }

    function _requireNewest(bytes32 predecessor, bytes32 newest) private pure {
        if (predecessor != newest) revert WrongPredecessor(predecessor, newest);
    }

    function _requirePolicy(Policy calldata given, bytes32 expected) private pure {
        _requirePolicyDigest(_digest(given), expected);
    }

    function _requirePolicyDigest(bytes32 digest, bytes32 expected) private pure {
        if (digest != expected) revert WrongPolicy(digest, expected);
    }
}
