// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Black76} from "../../../contracts/libraries/Black76.sol";
import {CallList} from "../../../contracts/libraries/CallList.sol";
import {UnderlyingBook} from "../../../contracts/types/Book.sol";

/// @dev Books drawn from a seed: up to twelve calls around an index of 60,000, some without deviation, and a linear part.
abstract contract DrawnBooks is Test {
    uint256 internal constant INDEX = 60_000e18;

    function _drawBook(uint256 seed) internal pure returns (UnderlyingBook memory book, uint256 gross) {
        uint256 count = seed % 13;
        book.calls = CallList.create(count);
        for (uint256 i; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            int256 quantity = int256(seed % 20e18) - 10e18;
            uint256 strike = INDEX * (20 + (seed >> 80) % 240) / 100;
            uint256 deviation = (seed >> 100) % 4 == 0 ? 0 : 0.005e18 + (seed >> 110) % 1e18;
            uint256 weight = 0.3e18 + (seed >> 180) % 5e18;
            uint256 forward = INDEX * (95 + (seed >> 200) % 10) / 100;
            int256 ratio = Black76.logRatio96(forward, strike);
            CallList.append(book.calls, quantity, strike, forward, ratio, deviation, weight);
            gross += uint256(quantity < 0 ? -quantity : quantity);
        }
        int256 units = int256(seed % 40e18) - 20e18;
        book.linear = units * int256(INDEX);
        gross += uint256(units < 0 ? -units : units);
    }
}
