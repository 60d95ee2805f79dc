// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {CorridorRatio} from "../../../contracts/libraries/CorridorRatio.sol";
import {Attestation, RatioRules} from "../../../contracts/types/Attestation.sol";

contract CorridorRatioPropTest is Test {
    uint64 private constant START = 1_700_000_000;
    uint24 private constant GRACE = 900;
    uint24 private constant RISE = 3_600;

    function _rules() private pure returns (RatioRules memory) {
        return RatioRules(8_000, 20_000, 15_000, 3_600, 7_200, GRACE, RISE);
    }

    function _settled(uint16 initialBps, uint16 maintenanceBps) private pure returns (Attestation memory) {
        return Attestation(7, initialBps, maintenanceBps, maintenanceBps, 0, START, 0);
    }

    function _verdict(uint16 maintenanceBps, uint64 time) private pure returns (Attestation memory verdict) {
        (verdict.portfolioNonce, verdict.initialRatioBps) = (7, 20_000);
        (verdict.maintenanceRatioBps, verdict.observedAt) = (maintenanceBps, time);
    }

    function _succeed(Attestation memory last, uint16 maintenanceBps, uint64 time)
        private
        pure
        returns (Attestation memory)
    {
        return CorridorRatio.succeed(last, _verdict(maintenanceBps, time), true, time, _rules());
    }

    function _maintenance(Attestation memory last, uint64 time) private pure returns (uint16 bps) {
        (, bps,) = CorridorRatio.inForce(last, true, time, _rules());
    }

    // ---- without a fresh attestation ----

    function test_stale_DecaysLinearlyToOne() public pure {
        uint16[5] memory ages = [uint16(0), 900, 1_800, 3_600, 7_200];
        uint16[5] memory wanted = [uint16(14_000), 13_000, 12_000, 10_000, 10_000];
        for (uint256 i; i < 5; ++i) {
            (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(14_000, ages[i], _rules());
            assertEq(maintenanceBps, wanted[i]);
            assertEq(initialBps, 15_000);
        }
    }

    function test_stale_NeverBelowOne() public pure {
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(8_000, 0, _rules());
        assertEq(maintenanceBps, 10_000);
        assertEq(initialBps, 15_000);
    }

    function test_stale_InitialFollowsAHigherMaintenance() public pure {
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(19_000, 0, _rules());
        assertEq(maintenanceBps, 19_000);
        assertEq(initialBps, 19_000);
    }

    function testFuzz_stale_SurvivesAnUnsetModel(uint16 ratioBps, uint64 age) public pure {
        RatioRules memory unset;
        (uint16 initialBps, uint16 maintenanceBps) = CorridorRatio.stale(ratioBps, age, unset);
        assertEq(initialBps, 0);
        assertEq(maintenanceBps, 0);
    }

    // ---- rises and falls ----

    function test_aRiseWaitsOutItsGraceAndThenTakesItsTime() public pure {
        Attestation memory last = _succeed(_settled(20_000, 10_000), 15_000, START + 60);
        assertEq(_maintenance(last, START + 60 + GRACE), 10_000, "grace");
        assertEq(_maintenance(last, START + 60 + GRACE + RISE / 4), 12_500, "a quarter of the hour");
        assertEq(_maintenance(last, START + 60 + GRACE + RISE / 2), 15_000, "there");
        assertEq(_maintenance(last, START + 60 + GRACE + RISE), 15_000, "and no further");
    }

    function test_aFallActsAtOnceAndEndsARise() public pure {
        Attestation memory last = _succeed(_settled(20_000, 12_000), 16_000, START + 60);
        last = _succeed(last, 9_000, START + 120);
        assertEq(_maintenance(last, START + 120), 9_000);
        last = _succeed(last, 16_000, START + 180);
        assertEq(_maintenance(last, START + 180 + GRACE), 9_000, "a new grace");
    }

    function test_theFirstVerdictRisesFromOne() public pure {
        Attestation memory none;
        Attestation memory last = CorridorRatio.succeed(none, _verdict(14_000, START), false, START, _rules());
        assertEq(_maintenance(last, START), 10_000);
        assertEq(_maintenance(last, START + GRACE + RISE), 14_000);
    }

    /// @dev Renewing a verdict, or raising it further, neither restarts the grace nor hurries the rise.
    function test_renewalsKeepTheLine() public pure {
        Attestation memory last = _succeed(_settled(20_000, 10_000), 15_000, START);
        for (uint64 time = START + 60; time <= START + GRACE + 900; time += 60) {
            last = _succeed(last, time % 120 == 0 ? 15_000 : 15_001, time);
        }
        assertEq(_maintenance(last, START + GRACE + 900), 12_500);
    }

    /// @dev A trade voids the portfolio, not the grace that has passed: nobody stays at 1 by trading.
    function test_anotherPortfolioKeepsWhatIsLeftOfTheGrace() public pure {
        Attestation memory last = _succeed(_settled(20_000, 8_000), 16_000, START);
        uint64 time = START + GRACE - 60;
        last = CorridorRatio.succeed(last, _verdict(16_000, time), false, time, _rules());
        assertEq(_maintenance(last, START + GRACE), 10_000, "the fallback of the former portfolio");
        assertEq(_maintenance(last, START + GRACE + 360), 11_000);
    }

    function test_aRisingRatioDecaysToOneInSilenceAsWell() public pure {
        Attestation memory last = _succeed(_settled(20_000, 10_000), 20_000, START);
        (, uint16 maintenanceBps, bool attested) = CorridorRatio.inForce(last, false, START + 1_800, _rules());
        assertFalse(attested);
        // risen by 900 / 3,600, of which half the decay's time is left
        assertEq(maintenanceBps, 11_250);
    }

    /// @dev Whatever is attested whenever: never outside the corridor, never above the verdict unless by the fallback, and
    /// never risen by more than the time allows.
    function testFuzz_anySequenceRisesNoFasterThanTheRamp(uint256 seed) public pure {
        Attestation memory last = _settled(20_000, 10_000);
        uint64 time = START;
        uint16 before = 10_000;
        for (uint256 i; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint64 step = uint64(seed % 600);
            uint16 reached = _maintenance(last, time + step);
            assertLe(reached, before + (10_000 * uint256(step)) / RISE + 1, "between verdicts");
            time += step;
            uint16 target = uint16(8_000 + (seed >> 64) % 12_001);
            last = _succeed(last, target, time);
            uint16 current = _maintenance(last, time);
            assertLe(current, reached, "a verdict never raises at once");
            if (target <= reached) assertEq(current, target, "a fall acts at once");
            assertTrue(current >= 8_000 && current <= 20_000, "corridor");
            before = current;
        }
    }

    /// @dev Whatever was attested, and however old it is, both ends stay in the corridor and in order.
    function testFuzz_ratios_StayInCorridor(Attestation memory last, bool isSame, uint40 age) public pure {
        last.observedAt = START;
        last.risesAt = uint64(bound(last.risesAt, 0, type(uint40).max));
        (uint16 initial, uint16 maintenance, bool attested) =
            CorridorRatio.inForce(last, isSame, START + uint256(age), _rules());
        assertEq(attested, isSame && age <= 7_200);
        assertGe(maintenance, attested ? 8_000 : 10_000);
        assertLe(maintenance, initial);
        assertLe(initial, 20_000);
    }
}
