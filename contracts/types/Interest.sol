// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Yearly interest on negative cash, kinked in utilisation u = debt / positive cash, at most 1:
///   rate = base + slope x min(u, kink) / kink + steepSlope x max(u - kink, 0) / (1 - kink) + premium.
/// @param baseMicros, slopeMicros, steepSlopeMicros per year, in 1e-6
/// @param kinkBps utilisation from which the steep slope counts
/// @param reserveBps share of the interest that goes to the insurance fund
/// @param mostPremium WAD per year, the most that the state lane may set the premium to
struct InterestModel {
    uint32 baseMicros;
    uint32 slopeMicros;
    uint32 steepSlopeMicros;
    uint16 kinkBps;
    uint16 reserveBps;
    uint64 mostPremium;
}

/// @notice Interest up to some time.
/// @param supplyFactor product of all shared losses and all interest paid on positive cash, see CashLedger
/// @param debtIndex 1e27 at the start, grows with the interest on negative cash
/// @param totalPositive at least the sum of all positive cash
/// @param totalDebt at most the sum of all negative cash, positive
/// @param reserve interest kept for the insurance fund
struct Accrual {
    uint128 supplyFactor;
    uint64 generation;
    uint64 accruedAt;
    uint128 debtIndex;
    uint128 reserve;
    uint256 totalPositive;
    uint256 totalDebt;
}
