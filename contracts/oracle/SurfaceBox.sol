// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {SurfaceBounds} from "../libraries/SurfaceBounds.sol";
import {SurfaceMotion} from "../libraries/SurfaceMotion.sol";
import {Svi} from "../libraries/Svi.sol";
import {SurfaceRow} from "../types/Wire.sol";

/// @title The box around a surface, as code of its own
/// @notice Holds nothing and asks only the parameters. `SignedLanes` creates it, because both together are larger than a
/// contract may be. A surface is kept in two words: basis, a, b and rho from the lower bits up; m, sigma, time of observation
/// and slow reference.
contract SurfaceBox {
    IRiskParameters private immutable _parameters;

    constructor(IRiskParameters parameters_) {
        _parameters = parameters_;
    }

    /// @notice The words after this surface, given those before; reverts unless it is listed, in the box and moved no further than
    /// allowed.
    function follow(SurfaceRow calldata row, uint64 observedAt, uint256 first, uint256 second)
        external
        view
        returns (uint256, uint256)
    {
        if (row.underlying == 0 || row.underlying > _parameters.underlyingCount()) {
            revert IRiskParameters.UnlistedUnderlying(row.underlying);
        }
        if (!_parameters.isExpiryListed(row.expiry)) revert IRiskParameters.UnlistedExpiry(row.expiry);
        SurfaceMotion.Held memory held;
        (held.row, held.observedAt) = unpack(row.underlying, row.expiry, first, second);
        held.slowReference = uint64(second >> 192);
        if (observedAt < held.observedAt) {
            revert ISignedLanes.ObservedBackwards(observedAt, held.observedAt);
        }
        LaneLimits memory limits = _parameters.laneLimits();
        SurfaceBounds.check(row, observedAt, limits);
        return _pack(row, observedAt, SurfaceMotion.follow(row, observedAt, held, limits));
    }

    /// @notice What two words say.
    function unpack(uint16 underlying, uint32 expiry, uint256 first, uint256 second)
        public
        pure
        returns (SurfaceRow memory row, uint64 observedAt)
    {
        (row.underlying, row.expiry) = (underlying, expiry);
        observedAt = Svi.unpack(first, second, row);
    }

    function _pack(SurfaceRow calldata row, uint64 observedAt, uint64 slow)
        private
        pure
        returns (uint256 first, uint256 second)
    {
        first = _words(row.basis, row.a, row.b, row.rho);
        second = _words(row.m, row.sigma, int64(observedAt), int64(slow));
    }

    function _words(int64 a, int64 b, int64 c, int64 d) private pure returns (uint256) {
        return uint64(a) | uint256(uint64(b)) << 64 | uint256(uint64(c)) << 128 | uint256(uint64(d)) << 192;
    }
}
