// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {LaneLimits} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {SURFACE_SCALE, SurfaceRow} from "../types/Wire.sol";
import {SurfaceVolatility} from "./SurfaceVolatility.sol";

/// @title The box around a published surface
/// @notice SVI raw total variance w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), everything in 1e-12.
/// Source of the conditions: Gatheral and Jacquier, Arbitrage-free SVI volatility surfaces (2014), section 3;
/// the wing bound is Lee's moment formula: total variance grows by at most 2 per unit of log-moneyness. At the money and in
/// both wings the volatility lies between the limits; `SurfaceMotion` bounds how it moves.
library SurfaceBounds {
    int256 private constant BPS_TO_SURFACE_SCALE = SURFACE_SCALE / 10_000;

    /// @dev exp(10) is 22,026 times the forward: beyond any listed strike; keeps the square root's argument small.
    int256 internal constant MAX_LOG_MONEYNESS = 10 * SURFACE_SCALE;
    int256 internal constant MAX_WING_SLOPE = 2 * SURFACE_SCALE;

    /// @dev What must lie in its interval; one row of the box.
    struct Bound {
        int256 value;
        int256 least;
        int256 most;
    }

    uint256 private constant BOUNDS = 7;

    /// @notice Reverts with the deciding value unless the row, observed at `observedAt`, lies in the box.
    function check(SurfaceRow memory row, uint64 observedAt, LaneLimits memory limits) internal pure {
        int256 earliest = int256(uint256(observedAt)) + 1;
        _within(row, Bound(int256(uint256(row.expiry)), earliest, int256(uint256(type(uint32).max))));
        Bound[BOUNDS] memory bounds;
        int256 band = int256(uint256(limits.basisBandBps)) * BPS_TO_SURFACE_SCALE;
        bounds[0] = Bound(row.basis, -band, band);
        _boundShape(row, bounds);
        for (uint256 index; index < BOUNDS; ++index) {
            _within(row, bounds[index]);
        }
        _checkVolatilities(row, observedAt, limits);
    }

    /// @dev Of a row whose shape was checked.
    function _checkVolatilities(SurfaceRow memory row, uint64 observedAt, LaneLimits memory limits)
        private
        pure
    {
        uint256[3] memory bps = SurfaceVolatility.ofRow(row, observedAt);
        int256 least = int256(uint256(limits.minVolatilityBps));
        int256 most = int256(uint256(limits.maxVolatilityBps));
        for (uint256 point; point < SurfaceVolatility.POINTS; ++point) {
            _within(row, Bound(int256(bps[point]), least, most));
        }
    }

    /// @dev All fields have 64 bits, so nothing here overflows, whatever a field outside its bound makes of the others.
    function _boundShape(SurfaceRow memory row, Bound[BOUNDS] memory bounds) private pure {
        int256 rho = row.rho;
        int256 b = row.b;
        bounds[1] = Bound(b, 0, type(int64).max);
        bounds[2] = Bound(rho, 1 - SURFACE_SCALE, SURFACE_SCALE - 1);
        bounds[3] = Bound(row.sigma, 1, MAX_LOG_MONEYNESS);
        bounds[4] = Bound(row.m, -MAX_LOG_MONEYNESS, MAX_LOG_MONEYNESS);
        int256 slope = b * (SURFACE_SCALE + int256(FixedPointMathLib.abs(rho)));
        bounds[5] = Bound((slope + SURFACE_SCALE - 1) / SURFACE_SCALE, 0, MAX_WING_SLOPE);
        int256 rest = SURFACE_SCALE * SURFACE_SCALE - rho * rho;
        int256 root = int256(FixedPointMathLib.sqrt(uint256(rest)));
        int256 leastVariance = row.a * SURFACE_SCALE * SURFACE_SCALE + b * row.sigma * root;
        bounds[6] = Bound(leastVariance, 0, type(int256).max);
    }

    function _within(SurfaceRow memory row, Bound memory bound) private pure {
        if (bound.value < bound.least || bound.value > bound.most) {
            revert ISignedLanes.SurfaceOutOfBounds(
                row.underlying, row.expiry, bound.value, bound.least, bound.most
            );
        }
    }
}
