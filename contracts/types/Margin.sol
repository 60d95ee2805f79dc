// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What may be done now. NORMAL: everything. REDUCE_ONLY: deposits, risk-reducing trades,
/// liquidation, settlement. HALTED: deposits only.
enum Mode {
    NORMAL,
    REDUCE_ONLY,
    HALTED
}

/// @notice An underlying's price interval, WAD.
struct PriceInterval {
    uint256 low;
    uint256 price;
    uint256 high;
    uint64 observedAt;
}

/// @notice A live margin computation. Money is WAD quote.
/// @param equityLow cash, collateral and marks, each underlying at the worse end of its price interval
/// @param equityHigh the same at the better end
/// @param creditedEquity equityLow with each underlying also at its slow credit price, where that is worse: what withdrawals and
/// new risk are judged by
/// @param deltaGammaVega tail loss of the delta-gamma-vega approximation, joint over underlyings
/// @param scenarioLoss worst loss of the fully repriced grid, per underlying, summed, less a capped offset (`LossOffset`)
/// @param charges short-option charge, added outside the maximum
/// @param ownRequirement max(deltaGammaVega, scenarioLoss) + charges, at least a share of gross notional; for an account
/// of bought options alone at most their value at the signed price
/// @param initialRequirement initialRatioBps x own, rounded up
/// @param maintenanceRequirement maintenanceRatioBps x own, rounded up
/// @param attested whether the ratios come from a fresh attestation of this very portfolio
struct MarginState {
    int256 equityLow;
    int256 equityHigh;
    int256 creditedEquity;
    uint256 deltaGammaVega;
    uint256 scenarioLoss;
    uint256 charges;
    uint256 ownRequirement;
    uint256 initialRequirement;
    uint256 maintenanceRequirement;
    uint16 initialRatioBps;
    uint16 maintenanceRatioBps;
    bool attested;
}

/// @notice Names a lower bound of the own requirement: the delta-gamma-vega figure, or one grid point for
/// each underlying (8 bits each: underlying u reads bits 8(u-1)..8u-1).
struct Witness {
    bool isScenario;
    uint248 points;
}
