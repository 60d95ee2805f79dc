// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTerms} from "./IMarginTerms.sol";
import {InstrumentId} from "../types/Instrument.sol";

/// @title How far from its mark an instrument may trade where the trade passes only because it reduces risk
/// @notice With M the mark of one unit at the signed price S, and the least and greatest mark at S and at the ends of the
/// price interval:
///   low = least mark - width, at least 0;  high = greatest mark + width;  width = priceBandBps x max(M, S / 100).
/// An option worth less than a hundredth of the index has the band of one worth that, for a share of next to nothing
/// would leave no price at which it can be bought back. Rounding: the band is never wider than this.
/// Liveness: as `IMarginEngine`, a usable price and for an option a fresh surface.
interface IPriceBand {
    /// @notice Least and greatest price of one unit, WAD.
    function bandOf(InstrumentId instrument) external view returns (uint256 low, uint256 high);
    /// @notice Where the widths are kept.
    function marginTerms() external view returns (IMarginTerms);
}
