// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Standard normal density and distribution, WAD
/// @notice Upper tail N(-x) = pdf(x) M(x), where M is Mills' ratio, approximated by one rational function of degree
/// 8 over 9 with relative error below 1.1e-16 on [0, 13] (below 2e-10 up to 40, where the tail itself is below 1e-38),
/// fitted in 60 digits with M(0) = sqrt(pi / 2) held exact. Absolute error: cdf below 2e-16, pdf below 2e-18.
/// cdf(x) + cdf(-x) = 1 exactly. Both round to nearest.
library NormalDistribution {
    uint256 private constant WAD = 1e18;
    /// @dev Beyond this |x| the density is below half a unit: exp(-9.13^2 / 2) / sqrt(2 pi) = 3.2e-19.
    int256 private constant DENSITY_RANGE = 9.13e18;
    /// @dev M is evaluated at most here; callers beyond it multiply by a density that is 0.
    uint256 private constant TAIL_RANGE = 40e18;

    /// @notice exp(-x^2 / 2) / sqrt(2 pi) for any x.
    function pdf(int256 x) internal pure returns (uint256 result) {
        if (x >= DENSITY_RANGE || x <= -DENSITY_RANGE) return 0;
        // With y = x^2 / 2 and n = round(y / ln 2): exp(-y) = 2^-n exp(r), r = n ln 2 - y in [-ln 2 / 2, ln 2 / 2], and
        // exp(r) = (Q + r P) / (Q - r P) with P, Q quadratic in r^2, relative error 9e-19. All in 2^-96.
        // x^2 < 2^127 before the shift; n <= 61; Q is in [2, 2.1] and r P below 0.4, so the last product is below 2^220.
        assembly ("memory-safe") {
            let y := div(shl(95, mul(x, x)), 1000000000000000000000000000000000000)
            let n := div(add(y, 27458388733853736675570735564), 54916777467707473351141471128)
            let r := sub(mul(n, 54916777467707473351141471128), y)
            let z := shr(96, mul(r, r))
            y := add(
                79228162514264337593543950336,
                shr(96, mul(z, add(2200519622485923871272888597, shr(96, mul(z, 5235583773242509536668604)))))
            )
            r := sar(96, mul(r, y))
            z := add(
                158456325028528679478634593993,
                shr(
                    96,
                    mul(z, add(17605732997348527626338408402, shr(96, mul(z, 157146208787500200795386286))))
                )
            )
            // 1e18 / sqrt(2 pi) in 2^-60
            z := div(mul(459949134171706403265423719773859861, add(z, r)), sub(z, r))
            result := shr(1, add(1, shr(add(59, n), z)))
        }
    }

    /// @notice Probability of a standard normal variable being at most x, for any x.
    function cdf(int256 x) internal pure returns (uint256) {
        unchecked {
            // the negation is safe: pdf is 0 at type(int256).min and the range check in `tail` is unsigned
            uint256 density = pdf(x);
            return x < 0 ? tail(uint256(-x), density) : WAD - tail(uint256(x), density);
        }
    }

    /// @notice density x M(x), rounded to nearest: N(-x) when density = pdf(x); with density = pdf(y) the caller gets
    /// N(-x) pdf(y) / pdf(x), which stays accurate where both would underflow.
    /// @param x WAD, not negative
    /// @param density WAD, at most 1e18
    function tail(uint256 x, uint256 density) internal pure returns (uint256 result) {
        if (density == 0) return 0;
        if (x > TAIL_RANGE) x = TAIL_RANGE;
        // z = x in 2^-96 < 2^102; all coefficients are positive, so at z: numerator < 2^140, denominator < 2^145
        // (both at x = 40), products with z below 2^247, and density x numerator below 2^200.
        assembly ("memory-safe") {
            let z := div(shl(78, x), 3814697265625)
            let p := add(1971200326402222469817147868081, shr(96, mul(z, 79228162766298737639809452328)))
            p := add(23568065216023058944102103200679, shr(96, mul(z, p)))
            p := add(174887045929871130278908622967124, shr(96, mul(z, p)))
            p := add(876575140599798672666920685454388, shr(96, mul(z, p)))
            p := add(3037982583965603787342608811756251, shr(96, mul(z, p)))
            p := add(7144165941708908193969470704307632, shr(96, mul(z, p)))
            p := add(10551637875315614301518854939012795, shr(96, mul(z, p)))
            p := add(7739807518301008682530441079533010, shr(96, mul(z, p)))
            let q := add(1971200352504887121355062231357, z)
            q := add(23647292108931752272790946459207, shr(96, mul(z, q)))
            q := add(176858284974138386129791373041319, shr(96, mul(z, q)))
            q := add(899983916720650735212756478455648, shr(96, mul(z, q)))
            q := add(3208940705517340486615028292234963, shr(96, mul(z, q)))
            q := add(7974226551535458780076620276430249, shr(96, mul(z, q)))
            q := add(13261292711914677228211200339448637, shr(96, mul(z, q)))
            q := add(13346303452366836680460045594667502, shr(96, mul(z, q)))
            q := add(6175472922438315577839584644761044, shr(96, mul(z, q)))
            result := div(add(mul(density, p), shr(1, q)), q)
        }
    }
}
