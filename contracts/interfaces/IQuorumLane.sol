// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header} from "../types/Wire.sol";

/// @title A lane with a contract of its own
/// @notice Signers, threshold and epoch are those of `SignedLanes`, read at each round; header, hash and signatures have the
/// same form. Domain, configuration digest and sequence are this contract's own, so that a round signed for one
/// contract is void at every other. Safety and liveness are as for `ISignedLanes`, whose errors it shares.
interface IQuorumLane {
    event LaneRoundAccepted(
        uint8 indexed lane,
        uint64 indexed laneSeq,
        bytes32 snapshot,
        bytes32 model,
        uint64 observedAt,
        uint256 signerBitmap,
        bytes32 rowsHash,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice keccak256(abi.encode(chain id, this, epoch, signers, threshold, settingsDigest)) where settingsDigest is
    /// keccak256(abi.encode(parametersDigest, keccak256(abi.encode(limits of this lane)))).
    function configDigest() external view returns (bytes32);
    /// @notice The digest a signer signs for a header and the hash of what follows it.
    function roundDigest(Header calldata header, bytes32 rowsHash) external view returns (bytes32);
    function lastSequence() external view returns (uint64);
    /// @notice When the last accepted round was observed, unix seconds; 0 before the first.
    function lastObservedAt() external view returns (uint64);
}
