// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The insurance fund: first payer of insolvent accounts
/// @notice Its money is the cash of a ledger account it owns, so a payment is a ledger entry and cannot be blocked.
/// Trust: only the liquidation module can draw, and only up to a stated shortfall.
interface IInsuranceFund {
    error NothingToPay();

    event Contributed(address indexed from, uint256 amount, uint64 seq, bytes24 runningHash);
    event ShortfallPaid(
        uint64 indexed account, uint256 shortfall, uint256 paid, uint256 left, uint64 seq, bytes24 runningHash
    );

    /// @notice Adds token units from the caller.
    function contribute(uint256 amount) external;
    /// @notice Pays min(shortfall, balance) into `account`; WAD.
    function cover(uint64 account, uint256 shortfall) external returns (uint256 paid);
    /// @notice The ledger account that holds the fund.
    function fundAccount() external view returns (uint64);
    function balance() external view returns (uint256);
}
