// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PolicyLimits} from "../interfaces/IPolicyLane.sol";
import {ParameterBounds} from "./ParameterBounds.sol";

/// @title Hard bounds of the policy lane's box
/// @notice No role can set a limit outside these. Names are in the order of the struct.
library PolicyBounds {
    uint256 internal constant COUNT = 9;

    struct Bound {
        bytes32 name;
        uint256 least;
        uint256 most;
    }

    /// @notice Reverts unless every limit lies in its bound.
    function check(PolicyLimits memory limits) internal pure {
        uint256[9] memory values = asList(limits);
        for (uint256 index; index < COUNT; ++index) {
            Bound memory bound = boundOf(limits, index);
            ParameterBounds.within(bound.name, values[index], bound.least, bound.most);
        }
    }

    function asList(PolicyLimits memory limits) internal pure returns (uint256[9] memory) {
        return abi.decode(abi.encode(limits), (uint256[9]));
    }

    function boundOf(PolicyLimits memory limits, uint256 index) internal pure returns (Bound memory) {
        // an hour: time to top up an account from anywhere; a month is no answer to a market
        if (index == 0) return Bound("graceSeconds", 1 hours, 30 days);
        if (index == 1) return Bound("stepSeconds", 10 minutes, 7 days);
        // an hour's outage loses nothing
        if (index == 2) return Bound("windowSeconds", 1 hours, 30 days);
        if (index == 3) return Bound("attributionSeconds", 1 minutes, 7 days);
        // a half more in one update is the most that a ramp makes bearable
        if (index == 4) return Bound("mostRise", 0.001e18, 0.5e18);
        if (index == 5) return Bound("dailyLoosening", 0.01e18, 1e18);
        if (index == 6) return Bound("weeklyLoosening", limits.dailyLoosening, 7e18);
        // 1,000 quote to 1e12 quote
        if (index == 7) return Bound("dailyLiquidations", 1_000e18, 1e30);
        return Bound("weeklyLiquidations", limits.dailyLiquidations, 1e31);
    }
}
