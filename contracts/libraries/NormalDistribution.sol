// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Standard normal density, Mills' ratio and distribution
/// @notice N(-x) = pdf(x) M(x), where M is Mills' ratio. Inside, everything is in 2^-96; `pdf` and `cdf` are in WAD,
/// rounded to nearest. Errors: density below 1e-18 relative plus 2^-96; M below 1.1e-16 relative on [0, 13] and below 4e-9
/// beyond, where the tail itself is below 1e-38; cdf below 2e-16 absolute. cdf(x) + cdf(-x) = 1 exactly.
library NormalDistribution {
    uint256 private constant WAD = 1e18;
    /// @dev 9.13 in 2^-96. Beyond it the density is below half a WAD: exp(-9.13^2 / 2) / sqrt(2 pi) = 3.2e-19.
    uint256 internal constant DENSITY_RANGE = 723353123755233402229056266567;
    uint256 private constant FIVE_18 = 3814697265625;

    /// @notice exp(-x^2 / 2) / sqrt(2 pi), WAD, for any x in WAD.
    function pdf(int256 x) internal pure returns (uint256) {
        unchecked {
            uint256 z = _magnitude(x);
            return z >= DENSITY_RANGE ? 0 : (density(z) * WAD + 2 ** 95) >> 96;
        }
    }

    /// @notice Probability of a standard normal variable being at most x, WAD, for any x in WAD.
    function cdf(int256 x) internal pure returns (uint256) {
        unchecked {
            uint256 z = _magnitude(x);
            uint256 tail = z >= DENSITY_RANGE ? 0 : ((density(z) * millsRatio(z) >> 96) * WAD + 2 ** 95) >> 96;
            return x < 0 ? tail : WAD - tail;
        }
    }

    /// @notice exp(-z^2 / 2) / sqrt(2 pi), argument and result in 2^-96.
    /// @param z below DENSITY_RANGE
    function density(uint256 z) internal pure returns (uint256 result) {
        // With y = z^2 / 2 and n = round(y / ln 2): exp(-y) = 2^-n exp(r), r = n ln 2 - y in [-ln 2 / 2, ln 2 / 2], and
        // exp(r) = (Q + r P) / (Q - r P) with P, Q quadratic in r^2, relative error 9e-19.
        // z^2 < 2^199; n <= 61; Q is in [2, 2.1] and r P below 0.4, so the last product is below 2^193.
        assembly ("memory-safe") {
            let y := shr(97, mul(z, z))
            let n := div(add(y, 27458388733853736675570735564), 54916777467707473351141471128)
            // slither-disable-next-line divide-before-multiply n is rounded on purpose: range reduction
            let r := sub(mul(n, 54916777467707473351141471128), y)
            let w := shr(96, mul(r, r))
            y := sar(
                96,
                mul(
                    r,
                    add(
                        79228162514264337593543950336,
                        shr(
                            96,
                            mul(
                                w,
                                add(2200519622485923871272888597, shr(96, mul(w, 5235583773242509536668604)))
                            )
                        )
                    )
                )
            )
            w := add(
                158456325028528679478634593993,
                shr(
                    96,
                    mul(w, add(17605732997348527626338408402, shr(96, mul(w, 157146208787500200795386286))))
                )
            )
            // 2^96 / sqrt(2 pi)
            result := shr(n, div(mul(31607463825455920808620519744, add(w, y)), sub(w, y)))
        }
    }

    /// @notice M(z) = N(-z) / pdf(z), argument and result in 2^-96.
    /// @dev The rational function of degree 8 over 9 that is closest to M on [0, 13], as a continued fraction
    /// B0 / (z + A0 + B1 / (z + A1 + ...)): one division a level in place of two products. The B are in 2^-192. Its
    /// denominators do not vanish but for the fifth from the outside, which passes through 0 once, at 17.88: held off it.
    /// @param z below 2^200
    function millsRatio(uint256 z) internal pure returns (uint256 result) {
        assembly ("memory-safe") {
            let d := add(z, 3390778925401020542219677802856)
            d := add(
                sub(z, 3104254413026151178364795282795),
                div(10714034518851337226095360519097614334056001358326869369041488, d)
            )
            d := sub(
                add(z, 232010774959335325112108241439),
                sdiv(2843841015140453918935779807332336105477052812875181569110, d)
            )
            d := add(
                add(z, 329754086492971597701440349338),
                sdiv(216779821142471533263308751843401416819023834584403073438966, d)
            )
            d := sub(
                sub(z, 1397762660041178141334068758597),
                sdiv(35307881535406087519056016872768270561952283027163491940641, d)
            )
            d := add(d, iszero(d))
            d := add(
                add(z, 2495603492152412022245721372135),
                sdiv(3775029362254367793159260123782059408436457452836361479347944, d)
            )
            d := sub(
                add(z, 25149528685573254926834544662),
                sdiv(16611336420609347879902397110453537023324822520218634759931, d)
            )
            d := add(
                sub(z, 79414492388394868890728441),
                sdiv(12735344791696064024871790744085831079106873460308761352798, d)
            )
            d := add(
                add(z, 32373292093717034690758),
                sdiv(6276943272589591082196439480362374863969397841296629649907, d)
            )
            result := div(6277101755354903169886423900620156252014581965073791582208, d)
        }
    }

    /// @dev |x| in 2^-96, at least DENSITY_RANGE where x is out of reach (2^78 x would not fit).
    function _magnitude(int256 x) private pure returns (uint256) {
        unchecked {
            uint256 magnitude = uint256(x < 0 ? -x : x); // 2^255 at the most negative
            return magnitude >= 2 ** 128 ? DENSITY_RANGE : (magnitude << 78) / FIVE_18;
        }
    }
}
