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
/// intrinsic value nor above F (call) or K (put). Found over 1e-4 <= s <= 5 and |ln F/K| <= 8: 7.3e-17 min(F, K), delta 4.8e-17
/// (`tests/contracts/parity/Black76Domain.parity.t.sol`).
/// Bounds: forward, strike < 2^128; volatility < 2^96; seconds < 2^32; deviation < 2^128. Nothing reverts inside them.
library Black76 {
    uint256 internal constant YEAR = 365 days;
    /// @dev Deviations below 1e-9 are treated as none; it keeps F pdf / s representable. Half of it in 2^-96, rounded up.
    uint256 internal constant LEAST_HALF = 39614081257132168797;
    uint256 private constant WAD = 1e18;
    /// @dev ln 2 in 2^-192.
    uint256 private constant LN_TWO_192 = 4350955369971217654477563090224794165364344896676135745070;
    /// @dev sqrt(2) in 2^-15, rounded up.
    uint256 private constant ROOT_TWO_15 = 46341;
    uint256 private constant FIVE_18 = 3814697265625;

    /// @notice Price only.
    function price(uint256 forward, uint256 strike, uint256 volatility, uint256 secondsLeft, bool isCall)
        internal
        pure
        returns (uint256 value)
    {
        uint256 half = halfOf(deviationOf(volatility, secondsLeft));
        (value,,) = callAt(forward, strike, FixedPointMathLib.abs(logRatio96(forward, strike)), half);
        if (!isCall) value = value + strike - forward;
    }

    /// @notice Value of a certain outcome: max(price - strike, 0), or max(strike - price, 0) for a put.
    function payoff(uint256 price_, uint256 strike, bool isCall) internal pure returns (uint256) {
        return isCall
            ? FixedPointMathLib.zeroFloorSub(price_, strike)
            : FixedPointMathLib.zeroFloorSub(strike, price_);
    }

    /// @notice Price, delta, gamma and vega in one go.
    function greeks(uint256 forward, uint256 strike, uint256 volatility, uint256 secondsLeft, bool isCall)
        internal
        pure
        returns (Greeks memory result)
    {
        uint256 deviation = deviationOf(volatility, secondsLeft);
        (uint256 value, uint256 money, uint256 weighted) =
            callAt(forward, strike, FixedPointMathLib.abs(logRatio96(forward, strike)), halfOf(deviation));
        // weighted <= 0.4 forward < 2^127. A density needs s >= 1e-9 and F > 0; without one, division by 0 gives 0.
        uint256 gamma;
        uint256 vega;
        assembly ("memory-safe") {
            money := div(mul(money, WAD), forward)
            // slither-disable-next-line divide-before-multiply 1e18 and 1e36 of room above the quotient
            gamma := div(
                mul(div(mul(weighted, WAD), forward), 1000000000000000000000000000000000000),
                mul(forward, deviation)
            )
            vega := div(mul(weighted, deviation), volatility)
        }
        unchecked {
            result.price = isCall ? value : value + strike - forward;
            result.delta = isCall ? int256(money) : int256(money) - int256(WAD);
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
        return toWad(logRatio96(forward, strike));
    }

    /// @notice A logarithm, below 2^8, from 2^-96 to WAD, rounded toward zero: 10^18 / 2^96 = 5^18 / 2^78.
    function toWad(int256 logRatio_) internal pure returns (int256 result) {
        unchecked {
            result = int256(FixedPointMathLib.abs(logRatio_) * FIVE_18 >> 78);
            if (logRatio_ < 0) result = -result;
        }
    }

    /// @notice The same in 2^-96.
    function logRatio96(uint256 forward, uint256 strike) internal pure returns (int256) {
        if (forward == 0 || strike == 0) return 0;
        unchecked {
            return forward < strike ? -_logAboveOne(strike, forward) : _logAboveOne(forward, strike);
        }
    }

    /// @dev ln(high / low) = k ln 2 + 2 atanh(t) with t = (high - 2^k low) / (high + 2^k low), |t| <= 0.1717. In 2^-96.
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
                result := sar(96, add(mul(t, d), mul(k, LN_TWO_192)))
            }
        }
    }

    /// @notice Price of a call, forward x N(d1) (the money it gains per relative move of the forward), and forward x
    /// pdf(d1), from which gamma F^2 = that / s and vega x volatility = that x s follow.
    /// @param distance |ln(F / K)| in 2^-96
    /// @param half s / 2 in 2^-96; as a signed number below LEAST_HALF it counts as no deviation
    function callAt(uint256 forward, uint256 strike, uint256 distance, uint256 half)
        internal
        pure
        returns (uint256 value, uint256 delta, uint256 weighted)
    {
        unchecked {
            if (int256(half) < int256(LEAST_HALF)) {
                if (forward > strike) return (forward - strike, forward, 0);
                return (0, forward == strike ? forward / 2 : 0, 0);
            }
            (uint256 near, uint256 far, uint256 density) = probabilities(distance, half);
            if (far > near) far = near; // by rounding
            // products below 2^128 x 2^96
            if (forward < strike) {
                return (forward * (near - far) >> 96, forward * near >> 96, forward * density >> 96);
            }
            value = forward - strike + (strike * (near - far) >> 96);
            delta = forward - (strike * far >> 96); // F N(-d1) = K far, for N(-d1) = far x low / high
            weighted = strike * density >> 96;
        }
    }

    /// @notice N(h + s/2), pdf(h + s/2) M(s/2 - h) and pdf(h + s/2), in 2^-96.
    /// @param distance |ln(F / K)| in 2^-96, below 2^104
    /// @param half s / 2 in 2^-96, at least LEAST_HALF and below 2^160
    function probabilities(uint256 distance, uint256 half)
        internal
        pure
        returns (uint256 near, uint256 far, uint256 density)
    {
        unchecked {
            uint256 reach;
            uint256 z;
            assembly ("memory-safe") {
                reach := div(shl(95, distance), half) // -h, below 2^199 / 2^65
                z := sub(reach, half)
                let sign := sar(255, z)
                z := sub(xor(z, sign), sign) // |d1|
            }
            if (z < NormalDistribution.DENSITY_RANGE) {
                density = NormalDistribution.density(z);
                near = density * NormalDistribution.millsRatio(z) >> 96;
                far = density * NormalDistribution.millsRatio(reach + half) >> 96;
            }
            if (reach <= half) near = 2 ** 96 - near;
        }
    }

    /// @notice A deviation in WAD as its half in 2^-96.
    function halfOf(uint256 deviation) internal pure returns (uint256) {
        unchecked {
            return (deviation << 77) / FIVE_18;
        }
    }
}
