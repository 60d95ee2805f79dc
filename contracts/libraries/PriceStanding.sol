// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {PriceWidth} from "./PriceWidth.sol";

/// @title When a signed price counts alone
/// @notice No price is ever refused for being far from the last one. But
/// - a jump, a price further away than `JUMP_SIGMAS` x ageVolatility x sqrt(time) and both confidences explain, counts
///   alone only when `CONFIRMING_ROUNDS` rounds in a row, the first included, stand on its side of the level it left;
/// - after an outage the same number of rounds comes first, or `RESTART_CAP` has passed since the first.
/// Rounds of the same second count once. The standing is four bits: rounds of a jump (lower two) and of a restart, each 0
/// when there is none or it is over.
library PriceStanding {
    uint256 internal constant CONFIRMING_ROUNDS = 3;
    /// @dev Returns have fat tails: at four standard deviations a round in a hundred or so is a jump, not one in three.
    uint256 internal constant JUMP_SIGMAS = 4;
    uint256 internal constant RESTART_CAP = 10 minutes;
    /// @dev Shorter silence is never an outage, so that rounds in quick succession need not ask for `haltAge`.
    uint256 internal constant LEAST_OUTAGE = 1 minutes;

    uint256 internal constant SETTLED = 0;
    uint256 internal constant ONE_JUMP = 1;
    uint256 internal constant ONE_RESTART = 1 << 2;

    function jumpRounds(uint256 standing) internal pure returns (uint256) {
        return standing & 3;
    }

    function restartRounds(uint256 standing) internal pure returns (uint256) {
        return standing >> 2;
    }

    /// @notice After one more round of a restart.
    function restarted(uint256 standing, bool isLater) internal pure returns (uint256) {
        uint256 rounds = restartRounds(standing) + (isLater ? 1 : 0);
        return rounds >= CONFIRMING_ROUNDS ? SETTLED : rounds * ONE_RESTART;
    }

    /// @notice After one more round away from the level that a jump left; on its other side the count begins anew.
    function jumped(uint256 standing, bool isSameSide, bool isLater) internal pure returns (uint256) {
        if (!isSameSide) return ONE_JUMP;
        uint256 rounds = jumpRounds(standing) + (isLater ? 1 : 0);
        return rounds >= CONFIRMING_ROUNDS ? SETTLED : rounds;
    }

    /// @notice Whether both confidences cover the distance of two prices; costs no look at the volatility.
    function covers(uint256 from, uint256 to, uint256 confidences) internal pure returns (bool) {
        return FixedPointMathLib.dist(from, to) <= confidences;
    }

    /// @notice Whether both confidences and the volatility over `elapsed` seconds explain it.
    function explains(uint256 from, uint256 to, uint256 confidences, uint256 elapsed, uint256 volatility)
        internal
        pure
        returns (bool)
    {
        uint256 move = PriceWidth.move(from, elapsed, volatility);
        return FixedPointMathLib.dist(from, to) <= confidences + JUMP_SIGMAS * move;
    }
}
