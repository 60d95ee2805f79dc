// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What an underlying is charged beside its worst loss or spared of it, how far from its mark a reducing trade may be,
/// and how fast its gains are credited. One slot.
/// Each of them may be zero: no such charge, no distance from the marks of the price interval, gains credited at once, no offset.
/// @param depth units of the underlying, WAD, that its venues take at once
/// @param concentrationBps charge on what a position has beyond `depth`, as a share of its notional
/// @param basisBps charge on the notional of options, as a share of it a year to expiry
/// @param confidenceBps share of the move to the nearer end of the price interval
/// @param priceBandBps distance from mark, as a share of it, at which a trade may still count as reducing risk
/// @param creditHalfLifeSeconds in which half of a gain's price is credited to withdrawals and new risk
/// @param offsetBps largest share of its worst loss that is offset against that of other underlyings (`LossOffset`)
struct RiskTerms {
    uint96 depth;
    uint16 concentrationBps;
    uint16 basisBps;
    uint16 confidenceBps;
    uint16 priceBandBps;
    uint24 creditHalfLifeSeconds;
    uint16 offsetBps;
}
