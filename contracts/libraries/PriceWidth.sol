// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {PriceInterval} from "../types/Margin.sol";
import {YEAR} from "../types/Units.sol";

/// @title How wide a price becomes with age
library PriceWidth {
    /// @notice [price - w, price + w] with w = confidence + price x volatility x sqrt(age in years), w rounded up, low at
    /// least 0.
    /// @param price below 2^96, and confidence too
    /// @param volatility annual, WAD, below 2^64
    /// @param observedAt unix seconds, not after this block
    function widen(uint256 price, uint256 confidence, uint256 observedAt, uint256 volatility)
        internal
        view
        returns (PriceInterval memory)
    {
        uint256 width = confidence + move(price, block.timestamp - observedAt, volatility);
        return PriceInterval({
            low: FixedPointMathLib.zeroFloorSub(price, width),
            price: price,
            high: price + width,
            observedAt: uint64(observedAt)
        });
    }

    /// @notice price x volatility x sqrt(seconds in years), WAD, rounded up.
    function move(uint256 price, uint256 seconds_, uint256 volatility) internal pure returns (uint256) {
        // 160 bits times, even after a million years, 70 bits
        uint256 rootWad = sqrtUp(FixedPointMathLib.divUp(seconds_ * 1e36, YEAR));
        return FixedPointMathLib.divUp(price * volatility * rootWad, 1e36);
    }

    function sqrtUp(uint256 value) internal pure returns (uint256 root) {
        root = FixedPointMathLib.sqrt(value);
        if (root * root < value) ++root;
    }
}
