// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Attestation, RatioRules} from "../types/Attestation.sol";

/// @title An attestation in one slot
/// @notice portfolioNonce 64 | initialRatioBps 16 | maintenanceRatioBps 16 | risesFromBps 16 | risesAt 40 |
/// observedAt 40 | proofs 64, from the upper bits down. Times have 40 bits: until the year 36,812.
library PackedAttestation {
    function pack(Attestation memory value) internal pure returns (uint256) {
        return (uint256(value.portfolioNonce) << 192) | (uint256(value.initialRatioBps) << 176)
            | (uint256(value.maintenanceRatioBps) << 160) | (uint256(value.risesFromBps) << 144)
            | (uint256(uint40(value.risesAt)) << 104) | (uint256(uint40(value.observedAt)) << 64)
            | value.proofs;
    }

    /// @notice The word after a verdict that needs no more than a comparison: for the portfolio that was attested, while that is
    /// fresh and stands still, no higher in maintenance, inside the corridor. 0 for any other, which `CorridorRatio` judges.
    function renewed(
        uint256 word,
        uint64 portfolioNonce,
        uint16 initialRatioBps,
        uint16 maintenanceRatioBps,
        uint64 observedAt,
        RatioRules memory rules
    ) internal view returns (uint256) {
        unchecked {
            uint256 held = uint16(word >> 160);
            uint256 since = uint40(word >> 64);
            if (since == 0 || uint64(word >> 192) != portfolioNonce || since > observedAt) return 0;
            if (uint16(word >> 144) < held || maintenanceRatioBps > held) return 0;
            if (maintenanceRatioBps < rules.ratioFloorBps || initialRatioBps > rules.ratioCapBps) return 0;
            if (maintenanceRatioBps > initialRatioBps) return 0;
            if (block.timestamp - since > rules.attestationMaxAge) return 0;
        }
        return (uint256(portfolioNonce) << 192) | (uint256(initialRatioBps) << 176)
            | (uint256(maintenanceRatioBps) << 160) | (uint256(maintenanceRatioBps) << 144)
            | (uint256(uint40(observedAt)) << 64) | uint64(word);
    }

    function observedAtOf(uint256 word) internal pure returns (uint64) {
        return uint40(word >> 64);
    }

    function unpack(uint256 word) internal pure returns (Attestation memory value) {
        value.portfolioNonce = uint64(word >> 192);
        value.initialRatioBps = uint16(word >> 176);
        value.maintenanceRatioBps = uint16(word >> 160);
        value.risesFromBps = uint16(word >> 144);
        value.risesAt = uint40(word >> 104);
        value.observedAt = uint40(word >> 64);
        value.proofs = uint64(word);
    }
}
