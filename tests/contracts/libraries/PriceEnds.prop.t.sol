// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Exposures} from "../../../contracts/libraries/Exposures.sol";
import {PriceEnds} from "../../../contracts/libraries/PriceEnds.sol";
import {UnderlyingBook} from "../../../contracts/types/Book.sol";
import {PriceInterval} from "../../../contracts/types/Margin.sol";
import {DrawnBooks} from "./DrawnBooks.sol";

/// @notice The bounds of equity against the repriced ends.
contract PriceEndsPropTest is DrawnBooks {
    function _books(uint256 seed, uint256 low, uint256 high)
        private
        pure
        returns (UnderlyingBook[] memory books, Exposures.Sums[] memory sums, uint256 gross)
    {
        books = new UnderlyingBook[](1);
        sums = new Exposures.Sums[](1);
        (books[0], gross) = _drawBook(seed);
        books[0].interval = PriceInterval(low, INDEX, high, 1);
        sums[0] = Exposures.ofBook(books[0], 0);
    }

    function testFuzz_boundsOf_HoldTheEnds(uint256 seed, uint256 low, uint256 high) public pure {
        low = bound(low, 0, INDEX);
        high = bound(high, INDEX, 20 * INDEX);
        (UnderlyingBook[] memory books, Exposures.Sums[] memory sums, uint256 gross) = _books(seed, low, high);
        (int256 least, int256 most) = PriceEnds.boundsOf(books, sums);
        (int256 atWorse, int256 atBetter,) = PriceEnds.valueAt(books);
        int256 slack = int256(4 + gross * 20 * INDEX / 1e18 / 1e15); // error of the prices
        assertLe(least, atWorse + slack);
        assertGe(most, atBetter - slack);
    }

    /// @dev An interval of a tenth of a percent each way: without calls the bounds are the ends; with them a call without
    /// deviation is off by the move itself, 0.1% of its notional, on either side.
    function testFuzz_boundsOf_AreCloseForANarrowInterval(uint256 seed) public pure {
        (UnderlyingBook[] memory books, Exposures.Sums[] memory sums, uint256 gross) =
            _books(seed, INDEX * 999 / 1000, INDEX * 1001 / 1000);
        (int256 least, int256 most) = PriceEnds.boundsOf(books, sums);
        (int256 atWorse, int256 atBetter,) = PriceEnds.valueAt(books);
        uint256 notional = gross * INDEX / 1e18;
        assertLe(uint256(most - atBetter), 2 + notional / 500);
        assertLe(uint256(atWorse - least), 2 + notional / 500);
        if (books[0].calls.length == 0) assertApproxEqAbs(most, atBetter, 2);
    }

    function test_boundsOf_GiveUpOnAnIntervalWithoutMeaning() public pure {
        (UnderlyingBook[] memory books, Exposures.Sums[] memory sums,) = _books(7, 0, INDEX * 70_000);
        (int256 least, int256 most) = PriceEnds.boundsOf(books, sums);
        assertEq(least, type(int128).min);
        assertEq(most, type(int128).max);
    }
}
