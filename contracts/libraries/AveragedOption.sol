// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title What remains of an option on an average of which a part is known
/// @notice With c of `WINDOW` seconds covered at a sum W of price x seconds, and S the average of the rest,
///   max((W + (WINDOW - c) S) / WINDOW - K, 0) = (WINDOW - c) / WINDOW x max(S - K', 0), K' = (WINDOW K - W) / (WINDOW - c):
/// fewer options with another strike. For K' <= 0 the call is exercised for sure and the put worthless. Rounded against the holder.
library AveragedOption {
    uint256 internal constant WINDOW = 30 minutes;

    /// @param covered seconds, below WINDOW
    /// @param weighted price x seconds, WAD, below 2^107
    /// @return left options that remain, rounded down: bought ones are never too many, sold ones never too few
    /// @return restStrike K', WAD, rounded down, below 2^99 and above -2^107
    /// @return lost what the options that remain are worth less by than with K' so rounded, 1e-36: one unit of strike where a
    /// lower strike favours the holder
    function rest(int256 quantity, uint256 strike, bool isCall, uint256 covered, uint256 weighted)
        internal
        pure
        returns (int256 left, int256 restStrike, uint256 lost)
    {
        unchecked {
            // 128 bits, and 107 bits, x 11 bits
            int256 secondsLeft = int256(WINDOW - covered);
            left = _floorDiv(quantity * secondsLeft, int256(WINDOW));
            int256 owed = int256(strike * WINDOW) - int256(weighted);
            restStrike = _floorDiv(owed, secondsLeft);
            bool favours = quantity > 0 == isCall;
            if (favours && restStrike * secondsLeft != owed) lost = FixedPointMathLib.abs(left);
        }
    }

    function _floorDiv(int256 a, int256 b) private pure returns (int256 quotient) {
        unchecked {
            quotient = a / b;
            // slither-disable-next-line divide-before-multiply the product tells whether a rest was left
            if (a < 0 && quotient * b != a) --quotient; // b > 0
        }
    }
}
