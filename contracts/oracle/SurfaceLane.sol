// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {SurfaceBounds} from "../libraries/SurfaceBounds.sol";
import {Header, LANE_SURFACES, QuorumSignature, SurfaceRow} from "../types/Wire.sol";
import {RoundGate} from "./RoundGate.sol";

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
    }

    mapping(uint16 underlying => mapping(uint32 expiry => Surface)) private _surfaces;

    /// @inheritdoc ISignedLanes
    function publishSurfaces(
        Header calldata header,
        SurfaceRow[] calldata rows,
        QuorumSignature calldata quorum
    ) external {
        _accept(LANE_SURFACES, header, RoundHash.ofSurfaces(rows), rows.length, quorum);
        LaneLimits memory limits = parameters.laneLimits();
        uint16 underlyings = parameters.underlyingCount();
        uint256 lastKey;
        for (uint256 index; index < rows.length; ++index) {
            SurfaceRow calldata row = rows[index];
            uint256 key = (uint256(row.underlying) << 32) | row.expiry;
            if (index != 0 && key <= lastKey) revert RowsNotAscending(index);
            lastKey = key;
            if (row.underlying == 0 || row.underlying > underlyings) {
                revert IRiskParameters.UnlistedUnderlying(row.underlying);
            }
            if (!parameters.isExpiryListed(row.expiry)) revert IRiskParameters.UnlistedExpiry(row.expiry);
            SurfaceBounds.check(row, header.observedAt, limits);
            _publishSurface(row, header);
        }
    }

    /// @inheritdoc ISignedLanes
    function surface(uint16 underlying, uint32 expiry)
        external
        view
        returns (SurfaceRow memory row, uint64 observedAt)
    {
        Surface memory last = _surfaces[underlying][expiry];
        if (last.observedAt == 0) revert NoSurface(underlying, expiry);
        row = SurfaceRow({
            underlying: underlying,
            expiry: expiry,
            basis: last.basis,
            a: last.a,
            b: last.b,
            rho: last.rho,
            m: last.m,
            sigma: last.sigma
        });
        observedAt = last.observedAt;
    }

    function _publishSurface(SurfaceRow calldata row, Header calldata header) private {
        _surfaces[row.underlying][row.expiry] =
            Surface(row.basis, row.a, row.b, row.rho, row.m, row.sigma, header.observedAt);
        bytes32 rowHash = keccak256(abi.encode(row));
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(SurfacePublished.selector, row.underlying, row.expiry, header.seq, rowHash))
        );
        emit SurfacePublished(row.underlying, row.expiry, header.seq, rowHash, seq, runningHash);
    }
}
