// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuditTrail} from "../libraries/AuditTrail.sol";
import {QuorumVerifier} from "../libraries/QuorumVerifier.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {IQuorumLane} from "../interfaces/IQuorumLane.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {Header, QuorumSignature} from "../types/Wire.sol";

/// @title Which rounds a lane outside `SignedLanes` accepts
abstract contract QuorumLane is IQuorumLane, AuditTrail {
    ISignedLanes public immutable lanes;
    IRiskParameters public immutable parameters;
    uint8 public immutable lane;

    /// @inheritdoc IQuorumLane
    uint64 public lastSequence;
    /// @inheritdoc IQuorumLane
    uint64 public lastObservedAt;

    constructor(ISignedLanes lanes_, IRiskParameters parameters_, uint8 lane_) {
        (lanes, parameters, lane) = (lanes_, parameters_, lane_);
    }

    /// @inheritdoc IQuorumLane
    function configDigest() external view returns (bytes32) {
        return _configDigest(lanes.signers(), lanes.threshold());
    }

    /// @inheritdoc IQuorumLane
    function roundDigest(Header calldata header, bytes32 rowsHash) public view returns (bytes32) {
        return RoundHash.typedDigest(domainSeparator(), header, rowsHash);
    }

    /// @notice The EIP-712 domain separator on this chain; derived at each use, so a fork of the chain has its own.
    function domainSeparator() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                RoundHash.DOMAIN_TYPEHASH,
                RoundHash.NAME_HASH,
                RoundHash.VERSION_HASH,
                block.chainid,
                address(this)
            )
        );
    }

    /// @dev keccak256(abi.encode(limits)) of this lane's own settings.
    function _limitsDigest() internal view virtual returns (bytes32);

    /// @dev Accepts a round or reverts; records it before anything is applied.
    function _accept(Header calldata header, bytes32 rowsHash, QuorumSignature calldata quorum) internal {
        address[] memory signers = lanes.signers();
        uint8 threshold = lanes.threshold();
        bytes32 expected = _configDigest(signers, threshold);
        if (header.configDigest != expected) {
            revert ISignedLanes.WrongConfigDigest(header.configDigest, expected);
        }
        if (header.lane != lane) revert ISignedLanes.WrongLane(header.lane, lane);
        if (header.seq != lastSequence + 1) revert ISignedLanes.WrongSequence(header.seq, lastSequence + 1);
        _checkTime(header);
        QuorumVerifier.verify(roundDigest(header, rowsHash), quorum, signers, threshold);
        (lastSequence, lastObservedAt) = (header.seq, header.observedAt);
        _recordRound(header, quorum.signerBitmap, rowsHash);
    }

    function _checkTime(Header calldata header) private view {
        if (header.observedAt < lastObservedAt) {
            revert ISignedLanes.ObservedBackwards(header.observedAt, lastObservedAt);
        }
        if (header.observedAt > block.timestamp) {
            revert ISignedLanes.ObservedInFuture(header.observedAt, block.timestamp);
        }
        if (header.validUntil < block.timestamp) {
            revert ISignedLanes.RoundExpired(header.validUntil, block.timestamp);
        }
        // observedAt <= now <= validUntil, so the difference cannot underflow.
        uint64 timeToLive = header.validUntil - header.observedAt;
        uint32 longest = parameters.laneLimits().maxTimeToLive;
        if (timeToLive > longest) revert ISignedLanes.ValidityTooLong(timeToLive, longest);
    }

    function _configDigest(address[] memory signers, uint8 threshold) private view returns (bytes32) {
        bytes32 settings = keccak256(abi.encode(parameters.parametersDigest(), _limitsDigest()));
        return
            keccak256(abi.encode(block.chainid, address(this), lanes.epoch(), signers, threshold, settings));
    }

    function _recordRound(Header calldata header, uint256 bitmap, bytes32 rowsHash) private {
        bytes memory payload = abi.encode(
            LaneRoundAccepted.selector,
            header.lane,
            header.seq,
            header.snapshot,
            header.model,
            header.observedAt,
            bitmap,
            rowsHash
        );
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit LaneRoundAccepted(
            header.lane,
            header.seq,
            header.snapshot,
            header.model,
            header.observedAt,
            bitmap,
            rowsHash,
            seq,
            runningHash
        );
    }
}
