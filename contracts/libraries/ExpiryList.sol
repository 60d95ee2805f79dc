// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Expiries of a book in memory, three words each
/// @notice first call of the expiry in the book's `CallList` | value of its puts' forwards, which no call carries (less
/// quantity x forward, 1e-36 quote) | seconds to expiry.
library ExpiryList {
    uint256 internal constant SIZE = 3 * 32;
    uint256 private constant WORDS = 3;

    /// @notice Room for `most` records, none of them written.
    function create(uint256 most) internal pure returns (uint256[] memory list) {
        list = new uint256[](WORDS * most);
        assembly ("memory-safe") {
            mstore(list, 0) // only ever shortens
        }
    }

    /// @notice Appends a record without puts; `create` made room for it.
    function append(uint256[] memory list, uint256 firstCall, uint256 secondsLeft) internal pure {
        (, uint256 place) = range(list);
        assembly ("memory-safe") {
            mstore(list, add(mload(list), WORDS))
            mstore(place, firstCall)
            mstore(add(place, 64), secondsLeft)
        }
    }

    /// @notice Adds to the puts' forwards of the last record; |sum| below 2^233, as in `UnderlyingBook.linear`.
    function addLinear(uint256[] memory list, int256 change) internal pure {
        (, uint256 end) = range(list);
        assembly ("memory-safe") {
            let place := sub(end, 64)
            mstore(place, add(mload(place), change))
        }
    }

    /// @notice Where the records begin, and where they end.
    function range(uint256[] memory list) internal pure returns (uint256 place, uint256 end) {
        assembly ("memory-safe") {
            place := add(list, 32)
            end := add(place, shl(5, mload(list)))
        }
    }

    /// @notice One record, and where the calls of the next one begin, `lastCall` where there is none.
    function recordAt(uint256 place, uint256 end, uint256 lastCall)
        internal
        pure
        returns (int256 linear, uint256 secondsLeft, uint256 nextCall)
    {
        assembly ("memory-safe") {
            linear := mload(add(place, 32))
            secondsLeft := mload(add(place, 64))
            nextCall := lastCall
            let next := add(place, SIZE)
            if lt(next, end) { nextCall := mload(next) }
        }
    }
}
