// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StateLimits} from "../interfaces/IStateLane.sol";
import {ParameterBounds} from "./ParameterBounds.sol";

/// @title Hard bounds of the market state's box
/// @notice No role can set a limit outside these. Names are in the order of the struct.
library StateBounds {
    uint256 internal constant COUNT = 16;

    struct Bound {
        bytes32 name;
        uint256 least;
        uint256 most;
    }

    /// @notice Reverts unless every limit lies in its bound.
    function check(StateLimits memory limits) internal pure {
        uint256[16] memory values = asList(limits);
        for (uint256 index; index < COUNT; ++index) {
            Bound memory bound = boundOf(limits, index);
            ParameterBounds.within(bound.name, values[index], bound.least, bound.most);
        }
    }

    /// @notice The limits in their order: a struct of static fields is laid out in memory as its words.
    function asList(StateLimits memory limits) internal pure returns (uint256[16] memory) {
        return abi.decode(abi.encode(limits), (uint256[16]));
    }

    function boundOf(StateLimits memory limits, uint256 index) internal pure returns (Bound memory) {
        if (index < 4) return _band(limits, index);
        // a speed above 100% an hour is no bound; zero would freeze what must follow the market
        if (index == 4) return Bound("deviationSpeed", 0.001e18, 1e18);
        if (index == 5) return Bound("correlationSpeed", 0.001e18, 2e18);
        // a tenth of a percent lets an average breathe; e^2 a day is no budget
        if (index == 6) return Bound("dailyLoosening", 0.001e18, 2e18);
        if (index == 7) return Bound("weeklyLoosening", limits.dailyLoosening, 10e18);
        return index < 12 ? _rate(index) : _time(limits, index);
    }

    /// @dev The covariance's own bounds: 0.1% and 300%.
    function _band(StateLimits memory limits, uint256 index) private pure returns (Bound memory) {
        if (index == 0) return Bound("leastSpotDeviation", 0.001e18, 3e18);
        if (index == 1) return Bound("mostSpotDeviation", limits.leastSpotDeviation, 3e18);
        if (index == 2) return Bound("leastVolatilityDeviation", 0.001e18, 3e18);
        return Bound("mostVolatilityDeviation", limits.leastVolatilityDeviation, 3e18);
    }

    function _rate(uint256 index) private pure returns (Bound memory) {
        // a perpetual further from its index is not one
        if (index == 8) return Bound("mostPremium", 0, 0.25e18);
        // at most ten times the index a year
        if (index == 9) return Bound("mostFundingRate", 0, 10e18);
        // the borrow rate may at most rise by 100% a year, and by all of that within an hour
        if (index == 10) return Bound("mostBorrowPremium", 0, 1e18);
        return Bound("borrowPremiumSpeed", 0, 1e18);
    }

    function _time(StateLimits memory limits, uint256 index) private pure returns (Bound memory) {
        // five minutes is no single sample; a day no longer follows
        if (index == 12) return Bound("premiumAverageSeconds", 5 minutes, 1 days);
        if (index == 13) return Bound("fundingPeriodSeconds", 1 hours, 30 days);
        if (index == 14) return Bound("fundingLifeSeconds", 1 minutes, 7 days);
        // at most one window: a round after silence may replace the average, not overshoot it
        return Bound("mostElapsedSeconds", 1 minutes, limits.premiumAverageSeconds);
    }
}
