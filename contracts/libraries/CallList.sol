// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Shock} from "../types/Book.sol";
import {Black76} from "./Black76.sol";

/// @title Calls in memory, six words each, so that a scenario reads them without a pointer in between
/// @notice quantity (WAD, net of calls and puts) | strike (WAD) | forward (WAD) | ln(forward / strike) (2^-96)
/// | half the deviation, s / 2 (2^-96; below LEAST_HALF it counts as none) | its change per 1.00 of volatility shock,
/// s w(T) / 2 (2^-96). Bounds: |quantity| <= 2^128; strike < 2^99; forward < 2^99; |ln| < 2^104; s / 2 < 2^143, its
/// change < 2^154.
library CallList {
    uint256 internal constant SIZE = 6 * 32;
    uint256 private constant WORDS = 6;

    /// @notice Room for `most` records, none of them written.
    function create(uint256 most) internal pure returns (uint256[] memory list) {
        list = new uint256[](WORDS * most);
        _setLength(list, 0);
    }

    /// @notice Where the records begin, and where they end.
    function range(uint256[] memory list) internal pure returns (uint256 place, uint256 end) {
        assembly ("memory-safe") {
            place := add(list, 32)
            end := add(place, shl(5, mload(list)))
        }
    }

    /// @notice Appends a record; `create` made room for it.
    /// @param logRatio in 2^-96
    /// @param deviation, termWeight WAD
    function append(
        uint256[] memory list,
        int256 quantity,
        uint256 strike,
        uint256 forward,
        int256 logRatio,
        uint256 deviation,
        uint256 termWeight
    ) internal pure {
        (, uint256 place) = range(list);
        uint256 half = Black76.halfOf(deviation);
        unchecked {
            uint256 perShock = half * termWeight / 1e18;
            assembly ("memory-safe") {
                mstore(list, add(mload(list), WORDS))
                mstore(place, quantity)
                mstore(add(place, 32), strike)
                mstore(add(place, 64), forward)
                mstore(add(place, 96), logRatio)
                mstore(add(place, 128), half)
                mstore(add(place, 160), perShock)
            }
        }
    }

    /// @notice Adds to the quantity of the last record.
    function addToLast(uint256[] memory list, int256 quantity) internal pure {
        (, uint256 end) = range(list);
        assembly ("memory-safe") {
            let place := sub(end, SIZE)
            mstore(place, add(mload(place), quantity))
        }
    }

    function quantityAt(uint256 place) internal pure returns (int256 quantity) {
        assembly ("memory-safe") {
            quantity := mload(place)
        }
    }

    function forwardAt(uint256 place) internal pure returns (uint256 forward) {
        assembly ("memory-safe") {
            forward := mload(add(place, 64))
        }
    }

    /// @notice Half the deviation, and its change per 1.00 of volatility shock.
    function shapeAt(uint256 place) internal pure returns (uint256 half, uint256 perShock) {
        assembly ("memory-safe") {
            half := mload(add(place, 128))
            perShock := mload(add(place, 160))
        }
    }

    /// @notice `Black76.callAt` without a shock.
    function priceAt(uint256 place) internal pure returns (uint256, uint256, uint256) {
        uint256 forward;
        uint256 strike;
        uint256 distance;
        uint256 half;
        assembly ("memory-safe") {
            strike := mload(add(place, 32))
            forward := mload(add(place, 64))
            distance := mload(add(place, 96))
            half := mload(add(place, 128))
            let sign := sar(255, distance)
            distance := sub(xor(distance, sign), sign)
        }
        return Black76.callAt(forward, strike, distance, half);
    }

    /// @notice Forward, strike, |ln(forward / strike)| and half the deviation after a shock; the last may be negative.
    function shockedAt(uint256 place, Shock memory shock)
        internal
        pure
        returns (uint256 forward, uint256 strike, uint256 distance, uint256 half)
    {
        assembly ("memory-safe") {
            strike := mload(add(place, 32))
            forward := div(mul(mload(add(place, 64)), mload(shock)), mload(add(shock, 32)))
            distance := add(mload(add(place, 96)), mload(add(shock, 64)))
            half := add(mload(add(place, 128)), sar(96, mul(mload(add(shock, 96)), mload(add(place, 160)))))
            let sign := sar(255, distance)
            distance := sub(xor(distance, sign), sign)
        }
    }

    function _setLength(uint256[] memory list, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(list, length) // only ever shortens
        }
    }
}
