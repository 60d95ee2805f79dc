// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The two facts the margin lane reads from the ledger: which accounts exist, at which portfolio nonce.
contract NonceLedger {
    mapping(uint64 account => uint64) private _noncePlusOne;

    function setNonce(uint64 account, uint64 nonce) external {
        _noncePlusOne[account] = nonce + 1;
    }

    function exists(uint64 account) external view returns (bool) {
        return _noncePlusOne[account] != 0;
    }

    /// @dev Underflows for an unknown account, as a ledger may revert: the lane must not ask.
    function portfolioNonce(uint64 account) external view returns (uint64) {
        return _noncePlusOne[account] - 1;
    }
}
