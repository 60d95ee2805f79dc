// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What is kept of the quorum's last verdict on an account. All zero before the first.
/// @param portfolioNonce the portfolio it was computed for
/// @param initialRatioBps, maintenanceRatioBps as attested
/// @param risesFromBps maintenance in force when a rise to `maintenanceRatioBps` was attested; equal to it otherwise
/// @param risesAt unix seconds at which that rise begins
/// @param observedAt unix seconds of the round's oldest source
/// @param proofs how many verdicts on the account were taken up by a proof
struct Attestation {
    uint64 portfolioNonce;
    uint16 initialRatioBps;
    uint16 maintenanceRatioBps;
    uint16 risesFromBps;
    uint64 risesAt;
    uint64 observedAt;
    uint64 proofs;
}

/// @notice The parameters that turn an attestation into the ratios in force; see `MarginModel` and `LaneLimits`.
struct RatioRules {
    uint16 ratioFloorBps;
    uint16 ratioCapBps;
    uint16 staleInitialRatioBps;
    uint32 attestationDecaySeconds;
    uint32 attestationMaxAge;
    uint24 riseGraceSeconds;
    uint24 riseSeconds;
}
