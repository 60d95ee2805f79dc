// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {SurfaceVolatility} from "contracts/libraries/SurfaceVolatility.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";

/// @notice How fast and how far a full quorum can move volatility: half at once, twice an hour, five-fold of a day's average.
contract SurfaceMotionTest is LanesFixture {
    uint256 private constant START_BPS = 6_000;
    uint256 private constant SCALE = 1e4;

    function setUp() public override {
        super.setUp();
        _publish(_flat(START_BPS));
    }

    // ---- against the last accepted surface ----

    function test_aStepOfHalfPassesAtOnceEitherWay() public {
        uint256 snapshot = vm.snapshotState();
        _publish(_flat(9_000));
        vm.revertToState(snapshot);
        _publish(_flat(4_000));
    }

    function test_aLargerStepIsRefusedWithTheDecidingValues() public {
        _expectMoved(_flat(9_010), 0, 9_010, 4_000, 9_000);
        _expectMoved(_flat(3_990), 0, 3_990, 4_000, 9_000);
    }

    function test_timeWidensTheStep() public {
        vm.warp(MIDNIGHT + 30 minutes); // 1 + 50% + 200% / 2 = 2.5
        _expectMoved(_flat(15_010), 0, 15_010, 2_400, 15_000);
        _publish(_flat(14_990));
    }

    function test_eachWingIsBoundedAsWell() public {
        SurfaceRow[] memory rows = _smile(0);
        vm.warp(MIDNIGHT + 30 minutes);
        _publish(rows);
        uint256[3] memory before = SurfaceVolatility.ofRow(rows[0], MIDNIGHT + 30 minutes);
        vm.warp(MIDNIGHT + 30 minutes + 1);
        SurfaceRow[] memory tilted = _smile(0.9e12);
        uint256[3] memory tilt = SurfaceVolatility.ofRow(tilted[0], MIDNIGHT + 30 minutes + 1);
        assertApproxEqRel(tilt[0], before[0], 0.01e18, "the same at the money");
        assertGt(tilt[2] * 10, before[2] * 11, "a higher right wing");
        assertLt(tilt[1] * 15, before[1] * 10, "a left wing too low");
        _expectPartial(tilted, ISignedLanes.VolatilityMovedTooFar.selector);
    }

    function test_eachExpiryMovesByItself() public {
        SurfaceRow[] memory rows = new SurfaceRow[](1);
        rows[0] = _flat(40_000)[0];
        rows[0].underlying = 2; // never published: only the fixed limits hold
        _publish(rows);
        assertEq(lanes.volatilityReference(2, FAR), _volatility(rows[0]) * SCALE);
        assertEq(lanes.volatilityReference(1, FAR), _volatility(_flat(START_BPS)[0]) * SCALE);
    }

    function test_backwardsObservationsAreRefused() public {
        vm.warp(MIDNIGHT + 60);
        _publish(_flat(START_BPS));
        Header memory header = _header(LANE_SURFACES);
        header.observedAt = MIDNIGHT + 59;
        bytes memory packed = RoundRows.pack(_flat(START_BPS));
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.ObservedBackwards.selector, MIDNIGHT + 59, MIDNIGHT + 60)
        );
        lanes.publishSurfaces(header, packed, quorum);
    }

    // ---- around the reference ----

    function test_stepsInOneBlockEndAtTheReferencesBand() public {
        uint256 volatility = START_BPS;
        for (uint256 step; step < 3; ++step) {
            volatility = volatility * 3 / 2 - 10;
            _publish(_flat(volatility));
        }
        // 20,202; a half more is 30,303: five times the first volatility is 30,000
        _expectReverting(
            _flat(30_250),
            abi.encodeWithSelector(
                ISignedLanes.VolatilityFarFromReference.selector, 1, FAR, 30_250, 1_200, 30_000
            )
        );
        _publish(_flat(29_990));
        assertEq(lanes.volatilityReference(1, FAR), START_BPS * SCALE, "no time, no weight");
    }

    function test_theReferenceFollowsWhatWasHeld() public {
        _publish(_flat(9_000));
        vm.warp(MIDNIGHT + 1 days);
        _publish(_flat(4_500));
        // a day of 9,000 and a day's weight of 6,000; 4,500 has not been held yet
        assertEq(lanes.volatilityReference(1, FAR), 7_500 * SCALE);
        vm.warp(MIDNIGHT + 2 days);
        _publish(_flat(4_500));
        assertEq(lanes.volatilityReference(1, FAR), 6_000 * SCALE);
    }

    /// @dev A hostile quorum publishes as high as it is let, every few minutes for an hour.
    function testFuzz_anHourOfPushingStaysWithinTheFormula(uint256 seed) public {
        uint256 volatility = START_BPS;
        uint64 start = MIDNIGHT;
        for (uint64 time = start + 1; time <= start + 1 hours; time += 1 + uint64(seed % 600)) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(time);
            uint256 wanted = volatility * (10_000 + (seed >> 128) % 40_000) / 10_000;
            try this.tryPublish(wanted) {
                volatility = wanted;
            } catch {
                continue;
            }
        }
        // the reference moves toward what was held by at most t / (t + a day) of the band
        uint256 most = START_BPS * 5 * (1 days + 5 * 1 hours) / (1 days + 1 hours);
        assertLe(volatility, most + 2);
    }

    function tryPublish(uint256 volatility) external {
        _publish(_flat(volatility));
    }

    // ---- helpers ----

    /// @dev One volatility everywhere, exact to the basis point at this block's time.
    function _flat(uint256 bps) private view returns (SurfaceRow[] memory rows) {
        rows = new SurfaceRow[](1);
        uint256 left = FAR - vm.getBlockTimestamp();
        rows[0] = SurfaceRow(1, FAR, 0, int64(int256(bps * bps * left * 1e4 / 365 days + 1)), 0, 0, 0, 0.2e12);
    }

    /// @dev Half of the variance at the money in a, half in the smile.
    function _smile(int64 rho) private view returns (SurfaceRow[] memory rows) {
        rows = _flat(START_BPS);
        int64 half = rows[0].a / 2;
        (rows[0].a, rows[0].b, rows[0].sigma, rows[0].rho) = (half, half * 20, 0.05e12, rho);
    }

    function _volatility(SurfaceRow memory row) private pure returns (uint256) {
        return SurfaceVolatility.ofRow(row, MIDNIGHT)[0];
    }

    function _expectMoved(SurfaceRow[] memory rows, uint256 point, uint256 value, uint256 least, uint256 most)
        private
    {
        _expectReverting(
            rows,
            abi.encodeWithSelector(
                ISignedLanes.VolatilityMovedTooFar.selector, 1, FAR, point, value, least, most
            )
        );
    }

    function _expectPartial(SurfaceRow[] memory rows, bytes4 selector) private {
        (Header memory header, bytes memory packed, QuorumSignature memory quorum) = _signed(rows);
        vm.expectPartialRevert(selector);
        lanes.publishSurfaces(header, packed, quorum);
    }

    function _expectReverting(SurfaceRow[] memory rows, bytes memory reason) private {
        (Header memory header, bytes memory packed, QuorumSignature memory quorum) = _signed(rows);
        vm.expectRevert(reason);
        lanes.publishSurfaces(header, packed, quorum);
    }

    function _signed(SurfaceRow[] memory rows)
        private
        view
        returns (Header memory header, bytes memory packed, QuorumSignature memory quorum)
    {
        header = _header(LANE_SURFACES);
        packed = RoundRows.pack(rows);
        quorum = _sign(header, packed, 3);
    }
}
