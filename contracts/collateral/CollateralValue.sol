// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {LibBit} from "solady/utils/LibBit.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {PriceInterval} from "../types/Margin.sol";
import {CollateralConfig} from "../types/Collateral.sol";
import {CollateralBook} from "./CollateralBook.sol";

/// @title What collateral, and the quote token itself, count for
/// @notice Never reverts: a missing price takes all credit away. It also halts the system, so nobody is liquidated by it.
abstract contract CollateralValue is CollateralBook {
    uint256 private constant WAD = 1e18;

    /// @notice Where prices are read.
    IPriceIntervals public immutable prices;

    constructor(IPriceIntervals prices_) {
        prices = prices_;
    }

    /// @inheritdoc ICollateralVault
    function valueOf(uint64 account) public view returns (int256 low, int256 high) {
        for (uint256 left = _places(account); left != 0; left &= left - 1) {
            (uint256 worse, uint256 better) = _valueAt(account, LibBit.ffs(left));
            (low, high) = (low + int256(worse), high + int256(better));
        }
    }

    /// @inheritdoc ICollateralVault
    function creditOf(uint64 account, int256 cash) external view returns (int256 low, int256 high) {
        (low, high) = valueOf(account);
        (int256 cashLow, int256 cashHigh) = _cashCredit(cash);
        return (low + cashLow, high + cashHigh);
    }

    /// @inheritdoc ICollateralVault
    function quote(address token, uint256 amount)
        external
        view
        returns (uint256 low, uint256 price, uint256 high)
    {
        uint256 place = _placeOf(token);
        PriceInterval memory interval = prices.intervalOf(_config(place).underlying);
        uint256 unit = _unit(place);
        low = FixedPointMathLib.fullMulDiv(amount, interval.low, unit);
        price = FixedPointMathLib.fullMulDiv(amount, interval.price, unit);
        high = FixedPointMathLib.fullMulDiv(amount, interval.high, unit);
    }

    function _valueAt(uint64 account, uint256 place) private view returns (uint256 low, uint256 high) {
        CollateralConfig memory config = _config(place);
        PriceInterval memory interval = prices.intervalOf(config.underlying);
        uint256 amount = _amount(account, place);
        uint256 scale = _unit(place) * BPS;
        if (!_isStale(interval) && !_isShort(place)) {
            low = FixedPointMathLib.fullMulDiv(amount * (BPS - config.haircutBps), interval.low, scale);
        }
        uint256 share = BPS - config.maintenanceHaircutBps;
        high = FixedPointMathLib.fullMulDiv(amount * share, interval.high, scale);
    }

    /// @dev Positive cash at the quote token's price, at most one; debt is owed in full.
    function _cashCredit(int256 cash) private view returns (int256 low, int256 high) {
        if (cash <= 0 || quoteFeed == 0) return (cash, cash);
        PriceInterval memory interval = prices.intervalOf(quoteFeed);
        uint256 worse = _isStale(interval) ? 0 : FixedPointMathLib.min(interval.low, WAD);
        uint256 better = interval.observedAt == 0 ? WAD : FixedPointMathLib.min(interval.high, WAD);
        low = int256(FixedPointMathLib.fullMulDiv(uint256(cash), worse, WAD));
        high = int256(FixedPointMathLib.fullMulDiv(uint256(cash), better, WAD));
    }

    function _isStale(PriceInterval memory interval) private view returns (bool) {
        return block.timestamp > uint256(interval.observedAt) + parameters.haltAge();
    }
}
