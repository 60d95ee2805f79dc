// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What the price lane must know of each underlying, five to a slot
/// @notice 51 bits each, underlying u in slot u / 5 at bit 51 (u mod 5): the upper bit says that prices are published
/// for it, the lower 50 are its yearly funding rate in 1e-12, two's complement.
library PriceTerms {
    uint256 internal constant PER_SLOT = 5;
    uint256 private constant BITS = 51;
    uint256 private constant MASK = (1 << BITS) - 1;
    uint256 private constant LISTED = 1 << (BITS - 1);

    function slotOf(uint16 underlying) internal pure returns (uint256) {
        return underlying / PER_SLOT;
    }

    function read(uint256 word, uint16 underlying) internal pure returns (bool listed, int256 fundingRate) {
        unchecked {
            uint256 terms = (word >> (BITS * (underlying % PER_SLOT))) & MASK;
            listed = terms & LISTED != 0;
            // the sign is bit 49; shifted out and in again by a signed shift
            fundingRate = int256(terms << 206) >> 206;
        }
    }

    /// @param fundingRate within 50 bits: the parameter's bound is 10e12
    function list(uint256 word, uint16 underlying, int64 fundingRate) internal pure returns (uint256) {
        uint256 shift = BITS * (underlying % PER_SLOT);
        uint256 terms = LISTED | (uint256(int256(fundingRate)) & (LISTED - 1));
        return (word & ~(MASK << shift)) | (terms << shift);
    }
}
