// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Attestation} from "../types/Attestation.sol";

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
