// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {OutflowLimit} from "../types/Collateral.sol";

/// @title Payouts: withdrawn money waits here until its recipient pulls it, and leaves the vaults at a bounded rate
/// @notice A vault sends tokens here and credits a recipient. A token that blacklists the recipient, or a recipient that
/// reverts, holds up that recipient's claim and nobody else's.
/// Trust: none. Anyone may credit anyone with tokens that have arrived and are owed to nobody yet.
/// Rate: for each vault (the caller) and token, outflow less inflow is counted and forgotten linearly over a window;
/// it may not exceed `limitBps` of what the vault held. Inflow beyond outflow counts for at most one limit. Over
/// any time t a vault loses at most limit x (2 + t / window), net of what it received.
interface IPayouts {
    error ZeroRecipient();
    error NothingToClaim(address token, address recipient);
    /// @notice Fewer tokens are held than owed: the token took a fee, shrank, or was never sent.
    error TokenShort(address token, uint256 held, uint256 owed);
    error OutflowAboveLimit(address vault, address token, int256 netOutflow, uint256 limit);

    event ClaimCredited(
        address indexed recipient,
        address indexed token,
        address indexed vault,
        uint256 amount,
        uint256 claimAfter,
        uint64 seq,
        bytes24 runningHash
    );
    event ClaimPaid(
        address indexed recipient,
        address indexed token,
        address to,
        uint256 amount,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param change positive out of the vault, negative into it
    event FlowNoted(
        address indexed vault,
        address indexed token,
        int256 change,
        int256 netOutflowAfter,
        uint64 seq,
        bytes24 runningHash
    );
    event OutflowLimitSet(uint32 windowSeconds, uint16 limitBps, uint64 seq, bytes24 runningHash);

    /// @notice Called by a vault that has just sent `amount` token units here.
    function credit(address token, address recipient, uint256 amount) external;
    /// @notice Called by a vault that has received `amount`. Never reverts, so that deposits always pass.
    function noteInflow(address token, uint256 amount) external;
    /// @notice Sends the caller's whole claim of `token` to `to`. Reverts while the token is short.
    function claim(address token, address to) external returns (uint256 amount);

    /// @notice Restricted; nothing is limited until it is called.
    function setOutflowLimit(OutflowLimit calldata limit) external;

    function claimOf(address token, address recipient) external view returns (uint256);
    /// @notice Sum of all claims of a token.
    function owed(address token) external view returns (uint256);
    function outflowLimit() external view returns (OutflowLimit memory);
    /// @notice Outflow less inflow of a vault as remembered now, token units.
    function netOutflow(address vault, address token) external view returns (int256);
    /// @notice keccak256(abi.encode(outflowLimit)); part of `IRiskParameters.parametersDigest`.
    function settingsDigest() external view returns (bytes32);
}
