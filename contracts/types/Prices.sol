// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The signed lane's last price of an underlying, WAD; all zero before the first.
/// @param beforePrice, beforeConfidence, beforeObservedAt the level that the price left by a jump not confirmed yet; 0 otherwise
/// @param isRestarting the lane was silent and has not published enough rounds since: the price does not count yet
struct SignedPrice {
    uint96 price;
    uint96 confidence;
    uint64 observedAt;
    uint96 beforePrice;
    uint96 beforeConfidence;
    uint64 beforeObservedAt;
    bool isRestarting;
}
