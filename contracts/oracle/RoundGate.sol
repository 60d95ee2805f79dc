// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {QuorumVerifier} from "../libraries/QuorumVerifier.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {Header, QuorumSignature} from "../types/Wire.sol";
import {SignerSet} from "./SignerSet.sol";

/// @title Which rounds are accepted
abstract contract RoundGate is SignerSet {
    struct Lane {
        uint64 sequence;
        uint64 observedAt;
    }

    /// @notice Parameters whose digest every round is bound to.
    IRiskParameters public immutable parameters;

    mapping(uint8 lane => Lane) private _lanes;

    constructor(IRiskParameters parameters_) {
        parameters = parameters_;
    }

    /// @inheritdoc ISignedLanes
    function configDigest() external view returns (bytes32) {
        return _configDigest(signers());
    }

    /// @inheritdoc ISignedLanes
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

    /// @inheritdoc ISignedLanes
    function lastSequence(uint8 lane) external view returns (uint64) {
        return _lanes[lane].sequence;
    }

    /// @notice When the lane's last accepted round was observed, unix seconds; 0 before the first.
    function lastObservedAt(uint8 lane) external view returns (uint64) {
        return _lanes[lane].observedAt;
    }

    /// @dev Accepts a round on `lane` or reverts; records it before its rows are applied.
    function _accept(
        uint8 lane,
        Header calldata header,
        bytes32 rowsHash,
        uint256 rows,
        QuorumSignature calldata quorum
    ) internal {
        if (rows == 0) revert EmptyRound();
        address[] memory listed = signers();
        _checkIdentity(lane, header, listed);
        _checkTime(lane, header);
        QuorumVerifier.verify(roundDigest(header, rowsHash), quorum, listed, threshold);
        _lanes[lane] = Lane(header.seq, header.observedAt);
        _recordRound(header, quorum.signerBitmap, rows);
    }

    function _checkIdentity(uint8 lane, Header calldata header, address[] memory listed) private view {
        bytes32 expected = _configDigest(listed);
        if (header.configDigest != expected) revert WrongConfigDigest(header.configDigest, expected);
        if (header.lane != lane) revert WrongLane(header.lane, lane);
        uint64 next = _lanes[lane].sequence + 1;
        if (header.seq != next) revert WrongSequence(header.seq, next);
    }

    function _checkTime(uint8 lane, Header calldata header) private view {
        uint64 last = _lanes[lane].observedAt;
        if (header.observedAt < last) revert ObservedBackwards(header.observedAt, last);
        if (header.observedAt > block.timestamp) {
            revert ObservedInFuture(header.observedAt, block.timestamp);
        }
        if (header.validUntil < block.timestamp) revert RoundExpired(header.validUntil, block.timestamp);
        // observedAt <= now <= validUntil, so the difference cannot underflow.
        uint64 timeToLive = header.validUntil - header.observedAt;
        uint32 longest = parameters.laneLimits().maxTimeToLive;
        if (timeToLive > longest) revert ValidityTooLong(timeToLive, longest);
    }

    function _configDigest(address[] memory listed) private view returns (bytes32) {
        return keccak256(
            abi.encode(block.chainid, address(this), epoch, listed, threshold, parameters.parametersDigest())
        );
    }

    function _recordRound(Header calldata header, uint256 bitmap, uint256 rows) private {
        bytes memory payload = abi.encode(
            RoundAccepted.selector,
            header.lane,
            header.seq,
            header.snapshot,
            header.model,
            header.observedAt,
            bitmap,
            rows
        );
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit RoundAccepted(
            header.lane,
            header.seq,
            header.snapshot,
            header.model,
            header.observedAt,
            bitmap,
            rows,
            seq,
            runningHash
        );
    }
}
