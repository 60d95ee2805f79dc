// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {NormalDistribution} from "./NormalDistribution.sol";

/// @notice Undiscounted value of one option and its derivatives, WAD.
/// @param price quote per unit
/// @param delta per unit move of the forward, in [-1, 1]
/// @param gamma change of delta per unit move of the forward
/// @param vega change of price per 1.00 of annual volatility
struct Greeks {
    uint256 price;
    int256 delta;
    uint256 gamma;
    uint256 vega;
}

/// @title Black-76, undiscounted, WAD
/// @notice With low = min(F, K), high = max(F, K), s = volatility x sqrt(T), h = ln(low / high) / s:
///   out-of-the-money price = low N(h + s/2) - high N(h - s/2) = low [N(h + s/2) - pdf(h + s/2) M(s/2 - h)],
/// the same for call and put by symmetry, with one exponential (M is Mills' ratio). The other side adds |F - K|, so
/// put-call parity holds to the unit. Limits: s < 1e-9 counts as no deviation: intrinsic value, delta of a certain
/// outcome (one half at F = K), gamma = vega = 0; deep out of the money 0; s -> infinity: min(F, K).
/// Rounding: to nearest inside, the final product down; |price error| <= 4e-16 min(F, K) + 2 units, never below
/// intrinsic value nor above F (call) or K (put).
/// Bounds: forward, strike < 2^128; volatility < 2^96; seconds < 2^32; deviation < 2^128. Nothing reverts inside them.
library Black76 {
    uint256 internal constant YEAR = 365 days;
    /// @dev Deviations below this are treated as none; it keeps F pdf / s representable.
    uint256 internal constant LEAST_DEVIATION = 1e9;
    uint256 private constant WAD = 1e18;
    int256 private constant SIGNED_WAD = 1e18;
    /// @dev d1 at or below this has no density left (see NormalDistribution).
    int256 private constant OUT_OF_REACH = -9.13e18;

    /// @notice Price only.
    function price(uint256 forward, uint256 strike, uint256 volatility, uint256 secondsLeft, bool isCall)
        internal
        pure
        returns (uint256)
    {
        return
            priceAt(forward, strike, logRatio(forward, strike), deviationOf(volatility, secondsLeft), isCall);
    }

    /// @notice Price, delta, gamma and vega in one go.
    function greeks(uint256 forward, uint256 strike, uint256 volatility, uint256 secondsLeft, bool isCall)
        internal
        pure
        returns (Greeks memory result)
    {
        uint256 deviation = deviationOf(volatility, secondsLeft);
        uint256 weighted;
        (result.price, result.delta, weighted) =
            sensitivitiesAt(forward, strike, logRatio(forward, strike), deviation, isCall);
        if (weighted == 0) return result;
        unchecked {
            // weighted <= 0.4 forward < 2^127 and both divisors are at least 1: a density needs s >= 1e9 and F > 0
            result.gamma = weighted * WAD / forward * 1e36 / (forward * deviation);
            result.vega = weighted * deviation / volatility;
        }
    }

    /// @notice volatility x sqrt(T), rounded down.
    function deviationOf(uint256 volatility, uint256 secondsLeft) internal pure returns (uint256) {
        unchecked {
            return FixedPointMathLib.sqrt(volatility * volatility * secondsLeft / YEAR); // < 2^224
        }
    }

    /// @notice ln(forward / strike), 0 if either is 0; within 3e-18. The ratio is taken above 1 to keep its digits.
    function logRatio(uint256 forward, uint256 strike) internal pure returns (int256) {
        if (forward == 0 || strike == 0) return 0;
        unchecked {
            return forward < strike
                ? -FixedPointMathLib.lnWad(int256(strike * WAD / forward))
                : FixedPointMathLib.lnWad(int256(forward * WAD / strike));
        }
    }

    /// @notice Price from ln(forward / strike) and the deviation, for callers that reprice one option many times.
    function priceAt(uint256 forward, uint256 strike, int256 logRatio_, uint256 deviation, bool isCall)
        internal
        pure
        returns (uint256 result)
    {
        unchecked {
            bool below = forward < strike;
            if (deviation >= LEAST_DEVIATION) {
                (uint256 near, uint256 far,) = _probabilities(logRatio_, deviation);
                // far <= near up to rounding; the product is below 2^128 x 2^60
                if (near > far) result = (below ? forward : strike) * (near - far) / WAD;
            }
            if (isCall != below) result += below ? strike - forward : forward - strike;
        }
    }

    /// @notice Price, delta, and low x pdf = forward x pdf(d1), from which gamma F^2 = that / s and vega x
    /// volatility = that x s follow.
    function sensitivitiesAt(
        uint256 forward,
        uint256 strike,
        int256 logRatio_,
        uint256 deviation,
        bool isCall
    ) internal pure returns (uint256 value, int256 delta, uint256 weighted) {
        if (deviation < LEAST_DEVIATION || forward == 0 || strike == 0) {
            return (priceAt(forward, strike, 0, 0, isCall), _certainDelta(forward, strike, isCall), 0);
        }
        unchecked {
            (uint256 near, uint256 far, uint256 density) = _probabilities(logRatio_, deviation);
            if (forward < strike) {
                if (near > far) value = forward * (near - far) / WAD;
                if (!isCall) value += strike - forward;
                delta = isCall ? int256(near) : int256(near) - SIGNED_WAD;
                weighted = forward * density / WAD;
            } else {
                if (near > far) value = strike * (near - far) / WAD;
                if (isCall) value += forward - strike;
                // N(-d1) = far x low / high
                delta = -int256(far * strike / forward);
                if (isCall) delta += SIGNED_WAD;
                weighted = strike * density / WAD;
            }
        }
    }

    /// @return near N(h + s/2) @return far pdf(h + s/2) M(s/2 - h) @return density pdf(h + s/2)
    function _probabilities(int256 logRatio_, uint256 deviation)
        private
        pure
        returns (uint256 near, uint256 far, uint256 density)
    {
        unchecked {
            // |ln| < 2^68 (a ratio below 2^256), so h < 2^128 at the least deviation
            int256 h = (logRatio_ < 0 ? logRatio_ : -logRatio_) * SIGNED_WAD / int256(deviation);
            int256 d = h + int256(deviation >> 1);
            if (d <= OUT_OF_REACH) return (0, 0, 0);
            density = NormalDistribution.pdf(d);
            near = d < 0
                ? NormalDistribution.tail(uint256(-d), density)
                : WAD - NormalDistribution.tail(uint256(d), density);
            far = NormalDistribution.tail(uint256(int256(deviation >> 1) - h), density);
        }
    }

    function _certainDelta(uint256 forward, uint256 strike, bool isCall) private pure returns (int256) {
        if (forward == strike) return isCall ? SIGNED_WAD / 2 : -SIGNED_WAD / 2;
        if (isCall) return forward > strike ? SIGNED_WAD : int256(0);
        return forward < strike ? -SIGNED_WAD : int256(0);
    }
}
