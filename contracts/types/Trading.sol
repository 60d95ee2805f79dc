// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What trading an underlying costs, and how much of it may be open.
/// @param depth units of the underlying, WAD, that its venues take within a small price move
/// @param openInterestBps most open interest, all long positions of its perpetual and options together, as a share of depth
/// @param perpetualFeeBps of quantity x price, from each side
/// @param optionFeeBps of quantity x premium, from each side
struct TradeTerms {
    uint128 depth;
    uint32 openInterestBps;
    uint16 perpetualFeeBps;
    uint16 optionFeeBps;
}
