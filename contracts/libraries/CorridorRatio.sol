// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {LaneLimits, MarginModel} from "../interfaces/IRiskParameters.sol";
import {Attestation, RatioRules} from "../types/Attestation.sol";
import {Ramp} from "./Ramp.sol";

/// @title The ratios by which the own requirement is multiplied
/// @notice A fresh attestation of this very portfolio gives both; of its maintenance ratio a rise comes into force on a
/// ramp (see `Ramp`), a fall at once. Otherwise maintenance is the last ratio in force, decaying linearly to 1 from its
/// observation on and never below 1, and initial the stale multiplier. Either way both end inside
/// [ratioFloorBps, ratioCapBps], and initial is at least maintenance.
library CorridorRatio {
    uint256 private constant ONE_BPS = 10_000;

    function rulesOf(MarginModel memory model, LaneLimits memory limits)
        internal
        pure
        returns (RatioRules memory)
    {
        return RatioRules({
            ratioFloorBps: model.ratioFloorBps,
            ratioCapBps: model.ratioCapBps,
            staleInitialRatioBps: model.staleInitialRatioBps,
            attestationDecaySeconds: model.attestationDecaySeconds,
            attestationMaxAge: limits.attestationMaxAge,
            riseGraceSeconds: limits.riseGraceSeconds,
            riseSeconds: limits.riseSeconds
        });
    }

    /// @param isSamePortfolio whether the account still holds the portfolio that was attested
    function inForce(Attestation memory last, bool isSamePortfolio, uint256 time, RatioRules memory rules)
        internal
        pure
        returns (uint16 initialBps, uint16 maintenanceBps, bool attested)
    {
        uint256 maintenance = onPath(last, time, rules);
        uint256 age = time - last.observedAt;
        attested = isSamePortfolio && last.observedAt != 0 && age <= rules.attestationMaxAge;
        (initialBps, maintenanceBps) =
            attested ? _inside(last.initialRatioBps, maintenance, rules) : stale(maintenance, age, rules);
    }

    /// @param maintenanceBps the last ratio on its path, 0 if none
    /// @param age seconds since it was observed
    function stale(uint256 maintenanceBps, uint256 age, RatioRules memory rules)
        internal
        pure
        returns (uint16 initialBps, uint16)
    {
        uint256 excess = FixedPointMathLib.zeroFloorSub(maintenanceBps, ONE_BPS);
        uint256 left = FixedPointMathLib.zeroFloorSub(rules.attestationDecaySeconds, age);
        uint256 maintenance = ONE_BPS;
        if (left != 0) {
            maintenance += FixedPointMathLib.mulDivUp(excess, left, rules.attestationDecaySeconds);
        }
        return _inside(rules.staleInitialRatioBps, maintenance, rules);
    }

    /// @notice The attested maintenance ratio as far as it has risen by now.
    function onPath(Attestation memory last, uint256 time, RatioRules memory rules)
        internal
        pure
        returns (uint256)
    {
        return Ramp.valueAt(_path(last), time, ONE_BPS, rules.riseSeconds);
    }

    /// @notice The attestation with a new verdict, observed at `observedAt` and accepted at `time`.
    /// @param isSamePortfolio whether `last` was of the portfolio that the new verdict is for
    function succeed(
        Attestation memory last,
        Attestation memory verdict,
        bool isSamePortfolio,
        uint256 time,
        RatioRules memory rules
    ) internal pure returns (Attestation memory) {
        (, uint16 current,) = inForce(last, isSamePortfolio, time, rules);
        Ramp.Path memory path = Ramp.toward(
            _path(last),
            current,
            onPath(last, time, rules),
            verdict.maintenanceRatioBps,
            time,
            rules.riseGraceSeconds
        );
        (verdict.risesFromBps, verdict.risesAt) = (uint16(path.from), uint64(path.startsAt));
        return verdict;
    }

    function _path(Attestation memory last) private pure returns (Ramp.Path memory) {
        return Ramp.Path(last.risesFromBps, last.maintenanceRatioBps, last.risesAt);
    }

    function _inside(uint256 initial, uint256 maintenance, RatioRules memory rules)
        private
        pure
        returns (uint16, uint16)
    {
        initial = FixedPointMathLib.max(initial, maintenance);
        // uint16 bounds, so the results fit
        return (
            uint16(FixedPointMathLib.clamp(initial, rules.ratioFloorBps, rules.ratioCapBps)),
            uint16(FixedPointMathLib.clamp(maintenance, rules.ratioFloorBps, rules.ratioCapBps))
        );
    }
}
