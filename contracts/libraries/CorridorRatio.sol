// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {MarginModel} from "../interfaces/IRiskParameters.sol";
import {MarginRow} from "../types/Wire.sol";

/// @title The ratios by which the own requirement is multiplied
/// @notice A fresh attestation of this very portfolio gives both. Otherwise maintenance is the last attested ratio,
/// decaying linearly to 1 from its observation on and never below 1, and initial the stale multiplier, at least
/// maintenance. Either way both end inside [ratioFloorBps, ratioCapBps], and initial is at least maintenance.
library CorridorRatio {
    uint256 private constant ONE_BPS = 10_000;

    function attested(MarginRow memory row, MarginModel memory model)
        internal
        pure
        returns (uint16 initialBps, uint16 maintenanceBps)
    {
        return _inside(row.initialRatioBps, row.maintenanceRatioBps, model);
    }

    /// @param age seconds since the row was observed
    function stale(MarginRow memory row, uint256 age, MarginModel memory model)
        internal
        pure
        returns (uint16 initialBps, uint16 maintenanceBps)
    {
        uint256 excess = FixedPointMathLib.zeroFloorSub(row.maintenanceRatioBps, ONE_BPS);
        uint256 left = FixedPointMathLib.zeroFloorSub(model.attestationDecaySeconds, age);
        uint256 maintenance = ONE_BPS;
        if (left != 0) {
            maintenance += FixedPointMathLib.mulDivUp(excess, left, model.attestationDecaySeconds);
        }
        return _inside(model.staleInitialRatioBps, maintenance, model);
    }

    function _inside(uint256 initial, uint256 maintenance, MarginModel memory model)
        private
        pure
        returns (uint16, uint16)
    {
        initial = FixedPointMathLib.max(initial, maintenance);
        // uint16 bounds, so the results fit
        return (
            uint16(FixedPointMathLib.clamp(initial, model.ratioFloorBps, model.ratioCapBps)),
            uint16(FixedPointMathLib.clamp(maintenance, model.ratioFloorBps, model.ratioCapBps))
        );
    }
}
