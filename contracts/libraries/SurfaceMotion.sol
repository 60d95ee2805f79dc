// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {SurfaceRow} from "../types/Wire.sol";
import {SurfaceVolatility} from "./SurfaceVolatility.sol";

/// @title How far a surface may be from the one before it and from its slow reference
/// @notice Each of the three volatilities may be at most 1 + step + speed x time as high as in the last accepted surface, and
/// as low in the same proportion. The volatility at the money must besides lie within 1 + band of the reference, an
/// average of what was accepted before, in which time t counts as t / (t + referenceSeconds): a new value weighs nothing
/// until it has been held. The first surface of an expiry sets the reference.
library SurfaceMotion {
    uint256 private constant ONE_BPS = 10_000;
    /// @dev The reference is kept in 1e-4 of a basis point, so that short steps are not lost to rounding.
    uint256 internal constant REFERENCE_SCALE = 1e4;

    /// @dev The last accepted surface of the expiry.
    struct Held {
        SurfaceRow row;
        uint64 observedAt;
        uint64 slowReference;
    }

    /// @notice The reference after `row`, observed at `observedAt`; reverts with the deciding values if it moved too far.
    function follow(SurfaceRow memory row, uint64 observedAt, Held memory held, LaneLimits memory limits)
        internal
        pure
        returns (uint64)
    {
        uint256[3] memory now_ = SurfaceVolatility.ofRow(row, observedAt);
        if (held.observedAt == 0) return uint64(now_[SurfaceVolatility.AT_THE_MONEY] * REFERENCE_SCALE);
        uint256 elapsed = observedAt - held.observedAt;
        uint256[3] memory last = SurfaceVolatility.ofRow(held.row, held.observedAt);
        uint256 most = limits.volatilityStepBps + (limits.volatilitySpeedBps * elapsed) / 1 hours;
        for (uint256 point; point < SurfaceVolatility.POINTS; ++point) {
            (uint256 low, uint256 high) = _around(last[point], most);
            if (now_[point] < low || now_[point] > high) {
                revert ISignedLanes.VolatilityMovedTooFar(
                    row.underlying, row.expiry, point, now_[point], low, high
                );
            }
        }
        uint256 slow = _moved(held.slowReference, last[SurfaceVolatility.AT_THE_MONEY], elapsed, limits);
        _requireNear(row, now_[SurfaceVolatility.AT_THE_MONEY], slow / REFERENCE_SCALE, limits);
        return uint64(slow);
    }

    function _requireNear(SurfaceRow memory row, uint256 value, uint256 slow, LaneLimits memory limits)
        private
        pure
    {
        (uint256 low, uint256 high) = _around(slow, limits.referenceBandBps);
        if (value < low || value > high) {
            revert ISignedLanes.VolatilityFarFromReference(row.underlying, row.expiry, value, low, high);
        }
    }

    /// @dev reference + (held - reference) t / (t + referenceSeconds): what was held over the time enters, not what is new.
    function _moved(uint256 slow, uint256 heldBps, uint256 elapsed, LaneLimits memory limits)
        private
        pure
        returns (uint256)
    {
        uint256 heldScaled = heldBps * REFERENCE_SCALE;
        uint256 whole = elapsed + limits.referenceSeconds;
        return (heldScaled * elapsed + slow * limits.referenceSeconds) / whole;
    }

    /// @dev [value / (1 + bps), value (1 + bps)], low rounded down and high up.
    function _around(uint256 value, uint256 bps) private pure returns (uint256 low, uint256 high) {
        low = (value * ONE_BPS) / (ONE_BPS + bps);
        high = FixedPointMathLib.divUp(value * (ONE_BPS + bps), ONE_BPS);
    }
}
