// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header, QuorumSignature} from "../types/Wire.sol";
import {IQuorumLane} from "./IQuorumLane.sol";
import {MarginModel, ScenarioPoint} from "./IRiskParameters.sol";

/// @notice What the policy lane sets, always whole.
struct Policy {
    MarginModel model;
    ScenarioPoint[] grid;
}

/// @notice Governance's box around policy changes.
/// @param graceSeconds from acceptance to the first step of a change that raises maintenance
/// @param stepSeconds least time between two steps
/// @param windowSeconds time in which a due step must be executed, else the rest of the update is lost
/// @param attributionSeconds an auction that starts within this time of a step counts as caused by it
/// @param mostRise largest new / old - 1 of any field in one update of the quorum, WAD
/// @param dailyLoosening, weeklyLoosening budgets of the share by which fields fall, WAD, leaking in 24 h and 7 d
/// @param dailyLiquidations, weeklyLiquidations budgets of own requirement of accounts whose auction counts as caused by
/// a step, WAD money; no step is executed while one of them is full
struct PolicyLimits {
    uint32 graceSeconds;
    uint32 stepSeconds;
    uint32 windowSeconds;
    uint32 attributionSeconds;
    uint64 mostRise;
    uint64 dailyLoosening;
    uint64 weeklyLoosening;
    uint128 dailyLiquidations;
    uint128 weeklyLiquidations;
}

/// @notice An accepted change that is not in force in full.
/// @param fromDigest, toDigest policies it leads from and to
/// @param currentDigest policy in force after its last executed step
struct PolicyUpdate {
    bytes32 fromDigest;
    bytes32 toDigest;
    bytes32 currentDigest;
    uint64 nextAt;
    uint32 stepSeconds;
    uint8 steps;
    uint8 done;
    bool reshaped;
}

/// @title Lane 3: margin model and grid weights, tightened by the quorum, loosened by governance alone
/// @notice Every change names the newest accepted policy, pending ones included, that it was made for; another newest
/// one voids it. One that raises maintenance takes effect in equal steps after a grace; anyone executes a step.
/// Trust: a hostile quorum raises requirements by at most (1 + mostRise)^2 per update, an eighth of that per step, and
/// never lowers one; the guardian's veto restores the predecessor; governance's loosening is slowed by the budgets, never
/// locked out. Liveness: a step that nobody executes is lost, the policy in force stays.
interface IPolicyLane is IQuorumLane {
    error WrongPredecessor(bytes32 given, bytes32 newest);
    error WrongPolicy(bytes32 given, bytes32 expected);
    /// @param field index in the margin model, 100 + index in the grid @param share of its value, WAD
    error NotTightening(uint256 field, uint256 share);
    error RiseTooLarge(uint256 rise, uint256 most);
    error NothingChanges(bytes32 policy);
    error NothingPending();
    error TooManyPending(uint256 most);
    error SecondUpdateInBlock(uint256 blockNumber);
    error LiquidationBudgetExhausted(uint256 daily, uint256 weekly);
    error NotCaused(uint64 account, uint64 auctionId);

    /// @param byQuorum false for governance
    event PolicyAccepted(
        bytes32 indexed policy,
        bytes32 indexed predecessor,
        bool byQuorum,
        uint256 rise,
        uint256 fall,
        uint64 nextAt,
        uint8 steps,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice A step is in force, or with step = steps the whole.
    event PolicyInForce(
        bytes32 indexed policy,
        bytes32 indexed target,
        uint8 step,
        uint8 steps,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param reason 1 vetoed, 2 expired, 3 superseded by a change it was not made for
    event PolicyDropped(
        bytes32 indexed policy, bytes32 indexed predecessor, uint8 reason, uint64 seq, bytes24 runningHash
    );
    event LiquidationCharged(
        uint64 indexed account, uint64 indexed auctionId, uint256 base, uint64 seq, bytes24 runningHash
    );
    event PolicyLimitSet(
        bytes32 indexed name,
        uint256 oldValue,
        uint256 newValue,
        uint256 least,
        uint256 most,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Accepts the quorum's tightening; signed is keccak256(abi.encode(digest of `newest`, target)).
    /// @param newest content of the newest accepted policy
    function publishPolicy(
        Header calldata header,
        Policy calldata newest,
        Policy calldata target,
        QuorumSignature calldata quorum
    ) external;

    /// @notice Governance's change, tighter or looser; restricted. Supersedes everything pending.
    /// @param predecessor digest of the newest accepted policy it was made for, 0 for whichever it is
    function setPolicy(bytes32 predecessor, Policy calldata target) external;

    /// @notice Executes the next step of the newest pending update; anyone.
    function execute(Policy calldata from, Policy calldata to) external;

    /// @notice Drops the newest pending update and puts its predecessor back in force; restricted.
    /// @param from content of the predecessor
    function veto(Policy calldata from) external;

    /// @notice Charges a running auction that a step caused; anyone, once an auction.
    function chargeLiquidation(uint64 account) external;

    function setPolicyLimits(PolicyLimits calldata limits) external;
    function policyLimits() external view returns (PolicyLimits memory);
    /// @notice The policy in force.
    function policy() external view returns (Policy memory);
    function digestOf(Policy calldata given) external pure returns (bytes32);
    /// @notice Digest of the newest accepted policy: the last pending one that is alive, else the one in force.
    function newestPolicy() external view returns (bytes32);
    function pendingUpdates() external view returns (PolicyUpdate[] memory);
    /// @notice Used parts of the four budgets.
    function budgets()
        external
        view
        returns (
            uint256 dailyLoosened,
            uint256 weeklyLoosened,
            uint256 dailyLiquidated,
            uint256 weeklyLiquidated
        );
}
