// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {RoundRows} from "../libraries/RoundRows.sol";
import {Header, LANE_SURFACES, QuorumSignature, SurfaceRow} from "../types/Wire.sol";
import {RoundGate} from "./RoundGate.sol";
import {SurfaceBox} from "./SurfaceBox.sol";

/// @title Lane 1: forwards and implied volatility surfaces of the listed expiries
/// @notice A row out of bounds voids the whole round: a surface is published complete or not at all.
abstract contract SurfaceLane is RoundGate {
    /// @dev As `SurfaceBox` packs them.
    struct Surface {
        uint256 first;
        uint256 second;
    }

    SurfaceBox private immutable _box;

    mapping(uint16 underlying => mapping(uint32 expiry => Surface)) private _surfaces;

    constructor(IRiskParameters parameters_) {
        _box = new SurfaceBox(parameters_);
    }

    /// @inheritdoc ISignedLanes
    function publishSurfaces(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external
    {
        uint256 count = RoundRows.count(rows, RoundRows.SURFACE_LENGTH);
        bytes32 rowsHash = keccak256(rows);
        uint256 trail = _verify(LANE_SURFACES, header, rowsHash, quorum, _parametersDigest());
        uint256 lastKey;
        for (uint256 index; index < count; ++index) {
            SurfaceRow memory row = RoundRows.surface(rows, index);
            uint256 key = (uint256(row.underlying) << 32) | row.expiry;
            if (index != 0 && key <= lastKey) revert RowsNotAscending(index);
            lastKey = key;
            Surface storage kept = _surfaces[row.underlying][row.expiry];
            (kept.first, kept.second) = _box.follow(row, header.observedAt, kept.first, kept.second);
        }
        _record(header, rowsHash, quorum.signerBitmap, trail);
        _keepOnRecord(header, rows);
    }

    /// @inheritdoc ISignedLanes
    function surface(uint16 underlying, uint32 expiry)
        external
        view
        returns (SurfaceRow memory row, uint64 observedAt)
    {
        (uint256 first, uint256 second) = storedSvi(underlying, expiry);
        (row, observedAt) = _box.unpack(underlying, expiry, first, second);
        if (observedAt == 0) revert NoSurface(underlying, expiry);
    }

    /// @inheritdoc ISignedLanes
    function storedSvi(uint16 underlying, uint32 expiry) public view returns (uint256 first, uint256 second) {
        Surface storage last = _surfaces[underlying][expiry];
        return (last.first, last.second);
    }

    /// @inheritdoc ISignedLanes
    function volatilityReference(uint16 underlying, uint32 expiry) external view returns (uint64) {
        return uint64(_surfaces[underlying][expiry].second >> 192);
    }
}
