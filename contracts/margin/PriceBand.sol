// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceBand} from "../interfaces/IPriceBand.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {LegSet} from "../libraries/LegSet.sol";
import {ScenarioGrid} from "../libraries/ScenarioGrid.sol";
import {Shock, UnderlyingBook} from "../types/Book.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";
import {PortfolioReader} from "./PortfolioReader.sol";

/// @title The band of prices around an instrument's marks
/// @notice Holds no state. The instrument is valued as a leg of one unit, by the very code that values accounts.
contract PriceBand is IPriceBand, PortfolioReader {
    int128 private constant ONE_UNIT = 1e18;
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev Least mark that the width is a share of: the index over this.
    uint256 private constant LEAST_MARK = 100;

    constructor(
        IMarginAccounts accounts_,
        ISignedLanes lanes_,
        IRiskParameters parameters_,
        IPriceIntervals prices_,
        IMarginTerms terms_
    ) PortfolioReader(accounts_, lanes_, parameters_, prices_, terms_) {}

    /// @inheritdoc IPriceBand
    function bandOf(InstrumentId instrument) external view returns (uint256 low, uint256 high) {
        UnderlyingBook memory book = _unitOf(instrument);
        uint256 price = book.interval.price;
        uint256 mark = _valueAt(book, ScenarioGrid.unmoved());
        uint256 atLow = _valueAt(book, ScenarioGrid.toPrice(price, book.interval.low));
        uint256 atHigh = _valueAt(book, ScenarioGrid.toPrice(price, book.interval.high));
        uint256 share = book.terms.priceBandBps;
        uint256 width = FixedPointMathLib.max(mark, price * WAD / LEAST_MARK) * share / BPS;
        low = FixedPointMathLib.min(mark, FixedPointMathLib.min(atLow, atHigh));
        low = FixedPointMathLib.divUp(FixedPointMathLib.zeroFloorSub(low, width), WAD);
        high = (FixedPointMathLib.max(mark, FixedPointMathLib.max(atLow, atHigh)) + width) / WAD;
    }

    /// @inheritdoc IPriceBand
    function marginTerms() external view returns (IMarginTerms) {
        return terms;
    }

    function _unitOf(InstrumentId instrument) private view returns (UnderlyingBook memory book) {
        Leg[] memory legs = new Leg[](1);
        legs[0] = Leg(instrument, ONE_UNIT);
        uint256[] memory words = LegSet.merge(new uint256[](0), legs);
        book.underlying = instrument.underlying();
        book.interval = prices.priceInterval(book.underlying);
        _readTerms(book);
        _addLegs(book, words, 0, words.length, _rules());
    }

    /// @dev Of one unit, in 1e-36; a price is below 2^96 and a forward below 2^99.
    function _valueAt(UnderlyingBook memory book, Shock memory shock) private pure returns (uint256) {
        int256 value = ScenarioGrid.valueAt(book, shock);
        return value > 0 ? uint256(value) : 0;
    }
}
