// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {RoundRows} from "../libraries/RoundRows.sol";
import {SurfaceMotion} from "../libraries/SurfaceMotion.sol";
import {Header, LANE_SURFACES, QuorumSignature, SurfaceRow} from "../types/Wire.sol";
import {RoundGate} from "./RoundGate.sol";
import {SurfaceBox} from "./SurfaceBox.sol";

/// @title Lane 1: forwards and implied volatility surfaces of the listed expiries
/// @notice A row out of bounds voids the whole round: a surface is published complete or not at all.
abstract contract SurfaceLane is RoundGate {
    /// @dev Two slots.
    struct Surface {
        int64 basis;
        int64 a;
        int64 b;
        int64 rho;
        int64 m;
        int64 sigma;
        uint64 observedAt;
        uint64 slowReference;
    }

    SurfaceBox private immutable _box = new SurfaceBox();

    mapping(uint16 underlying => mapping(uint32 expiry => Surface)) private _surfaces;

    /// @inheritdoc ISignedLanes
    function publishSurfaces(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external
    {
        uint256 count = RoundRows.count(rows, RoundRows.SURFACE_LENGTH);
        bytes32 rowsHash = keccak256(rows);
        _verify(LANE_SURFACES, header, rowsHash, quorum);
        LaneLimits memory limits = parameters.laneLimits();
        uint256 lastKey;
        for (uint256 index; index < count; ++index) {
            SurfaceRow memory row = RoundRows.surface(rows, index);
            uint256 key = (uint256(row.underlying) << 32) | row.expiry;
            if (index != 0 && key <= lastKey) revert RowsNotAscending(index);
            lastKey = key;
            _publishSurface(row, header.observedAt, limits);
        }
        _record(header, rowsHash, quorum.signerBitmap);
        _keepOnRecord(header, rows);
    }

    /// @inheritdoc ISignedLanes
    function surface(uint16 underlying, uint32 expiry)
        external
        view
        returns (SurfaceRow memory row, uint64 observedAt)
    {
        Surface memory last = _surfaces[underlying][expiry];
        if (last.observedAt == 0) revert NoSurface(underlying, expiry);
        row = _row(underlying, expiry, last);
        observedAt = last.observedAt;
    }

    /// @inheritdoc ISignedLanes
    function packedSurface(uint16 underlying, uint32 expiry)
        external
        view
        returns (uint256 first, uint256 second)
    {
        Surface storage last = _surfaces[underlying][expiry];
        assembly ("memory-safe") {
            first := sload(last.slot)
            second := sload(add(last.slot, 1))
        }
    }

    /// @inheritdoc ISignedLanes
    function volatilityReference(uint16 underlying, uint32 expiry) external view returns (uint64) {
        return _surfaces[underlying][expiry].slowReference;
    }

    function _publishSurface(SurfaceRow memory row, uint64 observedAt, LaneLimits memory limits) private {
        if (row.underlying == 0 || row.underlying > parameters.underlyingCount()) {
            revert IRiskParameters.UnlistedUnderlying(row.underlying);
        }
        if (!parameters.isExpiryListed(row.expiry)) revert IRiskParameters.UnlistedExpiry(row.expiry);
        Surface memory last = _surfaces[row.underlying][row.expiry];
        if (observedAt < last.observedAt) revert ObservedBackwards(observedAt, last.observedAt);
        SurfaceMotion.Held memory held =
            SurfaceMotion.Held(_row(row.underlying, row.expiry, last), last.observedAt, last.slowReference);
        uint64 slow = _box.follow(row, observedAt, held, limits);
        _surfaces[row.underlying][row.expiry] =
            Surface(row.basis, row.a, row.b, row.rho, row.m, row.sigma, observedAt, slow);
    }

    function _row(uint16 underlying, uint32 expiry, Surface memory kept)
        private
        pure
        returns (SurfaceRow memory)
    {
        return SurfaceRow({
            underlying: underlying,
            expiry: expiry,
            basis: kept.basis,
            a: kept.a,
            b: kept.b,
            rho: kept.rho,
            m: kept.m,
            sigma: kept.sigma
        });
    }
}
