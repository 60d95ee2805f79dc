// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {SurfaceRow} from "../types/Wire.sol";
import {Black76} from "./Black76.sol";

/// @title Raw SVI slice: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward)
/// @notice Parameters in 1e-12 as on the wire, k and results in WAD. Total variance is at least 0; error below
/// 1e-18 (1 + |b| + |b rho|). Bounds: |k| < 2^72; parameters are int64, so nothing overflows or reverts.
library Svi {
    int256 private constant TO_WAD = 1e6;
    int256 private constant PARAMETER_SCALE = 1e12;

    /// @notice Fills a row's parameters from the words of `ISignedLanes.storedSvi`; the rest of it stays as it is.
    function unpack(uint256 first, uint256 second, SurfaceRow memory row)
        internal
        pure
        returns (uint64 observedAt)
    {
        // basis, a, b, rho, m, sigma follow each other from the third field on
        assembly ("memory-safe") {
            mstore(add(row, 0x40), signextend(7, first))
            mstore(add(row, 0x60), signextend(7, shr(64, first)))
            mstore(add(row, 0x80), signextend(7, shr(128, first)))
            mstore(add(row, 0xa0), sar(192, first))
            mstore(add(row, 0xc0), signextend(7, second))
            mstore(add(row, 0xe0), signextend(7, shr(64, second)))
            observedAt := and(shr(128, second), 0xffffffffffffffff)
        }
    }

    /// @notice Total variance of log-moneyness k.
    function totalVariance(SurfaceRow memory row, int256 k) internal pure returns (uint256) {
        unchecked {
            int256 shifted = k - int256(row.m) * TO_WAD; // < 2^84
            int256 width = int256(row.sigma) * TO_WAD;
            int256 root = int256(FixedPointMathLib.sqrt(uint256(shifted * shifted + width * width)));
            // 1e-30; below 2^150, and below 2^214 after b
            int256 bracket = int256(row.rho) * shifted + root * PARAMETER_SCALE;
            int256 variance = int256(row.a) * TO_WAD + int256(row.b) * bracket / 1e24;
            return variance > 0 ? uint256(variance) : 0;
        }
    }

    /// @notice sqrt(w(k)) = implied volatility x sqrt(T), rounded down.
    function deviation(SurfaceRow memory row, int256 k) internal pure returns (uint256) {
        unchecked {
            return FixedPointMathLib.sqrt(totalVariance(row, k) * 1e18); // variance < 2^156
        }
    }

    /// @notice sqrt(w(k) / T) per 1.00, rounded down; 0 when no time is left.
    function impliedVolatility(SurfaceRow memory row, int256 k, uint256 secondsLeft)
        internal
        pure
        returns (uint256)
    {
        if (secondsLeft == 0) return 0;
        unchecked {
            return FixedPointMathLib.sqrt(totalVariance(row, k) * 1e18 * Black76.YEAR / secondsLeft); // < 2^241
        }
    }
}
