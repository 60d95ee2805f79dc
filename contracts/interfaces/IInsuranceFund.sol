// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

/// @notice Shares on their way out.
/// @param owner who asked, and gets the shares back where they were not claimed in time
/// @param claimableAt unix seconds; 0 means none
struct Exit {
    address owner;
    uint64 claimableAt;
    address receiver;
    uint256 shares;
}

/// @title The insurance fund: first payer of insolvent accounts
/// @notice An ERC-4626 vault whose money is the cash of a ledger account it owns, so a payment is a ledger entry and
/// cannot be blocked. Shares are worth their part of that cash, in token units rounded down; liquidation fees raise it, losses
/// lower it for everyone, those waiting to leave included.
/// Exits are queued: `requestExit` puts shares into the fund's custody, `claimExit` pays them at the price of the claim,
/// at the earliest `exitDelay` and at the latest `exitDelay + exitWindow` later, and not while the exit gate is closed or any account on
/// auction has a known deficit, however well the fund covers it: what is due bears that loss too. Were there no last day, a
/// due exit would be a way out kept open for the hour before a loss. `withdraw` and `redeem` are shut.
/// Rounding: against whoever enters or leaves. Virtual shares (1e6 per token unit) make a donation before the first
/// deposit cost its giver a million times what it can take from a depositor.
/// Trust: only the liquidation module can draw, and only up to a stated shortfall. Nobody administers the fund.
interface IInsuranceFund is IERC4626 {
    error NothingToPay();
    /// @notice Shares leave by `requestExit` and `claimExit` only.
    error ExitsAreQueued();
    error NoExit(uint256 id);
    /// @notice Nobody to pay, or nothing to pay for.
    error EmptyExit(address receiver, uint256 shares);
    error ExitLapsed(uint256 id, uint256 lapsesAt, uint256 blockTime);
    /// @notice There is still time to claim it.
    error ExitNotLapsed(uint256 id, uint256 lapsesAt, uint256 blockTime);
    /// @notice Accounts on auction lack this much, WAD: whoever leaves first bears it too.
    error LossPending(uint256 deficit);
    error ExitNotDue(uint256 id, uint64 claimableAt, uint256 blockTime);

    event Contributed(address indexed from, uint256 amount, uint64 seq, bytes24 runningHash);
    event Entered(
        address indexed from,
        address indexed receiver,
        uint256 assets,
        uint256 shares,
        uint64 seq,
        bytes24 runningHash
    );
    event ExitRequested(
        uint256 indexed id,
        address indexed owner,
        address indexed receiver,
        uint256 shares,
        uint64 claimableAt,
        uint64 seq,
        bytes24 runningHash
    );
    event ExitClaimed(
        uint256 indexed id,
        address indexed receiver,
        uint256 shares,
        uint256 assets,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice The shares of an exit that nobody claimed are its owner's again.
    event ExitReturned(
        uint256 indexed id, address indexed owner, uint256 shares, uint64 seq, bytes24 runningHash
    );
    event ShortfallPaid(
        uint64 indexed account, uint256 shortfall, uint256 paid, uint256 left, uint64 seq, bytes24 runningHash
    );

    /// @notice Adds token units from the caller, for no shares: a gift to those who have some.
    function contribute(uint256 amount) external;
    /// @notice Queues the caller's shares for `receiver`; there is no way back but to enter again.
    function requestExit(uint256 shares, address receiver) external returns (uint256 id);
    /// @notice Pays a due exit; anyone may call.
    function claimExit(uint256 id) external returns (uint256 assets);
    /// @notice Gives the shares of a lapsed exit back to who queued them; anyone may call.
    function returnExit(uint256 id) external;
    /// @notice Pays min(shortfall, balance) into `account`; WAD.
    function cover(uint64 account, uint256 shortfall) external returns (uint256 paid);
    /// @notice The ledger account that holds the fund.
    function fundAccount() external view returns (uint64);
    /// @notice Cash of the fund, WAD.
    function balance() external view returns (uint256);
    /// @notice Seconds between request and claim.
    function exitDelay() external view returns (uint64);
    /// @notice Seconds in which a due exit can be claimed.
    function exitWindow() external view returns (uint64);
    function exitOf(uint256 id) external view returns (Exit memory);
}
