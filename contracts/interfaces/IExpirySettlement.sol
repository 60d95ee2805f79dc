// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId} from "../types/Instrument.sol";

/// @title Cash settlement of expired options, by anyone
/// @notice The settlement price is fixed by the price lane (time-weighted over the last 30 minutes). Payoff per
/// unit is max(P - K, 0) for a call, max(K - P, 0) for a put; credited rounded down, debited rounded up.
interface IExpirySettlement {
    error NotExpired(uint32 expiry, uint256 blockTime);
    error SettlementPriceNotFixed(uint16 underlying, uint32 expiry);

    event LegSettled(
        uint64 indexed account,
        uint104 indexed instrument,
        uint256 payoff,
        int256 cashChange,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Settles every expired leg of the given accounts whose price is fixed; accounts in liquidation included.
    function settle(uint64[] calldata accounts) external returns (uint256 legs);
    /// @notice Payoff per unit of an expired option, WAD; reverts if its price is not fixed.
    function payoffOf(InstrumentId instrument) external view returns (uint256);
}
