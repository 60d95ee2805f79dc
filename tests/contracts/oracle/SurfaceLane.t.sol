// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, LaneLimits} from "contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {SurfaceVolatility} from "contracts/libraries/SurfaceVolatility.sol";
import {SurfaceBounds} from "contracts/libraries/SurfaceBounds.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import "contracts/types/Wire.sol";

import {ParameterFixtures} from "../parameters/ParameterFixtures.sol";
import {LanesFixture} from "./LanesFixture.sol";

contract SurfaceLaneTest is LanesFixture {
    function test_aPublishedSurfaceIsReadBackWhole() public {
        SurfaceRow[] memory rows = _surfaces();
        _publish(rows);
        (SurfaceRow memory row, uint64 observedAt) = lanes.surface(2, FAR);
        assertEq(abi.encode(row), abi.encode(rows[1]), "row");
        assertEq(observedAt, MIDNIGHT, "observed");
    }

    function testFuzz_negativeAndExtremeFieldsSurvivePacking(int64 basis, int64 rho, int64 m) public {
        SurfaceRow[] memory rows = _one();
        rows[0].basis = int64(bound(basis, -0.1e12, 0.1e12));
        rows[0].rho = int64(bound(rho, -0.999e12, 0.999e12));
        rows[0].m = int64(bound(m, -0.02e12, 0.02e12));
        _publish(rows);
        (SurfaceRow memory row,) = lanes.surface(1, FAR);
        assertEq(abi.encode(row), abi.encode(rows[0]));
    }

    function test_anUnpublishedExpiryHasNoSurface() public {
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NoSurface.selector, 1, FAR));
        lanes.surface(1, FAR);
    }

    function test_rowsAscendByUnderlyingThenExpiry() public {
        SurfaceRow[] memory rows = _surfaces();
        (rows[0], rows[1]) = (rows[1], rows[0]);
        _expectRevert(rows, abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, 1));
        rows[0] = rows[1];
        _expectRevert(rows, abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, 1));
        (rows[0], rows[1]) = (_surfaceRow(1, FAR), _surfaceRow(1, NEAR));
        _expectRevert(rows, abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, 1));
    }

    function test_onlyListedUnderlyingsAndExpiries() public {
        SurfaceRow[] memory rows = _one();
        rows[0].underlying = 3;
        _expectRevert(rows, abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 3));
        rows[0].underlying = 0;
        _expectRevert(rows, abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 0));
        rows[0] = _surfaceRow(1, FAR + 1 days);
        _expectRevert(rows, abi.encodeWithSelector(IRiskParameters.UnlistedExpiry.selector, FAR + 1 days));
    }

    function test_noSurfaceForAnExpiredExpiry() public {
        vm.warp(FAR);
        _expectOutOfBounds(
            _one(), int256(uint256(FAR)), int256(uint256(FAR)) + 1, int256(uint256(type(uint32).max))
        );
    }

    function test_basisStaysWithinItsBandOnBothSides() public {
        SurfaceRow[] memory rows = _one();
        rows[0].basis = 0.1e12 + 1;
        _expectOutOfBounds(rows, 0.1e12 + 1, -0.1e12, 0.1e12);
        rows[0].basis = -0.1e12 - 1;
        _expectOutOfBounds(rows, -0.1e12 - 1, -0.1e12, 0.1e12);
        rows[0].basis = -0.1e12;
        _publish(rows);
    }

    function test_slopeIsNotNegative() public {
        SurfaceRow[] memory rows = _one();
        rows[0].b = -1;
        _expectOutOfBounds(rows, -1, 0, type(int64).max);
    }

    function test_correlationIsInsideOne() public {
        SurfaceRow[] memory rows = _one();
        rows[0].rho = 1e12;
        _expectOutOfBounds(rows, 1e12, -1e12 + 1, 1e12 - 1);
        rows[0].rho = -1e12;
        _expectOutOfBounds(rows, -1e12, -1e12 + 1, 1e12 - 1);
    }

    function test_curvatureIsPositive() public {
        SurfaceRow[] memory rows = _one();
        rows[0].sigma = 0;
        _expectOutOfBounds(rows, 0, 1, 10e12);
        rows[0].sigma = 10e12 + 1;
        _expectOutOfBounds(rows, 10e12 + 1, 1, 10e12);
    }

    function test_theCentreIsWithinReach() public {
        SurfaceRow[] memory rows = _one();
        rows[0].m = type(int64).min;
        _expectOutOfBounds(rows, type(int64).min, -10e12, 10e12);
    }

    function test_wingsGrowNoFasterThanLeesBound() public {
        SurfaceRow[] memory rows = _one();
        (rows[0].b, rows[0].rho, rows[0].sigma, rows[0].m, rows[0].a) = (1.6e12, -0.25e12, 1, 0, 0.03e12);
        _publish(rows); // 1.6 x 1.25 = 2
        rows[0].b += 1;
        _expectOutOfBounds(rows, 2e12 + 2, 0, 2e12);
    }

    function test_totalVarianceIsNowhereNegative() public {
        SurfaceRow[] memory rows = _one();
        // b sigma sqrt(1 - rho^2) = 0.1 x 0.2 x 0.8; away from the money at m = 0.5 the curve is high
        (rows[0].b, rows[0].rho, rows[0].sigma, rows[0].m) = (0.1e12, 0.6e12, 0.2e12, 0.5e12);
        rows[0].a = -0.016e12;
        _publish(rows);
        rows[0].a -= 1;
        _expectOutOfBounds(rows, -1e24, 0, type(int256).max);
    }

    function testFuzz_anAcceptedSurfaceIsPositiveEverywhere(uint256 seed, int64 k) public {
        SurfaceRow memory row = _surfaceRow(1, FAR);
        row.a = int64(int256(seed % 0.1e12)) - 0.05e12;
        row.b = int64(int256((seed >> 64) % 1e12));
        row.rho = int64(int256((seed >> 128) % 2e12)) - 1e12;
        row.m = int64(int256((seed >> 192) % 1e12)) - 0.5e12;
        row.sigma = int64(int256((seed >> 32) % 1e12)) + 1;
        try this.check(row, MIDNIGHT, ParameterFixtures.laneLimits()) {
            int256 distance = bound(k, -5e12, 5e12) - int256(row.m);
            int256 root = int256(_sqrt(uint256(distance * distance + int256(row.sigma) * row.sigma)));
            int256 w = row.a + (int256(row.b) * (row.rho * distance / 1e12 + root)) / 1e12;
            assertGe(w, -2, "up to two roundings of 1e-12");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ISignedLanes.SurfaceOutOfBounds.selector, "no other failure");
        }
    }

    function test_atTheMoneyVolatilityIsWithinItsLimits() public {
        // flat: w(0) = a; 30 days and 8 hours at 60%
        int256 seconds_ = int256(uint256(FAR)) - int256(uint256(MIDNIGHT));
        SurfaceRow[] memory rows = _one();
        (rows[0].b, rows[0].a) = (0, int64(0.36e12 * seconds_ / 365 days) + 1);
        assertEq(this.volatilityBps(rows[0], MIDNIGHT), 6_000, "60%");
        LaneLimits memory limits = ParameterFixtures.laneLimits();
        (limits.minVolatilityBps, limits.maxVolatilityBps) = (6_001, 7_000);
        parameters.setLaneLimits(limits);
        _expectOutOfBounds(rows, 6_000, 6_001, 7_000);
        (limits.minVolatilityBps, limits.maxVolatilityBps) = (500, 5_999);
        parameters.setLaneLimits(limits);
        _expectOutOfBounds(rows, 6_000, 500, 5_999);
        (limits.minVolatilityBps, limits.maxVolatilityBps) = (6_000, 6_000);
        parameters.setLaneLimits(limits);
        _publish(rows);
    }

    function test_zeroVarianceIsZeroVolatility() public {
        SurfaceRow[] memory rows = _one();
        (rows[0].a, rows[0].b) = (0, 0);
        _expectOutOfBounds(rows, 0, 500, 50_000);
    }

    function test_oneBadRowVoidsTheWholeRound() public {
        SurfaceRow[] memory rows = _surfaces();
        rows[1].sigma = 0;
        Header memory header = _header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectPartialRevert(ISignedLanes.SurfaceOutOfBounds.selector);
        lanes.publishSurfaces(header, packed, quorum);
        assertEq(lanes.lastSequence(LANE_SURFACES), 0, "nothing happened");
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NoSurface.selector, 1, FAR));
        lanes.surface(1, FAR);
    }

    // ---- helpers ----

    function check(SurfaceRow calldata row, uint64 observedAt, LaneLimits calldata limits) external pure {
        SurfaceBounds.check(row, observedAt, limits);
    }

    function volatilityBps(SurfaceRow calldata row, uint64 observedAt) external pure returns (uint256) {
        return SurfaceVolatility.ofRow(row, observedAt)[0];
    }

    function _one() private pure returns (SurfaceRow[] memory rows) {
        rows = new SurfaceRow[](1);
        rows[0] = _surfaceRow(1, FAR);
    }

    function _expectOutOfBounds(SurfaceRow[] memory rows, int256 value, int256 least, int256 most) private {
        _expectRevert(
            rows,
            abi.encodeWithSelector(
                ISignedLanes.SurfaceOutOfBounds.selector,
                rows[0].underlying,
                rows[0].expiry,
                value,
                least,
                most
            )
        );
    }

    function _expectRevert(SurfaceRow[] memory rows, bytes memory reason) private {
        Header memory header = _header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectRevert(reason);
        lanes.publishSurfaces(header, packed, quorum);
    }

    /// @dev Newton's method, apart from the library's.
    function _sqrt(uint256 x) private pure returns (uint256 root) {
        if (x == 0) return 0;
        root = x;
        for (uint256 next = (x + 1) / 2; next < root; next = (root + x / root) / 2) {
            root = next;
        }
    }
}
