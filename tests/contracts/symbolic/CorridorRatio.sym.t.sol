// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CorridorRatio} from "../../../contracts/libraries/CorridorRatio.sol";
import {Attestation, RatioRules} from "../../../contracts/types/Attestation.sol";

/// @notice Proved by halmos: whatever was attested and whenever, both ratios end inside the corridor, initial at least
/// maintenance. Of a ramp this has the jump before it and the rest behind it; what is on its slope is `Ramp.sym.t.sol`.
contract CorridorRatioSymbolic {
    uint64 private constant NOW = 1_700_000_060;

    function check_inForce_StaysInside(
        uint16 initial,
        uint16 maintenance,
        uint16 risesFrom,
        bool hasRisen,
        bool isSame,
        uint16 floor,
        uint16 cap
    ) external pure {
        if (!_isBounded(floor, cap, 10_001)) return;
        Attestation memory last =
            Attestation(1, initial, maintenance, risesFrom, hasRisen ? NOW - 1e8 : NOW + 1e8, NOW - 60, 0);
        (uint16 first, uint16 second, bool attested) =
            CorridorRatio.inForce(last, isSame, NOW, _rules(floor, cap, 10_001, 3600));
        assert(attested == isSame);
        assert(floor <= second && second <= first && first <= cap);
    }

    function check_stale_StaysInsideAndNeverBelowOne(
        uint16 maintenance,
        uint16 floor,
        uint16 cap,
        uint16 staleInitial,
        uint32 decay,
        uint32 age
    ) external pure {
        if (decay == 0 || !_isBounded(floor, cap, staleInitial)) return;
        (uint16 first, uint16 second) =
            CorridorRatio.stale(maintenance, age, _rules(floor, cap, staleInitial, decay));
        assert(10_000 <= second && second <= first && first <= cap);
        if (age >= decay) assert(second == 10_000);
    }

    /// @dev As `ParameterBounds` has them.
    function _isBounded(uint16 floor, uint16 cap, uint16 stale) private pure returns (bool) {
        bool around = floor >= 5000 && floor <= 10_000 && cap >= 10_001 && cap <= 50_000;
        return around && stale >= 10_001 && stale <= cap;
    }

    function _rules(uint16 floor, uint16 cap, uint16 stale, uint32 decay)
        private
        pure
        returns (RatioRules memory)
    {
        return RatioRules(floor, cap, stale, decay, 600, 900, 3600);
    }
}
