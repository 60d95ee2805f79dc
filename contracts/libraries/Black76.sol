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
    /// @dev ln 2 in 2^-192.
    uint256 private constant LN_TWO_192 = 4350955369971217654477563090224794165364344896676135745070;
    /// @dev sqrt(2) in 2^-15, rounded up.
    uint256 private constant ROOT_TWO_15 = 46341;
    uint256 private constant FIVE_18 = 3814697265625;

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
        (uint256 value, int256 delta, uint256 weighted) =
            sensitivitiesAt(forward, strike, logRatio(forward, strike), deviation, isCall);
        result.price = value;
        result.delta = delta;
        // weighted <= 0.4 forward < 2^127. A density needs s >= 1e9 and F > 0; without one, division by 0 gives 0.
        uint256 gamma;
        uint256 vega;
        assembly ("memory-safe") {
            gamma := div(
                mul(div(mul(weighted, WAD), forward), 1000000000000000000000000000000000000),
                mul(forward, deviation)
            )
            vega := div(mul(weighted, deviation), volatility)
        }
        result.gamma = gamma;
        result.vega = vega;
    }

    /// @notice volatility x sqrt(T), rounded down.
    function deviationOf(uint256 volatility, uint256 secondsLeft) internal pure returns (uint256) {
        unchecked {
            return FixedPointMathLib.sqrt(volatility * volatility * secondsLeft / YEAR); // < 2^224
        }
    }

    /// @notice ln(forward / strike), 0 if either is 0; within 2e-18 (1 + |ln|). Swapping the two changes the sign alone.
    function logRatio(uint256 forward, uint256 strike) internal pure returns (int256) {
        if (forward == 0 || strike == 0) return 0;
        unchecked {
            return forward < strike ? -_logAboveOne(strike, forward) : _logAboveOne(forward, strike);
        }
    }

    /// @dev ln(high / low) = k ln 2 + 2 atanh(t) with t = (high - 2^k low) / (high + 2^k low), |t| <= 0.1717.
    function _logAboveOne(uint256 high, uint256 low) private pure returns (int256 result) {
        unchecked {
            uint256 k;
            if (high - low > (high + low) / 6) {
                k = FixedPointMathLib.log2((high * ROOT_TWO_15) / (low << 15));
                low <<= k; // at most sqrt(2) high
            }
            int256 t;
            // 2 atanh(t) = t R(t^2), R rational of degree 3 over 3, relative error 6e-19, as a continued fraction
            // C + B0 / (A0 - z - B1 / (A1 - z - B2 / (A2 - z))), positive throughout; the B are in 2^-192.
            assembly ("memory-safe") {
                t := sdiv(shl(96, sub(high, low)), add(high, low))
                let z := shr(96, mul(t, t))
                let d := sub(103641258121689690775735959800, z)
                d := sub(
                    sub(202843592676570601139321179711, z),
                    div(784446357224807692970450264241582111174875225635319589560, d)
                )
                d := sub(
                    sub(400018025467426637543873340354, z),
                    div(20414546875441478591681574186579683215394368149882931510784, d)
                )
                d := add(
                    33344453251634302650688955320,
                    div(36967471503685951781883766114606583654867060121722236365658, d)
                )
                // 2^-192 to WAD: 10^18 / 2^192 = 5^18 / 2^174
                result := sar(174, mul(3814697265625, add(mul(t, d), mul(k, LN_TWO_192))))
            }
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
                // far <= near up to rounding; the product is below 2^128 x 2^96
                if (near > far) result = (below ? forward : strike) * (near - far) >> 96;
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
                if (near > far) value = forward * (near - far) >> 96;
                if (!isCall) value += strike - forward;
                delta = int256(near * WAD >> 96);
                if (!isCall) delta -= SIGNED_WAD;
                weighted = forward * density >> 96;
            } else {
                if (near > far) value = strike * (near - far) >> 96;
                if (isCall) value += forward - strike;
                assembly ("memory-safe") {
                    // -N(-d1) = -far x low / high; forward >= strike > 0
                    delta := sub(0, shr(96, mul(WAD, div(mul(far, strike), forward))))
                }
                if (isCall) delta += SIGNED_WAD;
                weighted = strike * density >> 96;
            }
        }
    }

    /// @return near N(h + s/2) @return far pdf(h + s/2) M(s/2 - h) @return density pdf(h + s/2), all in 2^-96
    function _probabilities(int256 logRatio_, uint256 deviation)
        private
        pure
        returns (uint256 near, uint256 far, uint256 density)
    {
        unchecked {
            // |ln| < 2^68 (a ratio below 2^256), so the first quotient is below 2^135 at the least deviation
            uint256 half = (deviation << 77) / FIVE_18;
            uint256 reach = uint256(logRatio_ < 0 ? -logRatio_ : logRatio_) << 96;
            assembly ("memory-safe") {
                reach := div(reach, deviation) // at least LEAST_DEVIATION
            }
            if (reach > half) {
                uint256 z = reach - half; // -d1
                if (z < NormalDistribution.DENSITY_RANGE) {
                    density = NormalDistribution.density(z);
                    near = density * NormalDistribution.millsRatio(z) >> 96;
                    far = density * NormalDistribution.millsRatio(reach + half) >> 96;
                }
            } else {
                uint256 z = half - reach;
                near = 2 ** 96;
                if (z < NormalDistribution.DENSITY_RANGE) {
                    density = NormalDistribution.density(z);
                    near -= density * NormalDistribution.millsRatio(z) >> 96;
                    far = density * NormalDistribution.millsRatio(reach + half) >> 96;
                }
            }
        }
    }

    function _certainDelta(uint256 forward, uint256 strike, bool isCall) private pure returns (int256) {
        if (forward == strike) return isCall ? SIGNED_WAD / 2 : -SIGNED_WAD / 2;
        if (isCall) return forward > strike ? SIGNED_WAD : int256(0);
        return forward < strike ? -SIGNED_WAD : int256(0);
    }
}
