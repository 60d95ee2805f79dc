// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice How a token counts as collateral.
/// @param underlying whose index is the price of one whole token, quote
/// @param haircutBps taken off the value that new risk and withdrawals may count on, at the low end of the price
/// @param maintenanceHaircutBps taken off the value in the liquidation test, at the high end; at most haircutBps
/// @param cap most token units that all accounts together may have deposited; 0 closes the token to deposits
struct CollateralConfig {
    uint16 underlying;
    uint16 haircutBps;
    uint16 maintenanceHaircutBps;
    uint128 cap;
}

/// @notice How fast a vault may be emptied.
/// @param windowSeconds time in which net outflow is forgotten
/// @param limitBps most net outflow, as a share of what the vault held
struct OutflowLimit {
    uint32 windowSeconds;
    uint16 limitBps;
}
