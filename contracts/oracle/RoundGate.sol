// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {PriceTerms} from "../libraries/PriceTerms.sol";
import {QuorumVerifier} from "../libraries/QuorumVerifier.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {Header, QuorumSignature} from "../types/Wire.sol";
import {SignerSet} from "./SignerSet.sol";

/// @title Which rounds are accepted, and their record
/// @notice Each lane has an audit trail of its own, whose only event is `RoundAccepted`: its number is the lane's sequence
/// number, so one slot holds both.
abstract contract RoundGate is SignerSet {
    /// @dev The parameter's lower bound: a round valid for no longer needs no comparison with it.
    uint64 private constant ALWAYS_ALLOWED_TIME_TO_LIVE = 1 minutes;

    /// @notice Parameters whose digest every round is bound to.
    IRiskParameters public immutable parameters;

    mapping(uint8 lane => uint256 trail) private _laneTrails;

    /// @dev The separator on the chain of the deployment, derived once.
    uint256 private immutable _chainId = block.chainid;
    bytes32 private immutable _separator = _domainSeparator();

    constructor(IRiskParameters parameters_) {
        parameters = parameters_;
    }

    /// @inheritdoc ISignedLanes
    function configDigest() external view returns (bytes32) {
        (address[] memory listed, uint32 epoch_, uint8 threshold_) = _signerSet();
        return _configDigest(listed, epoch_, threshold_, _parametersDigest());
    }

    /// @inheritdoc ISignedLanes
    function roundDigest(Header calldata header, bytes32 rowsHash) public view returns (bytes32) {
        return RoundHash.typedDigest(domainSeparator(), header, rowsHash);
    }

    /// @notice The EIP-712 domain separator on this chain; a fork of the chain has its own.
    function domainSeparator() public view returns (bytes32) {
        return block.chainid == _chainId ? _separator : _domainSeparator();
    }

    function _domainSeparator() private view returns (bytes32) {
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
        return uint64(_laneTrails[lane]);
    }

    /// @inheritdoc ISignedLanes
    function laneTrail(uint8 lane) external view returns (uint64 seq, bytes24 runningHash) {
        return _unpackTrail(_laneTrails[lane]);
    }

    /// @dev Reverts unless a quorum signed these rows under this header and the header holds here and now. The caller
    /// applies the rows, then records the round.
    /// @param parametersDigest of the parameters in force
    /// @return trail the lane's, to be advanced
    function _verify(
        uint8 lane,
        Header calldata header,
        bytes32 rowsHash,
        QuorumSignature calldata quorum,
        bytes32 parametersDigest
    ) internal view returns (uint256 trail) {
        (address[] memory listed, uint32 epoch_, uint8 threshold_) = _signerSet();
        bytes32 expected = _configDigest(listed, epoch_, threshold_, parametersDigest);
        if (header.configDigest != expected) revert WrongConfigDigest(header.configDigest, expected);
        if (header.lane != lane) revert WrongLane(header.lane, lane);
        trail = _laneTrails[lane];
        uint64 next = uint64(trail) + 1;
        if (header.seq != next) revert WrongSequence(header.seq, next);
        _checkTime(header.observedAt, header.validUntil);
        QuorumVerifier.verify(roundDigest(header, rowsHash), quorum, listed, threshold_);
    }

    /// @dev Advances the lane. What is hashed and what is logged lie in one buffer behind the memory in use: topics, then data; the
    /// two words of the trail are filled in last. Nothing in between takes memory. The next trail is `AuditTrail._nextTrail`: hash
    /// and next number are one word as they are hashed.
    /// @param trail as `_verify` found it
    function _record(Header calldata header, bytes32 rowsHash, uint256 bitmap, uint256 trail) internal {
        (uint8 lane, uint64 observedAt) = (header.lane, header.observedAt);
        bytes32 topic = RoundAccepted.selector;
        assembly ("memory-safe") {
            let log := mload(0x40)
            mstore(log, topic)
            mstore(add(log, 0x20), lane)
            calldatacopy(add(log, 0x40), add(header, 0xa0), 0x40) // snapshot, model
            mstore(add(log, 0x80), observedAt)
            mstore(add(log, 0xa0), bitmap)
            mstore(add(log, 0xc0), rowsHash)
            let next := add(trail, 1)
            mstore(0x00, next)
            mstore(0x20, keccak256(log, 0xe0))
            trail := or(shl(64, shr(64, keccak256(0x00, 0x40))), and(next, 0xffffffffffffffff))
        }
        _laneTrails[lane] = trail;
        assembly ("memory-safe") {
            let log := mload(0x40)
            mstore(add(log, 0xe0), and(trail, 0xffffffffffffffff)) // seq
            mstore(add(log, 0x100), shl(64, shr(64, trail))) // running hash
            log2(add(log, 0x40), 0xe0, topic, lane)
        }
    }

    /// @dev Of the parameters in force.
    function _parametersDigest() internal view returns (bytes32 digest) {
        // slither-disable-next-line unused-return no terms are asked for
        (digest,) = parameters.termsOfPrices(PriceTerms.NO_SLOT);
    }

    /// @dev Rows are in the transaction's calldata if its origin called here, and that for sure only if it has no code: an
    /// account without code calls nothing else in between. Otherwise they are logged.
    function _keepOnRecord(Header calldata header, bytes calldata rows) internal {
        if (msg.sender != tx.origin || msg.sender.code.length != 0) {
            emit RowsLogged(header.lane, header.seq, rows);
        }
    }

    function _checkTime(uint64 observedAt, uint64 validUntil) private view {
        if (observedAt > block.timestamp) revert ObservedInFuture(observedAt, block.timestamp);
        if (validUntil < block.timestamp) revert RoundExpired(validUntil, block.timestamp);
        unchecked {
            // observedAt <= now <= validUntil
            uint64 timeToLive = validUntil - observedAt;
            if (timeToLive <= ALWAYS_ALLOWED_TIME_TO_LIVE) return;
            uint32 longest = parameters.laneLimits().maxTimeToLive;
            if (timeToLive > longest) revert ValidityTooLong(timeToLive, longest);
        }
    }

    /// @dev keccak256(abi.encode(block.chainid, address(this), epoch, listed, threshold, parametersDigest)), the list
    /// behind six words.
    function _configDigest(address[] memory listed, uint32 epoch_, uint8 threshold_, bytes32 parametersDigest)
        private
        view
        returns (bytes32 digest)
    {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, chainid())
            mstore(add(free, 0x20), address())
            mstore(add(free, 0x40), and(epoch_, 0xffffffff))
            mstore(add(free, 0x60), 0xc0)
            mstore(add(free, 0x80), and(threshold_, 0xff))
            mstore(add(free, 0xa0), parametersDigest)
            let size := shl(5, add(mload(listed), 1))
            mcopy(add(free, 0xc0), listed, size)
            digest := keccak256(free, add(0xc0, size))
        }
    }
}
