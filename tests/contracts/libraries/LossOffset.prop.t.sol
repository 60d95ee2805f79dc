// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {CallList} from "../../../contracts/libraries/CallList.sol";
import {LossOffset} from "../../../contracts/libraries/LossOffset.sol";
import {UnderlyingBook} from "../../../contracts/types/Book.sol";

/// @notice Losses of two or three underlyings with a correlation of spot moves between each two.
contract LossOffsetPropTest is Test {
    uint256 private constant MOST = 1e30;

    /// @dev Two underlyings of 10% and 20%, the volatility factors apart.
    function _covariance(int256 correlation) private pure returns (int256[] memory matrix) {
        matrix = new int256[](16);
        (matrix[0], matrix[10], matrix[5], matrix[15]) = (0.01e18, 0.04e18, 0.01e18, 0.01e18);
        matrix[2] = matrix[8] = correlation * 0.02e18 / 1e18;
    }

    function _two(int256 a, int256 b, uint256 lossA, uint256 lossB, int256 correlation, uint16 share)
        private
        pure
        returns (uint256)
    {
        LossOffset.Part[] memory parts = new LossOffset.Part[](2);
        parts[0] = LossOffset.Part(1, a < 0, share, lossA);
        parts[1] = LossOffset.Part(2, b < 0, share, lossB);
        return LossOffset.combined(parts, _covariance(correlation));
    }

    /// @dev 3 and 4 without correlation are 5; the offset of 2 is capped at 20% of 7.
    function test_combined_InRoundNumbers() public pure {
        assertEq(_two(1, 1, 3e18, 4e18, 0, 3000), 5e18);
        assertEq(_two(1, 1, 3e18, 4e18, 0, 2000), 5.6e18);
        assertEq(_two(1, 1, 3e18, 4e18, 1e18, 3000), 7e18, "what moves together adds up");
        assertEq(_two(1, -1, 3e18, 4e18, 1e18, 3000), 5e18, "a hedge counts as independent, not as a gain");
        assertEq(_two(1, 1, 3e18, 4e18, 0, 0), 7e18);
    }

    function test_combined_OneUnderlyingOffsetsNothing() public pure {
        assertEq(_two(1, 1, 3e18, 0, 0, 3000), 3e18);
    }

    function test_partOf_OptionsAreNotOffset() public pure {
        UnderlyingBook[] memory books = new UnderlyingBook[](2);
        LossOffset.Part[] memory parts = new LossOffset.Part[](2);
        for (uint256 i; i < 2; ++i) {
            (books[i].underlying, books[i].linear) = (uint16(i + 1), -1);
            books[i].calls = CallList.create(1);
            books[i].terms.offsetBps = 3000;
            parts[i] = LossOffset.partOf(books[i]);
        }
        assertTrue(LossOffset.applies(parts));
        assertTrue(parts[0].side);
        CallList.append(books[1].calls, 1e18, 1e18, 1e18, 0, 0.1e18, 1e18);
        parts[1] = LossOffset.partOf(books[1]);
        assertFalse(LossOffset.applies(parts));
        (parts[0].loss, parts[1].loss) = (3e18, 4e18);
        assertEq(LossOffset.combined(parts, _covariance(0)), 7e18);
    }

    function testFuzz_combined_IsMonotone(
        uint256 lossA,
        uint256 lossB,
        uint256 more,
        int256 correlation,
        uint16 share,
        bool same
    ) public pure {
        (lossA, lossB, more) = (bound(lossA, 0, MOST), bound(lossB, 0, MOST), bound(more, 0, MOST));
        correlation = bound(correlation, -1e18, 1e18);
        share = uint16(bound(share, 0, 3000));
        int256 side = same ? int256(1) : int256(-1);
        uint256 less = _two(1, side, lossA, lossB, correlation, share);
        assertLe(less, _two(1, side, lossA + more, lossB, correlation, share) + 2);
        assertLe(less, _two(1, side, lossA, lossB + more, correlation, share) + 2);
        assertLe(less, lossA + lossB);
        assertGe(less, (lossA + lossB) * 7 / 10);
    }

    /// @dev At each point (z_1, z_2) of the ellipse z' R^-1 z = 1: both lose no more together than is asked. The point is
    /// (x, r x + sqrt(1 - r^2) y) with (x, y) = ((1 - t^2), 2 t) / (1 + t^2) on the circle.
    function testFuzz_combined_CoversTheEllipsoid(
        uint256 lossA,
        uint256 lossB,
        int256 correlation,
        int256 t,
        bool same
    ) public pure {
        (lossA, lossB) = (bound(lossA, 1e18, MOST), bound(lossB, 1e18, MOST));
        correlation = bound(correlation, -1e18, 1e18);
        t = bound(t, -1e20, 1e20);
        int256 circle = 1e18 + t * t / 1e18;
        (int256 x, int256 y) = ((1e18 - t * t / 1e18) * 1e18 / circle, 2 * t * 1e18 / circle);
        int256 rest = int256(FixedPointMathLib.sqrt(uint256(1e36 - correlation * correlation)));
        int256 z = (correlation * x + rest * y) / 1e18;
        if (!same) z = -z;
        int256 lost = (int256(lossA) * x + int256(lossB) * z) / 1e18;
        uint256 asked = _two(1, same ? int256(1) : int256(-1), lossA, lossB, correlation, 3000);
        assertLe(lost, int256(asked + asked / 1e15 + 10));
    }

    /// @dev Far above any account nothing is offset and nothing overflows.
    function testFuzz_combined_NeverReverts(uint256 lossA, uint256 lossB, int256 correlation) public pure {
        (lossA, lossB) = (bound(lossA, 0, 2 ** 200), bound(lossB, 0, 2 ** 200));
        correlation = bound(correlation, -1e18, 1e18);
        uint256 asked = _two(1, 1, lossA, lossB, correlation, 3000);
        if (lossA > 2 ** 120 && lossB > 2 ** 120) assertEq(asked, lossA + lossB);
    }
}
