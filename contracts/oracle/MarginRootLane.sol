// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EfficientHashLib} from "solady/utils/EfficientHashLib.sol";

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {MarginTree} from "../libraries/MarginTree.sol";
import {Attestation} from "../types/Attestation.sol";
import {Header, LANE_MARGIN_ROOTS, MarginRow, QuorumSignature} from "../types/Wire.sol";
import {MarginLane} from "./MarginLane.sol";

/// @title Lane 5: verdicts on any number of accounts as one Merkle root, taken up by proofs
/// @notice The newest root alone can be proven against, until the signers change. Anyone may submit a proof; it is judged
/// like a row of lane 4, reverts where that is skipped, and never replaces an attestation as new as the root.
abstract contract MarginRootLane is MarginLane {
    /// @dev keccak-256 over root, its sequence number and its observation; a prover names the latter two. One slot.
    bytes32 private _newest;

    /// @inheritdoc ISignedLanes
    function publishMarginRoot(Header calldata header, bytes32 root, QuorumSignature calldata quorum)
        external
    {
        uint256 trail = _verify(LANE_MARGIN_ROOTS, header, root, quorum, _parametersDigest());
        _newest = _commitment(root, header.seq, header.observedAt);
        _record(header, root, quorum.signerBitmap, trail);
    }

    /// @inheritdoc ISignedLanes
    function proveMargin(uint64 seq, uint64 observedAt, MarginRow calldata row, bytes32[] calldata path)
        external
    {
        bytes32 root = MarginTree.rootOf(seq, row, path);
        if (_newest != _commitment(root, seq, observedAt)) revert NotInNewestRoot(row.account, root);
        uint256 attested = _attestProven(row, observedAt);
        emit MarginProven(row.account, seq, attested);
    }

    /// @dev What a former quorum signed is no longer taken up.
    function _list(address[] memory signers_, uint8 threshold_) internal virtual override {
        super._list(signers_, threshold_);
        delete _newest;
    }

    function _commitment(bytes32 root, uint64 seq, uint64 observedAt) private pure returns (bytes32) {
        return EfficientHashLib.hash(root, bytes32(uint256(seq)), bytes32(uint256(observedAt)));
    }
}
