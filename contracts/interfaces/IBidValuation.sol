// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IBidReader} from "./IBidReader.sol";
import {Auction, LegFill, LegLimit} from "./ILiquidation.sol";

/// @title Terms of a bid for chosen legs
/// @notice Values each leg of the account once at the mark (with its Greeks), once at the witness's grid point and, where
/// a challenger names a grid point, once there; not the whole grid. All figures are sums over legs, so the
/// account after the fill costs nothing more. With E the equity at the signed price, B the bound by the auction's witness,
/// C by the challenger's and T by delta-gamma-vega, and c = discount + fee of the fill:
/// - the bid is for an account with B x (1 + cureBuffer) > E, and is reduced to the portion that restores that; B is
///   convex in the portion and E linear, so the portion on the chord is never too small
/// - it must lower B, by a hundredth at least unless it was reduced; c is at most that share of B, so E - B rises
/// - it must lower C and T by c each, or leave them below B', so E less the largest known requirement does not fall:
///   hedges cannot be picked out of an account; and a C that a challenger named may not rise at all
/// - it must leave no account with B' below `dustRequirement`, unless cured or empty
/// - while E >= 0 and the duration has not passed, c is at most relief x E
/// Requirements after the fill are at the maintenance ratio before it: the fill voids the attestation, which is not its merit.
interface IBidValuation {
    error NotUnderWater(uint64 account, uint256 bound, int256 equity);
    /// @notice The legs lower nothing, or too little, of what the witness shows.
    error NoRelief(uint64 account, uint256 boundBefore, uint256 boundAfter);
    error WorsensWitness(uint64 account, uint256 boundBefore, uint256 boundAfter, uint256 cost);
    error LeavesDust(uint64 account, uint256 boundAfter, uint256 dust);
    error LegsNotAscending(uint104 instrument);

    /// @notice Terms of taking `asked` from `account` when its auction's clock shows `elapsed` seconds.
    /// @return fill whose `legs` carry the signs of the legs held
    function quoteLegs(uint64 account, LegLimit[] calldata asked, Auction calldata auction, uint256 elapsed)
        external
        view
        returns (LegFill memory fill);
    /// @notice Where accounts and legs are valued.
    function reader() external view returns (IBidReader);
}
