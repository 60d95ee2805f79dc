// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TradeTerms} from "../types/Trading.sol";

/// @title Terms of trading
/// @notice Bounds are hard for every role; a value outside is refused, never clamped. Unset, no new open interest is allowed. All of it is part of `IRiskParameters.parametersDigest`.
interface ILedgerTerms {
    event TradeTermsSet(
        uint16 indexed underlying,
        uint128 depth,
        uint32 openInterestBps,
        uint16 perpetualFeeBps,
        uint16 optionFeeBps,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Restricted; for a listed underlying.
    function setTradeTerms(uint16 underlying, TradeTerms calldata terms) external;

    function tradeTerms(uint16 underlying) external view returns (TradeTerms memory);
    /// @notice The ledger account of the insurance fund, which receives the fees.
    function fundAccount() external view returns (uint64);
    /// @notice keccak256(abi.encode(trade terms of each underlying)).
    function settingsDigest() external view returns (bytes32);
}
