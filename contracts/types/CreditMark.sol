// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The prices of an underlying at which gains are credited, one slot; all zero before the first mark.
/// @param low at which a long position is credited, WAD: follows the signed price down at once and up slowly
/// @param high at which a short position is credited, WAD: follows it up at once and down slowly
/// @param markedAt when both were last brought up to the price
struct CreditMark {
    uint96 low;
    uint96 high;
    uint40 markedAt;
}
