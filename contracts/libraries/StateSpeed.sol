// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title How far a state value may move in a time
/// @notice Either way a value moves by at most a share r = speed x time: into [value / (1 + r), value (1 + r)]. However
/// often it is moved, in time t it is therefore multiplied by at most exp(speed x t) and by at least exp(-speed x t),
/// because 1 + r <= exp(r). Bounds round inward, so no rounding adds up to a further step.
library StateSpeed {
    uint256 private constant WAD = 1e18;
    uint256 private constant HOUR = 1 hours;

    /// @notice speed per hour x seconds, rounded down.
    function share(uint256 speedPerHour, uint256 elapsed) internal pure returns (uint256) {
        return speedPerHour * elapsed / HOUR;
    }

    /// @notice Where a value may be after a relative move of at most `moved` (WAD), inside [floor, ceiling]. A value that
    /// lies outside that band already may stay or return, but not go further out.
    function relative(uint256 value, uint256 moved, uint256 floor, uint256 ceiling)
        internal
        pure
        returns (uint256 least, uint256 most)
    {
        least = FixedPointMathLib.max(
            FixedPointMathLib.mulDivUp(value, WAD, WAD + moved), FixedPointMathLib.min(floor, value)
        );
        most = FixedPointMathLib.min(
            FixedPointMathLib.mulDiv(value, WAD + moved, WAD), FixedPointMathLib.max(ceiling, value)
        );
    }

    /// @notice The same for a move of at most `moved` units.
    function absolute(uint256 value, uint256 moved, uint256 ceiling)
        internal
        pure
        returns (uint256 least, uint256 most)
    {
        least = FixedPointMathLib.zeroFloorSub(value, moved);
        most = FixedPointMathLib.min(value + moved, FixedPointMathLib.max(ceiling, value));
    }

    /// @notice old / new - 1 where the value falls, else 0; WAD, rounded up. If charges since some time sum to c, the
    /// value has kept at least a share exp(-c) of the highest it had since.
    function loosening(uint256 oldValue, uint256 newValue) internal pure returns (uint256) {
        if (newValue >= oldValue) return 0;
        return FixedPointMathLib.mulDivUp(oldValue, WAD, newValue) - WAD;
    }

    /// @notice old + (sample - old) x min(elapsed, window) / window, rounded toward old: an exponential average
    /// whose weight is linear in time, so that more rounds do not make it faster.
    function average(int256 old, int256 sample, uint256 elapsed, uint256 window)
        internal
        pure
        returns (int256)
    {
        if (elapsed == 0) return old;
        if (elapsed >= window) return sample;
        return old + (sample - old) * int256(elapsed) / int256(window);
    }
}
