// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What the price lane must know of each underlying
/// @notice Underlyings below 256, five to a slot: 51 bits each, underlying u in slot u / 5 at bit 51 (u mod 5); the upper bit says
/// that prices are published for it, the lower 50 are its yearly funding rate in 1e-12, two's complement. Above, where
/// underlyings have prices alone and no funding, 256 to a slot: u at bit u mod 256 of slot 51 + u / 256.
library PriceTerms {
    uint256 internal constant PER_SLOT = 5;
    /// @dev The first underlying with one bit; what is below takes 52 slots.
    uint256 internal constant FIRST_PRICE_ONLY = 256;
    /// @dev Of no underlying.
    uint64 internal constant NO_SLOT = type(uint64).max;
    uint256 private constant SLOTS_BEFORE = 51;
    uint256 private constant BITS = 51;
    uint256 private constant MASK = (1 << BITS) - 1;
    uint256 private constant LISTED = 1 << (BITS - 1);

    function slotOf(uint16 underlying) internal pure returns (uint256) {
        unchecked {
            if (underlying < FIRST_PRICE_ONLY) return underlying / PER_SLOT;
            return SLOTS_BEFORE + underlying / FIRST_PRICE_ONLY;
        }
    }

    function read(uint256 word, uint16 underlying) internal pure returns (bool listed, int256 fundingRate) {
        unchecked {
            if (underlying >= FIRST_PRICE_ONLY) return ((word >> uint8(underlying)) & 1 != 0, 0);
            uint256 terms = (word >> (BITS * (underlying % PER_SLOT))) & MASK;
            listed = terms & LISTED != 0;
            // the sign is bit 49; shifted out and in again by a signed shift
            fundingRate = int256(terms << 206) >> 206;
        }
    }

    /// @param fundingRate within 50 bits: the parameter's bound is 10e12. Not kept where there are prices alone.
    function list(uint256 word, uint16 underlying, int64 fundingRate) internal pure returns (uint256) {
        if (underlying >= FIRST_PRICE_ONLY) return word | (1 << uint8(underlying));
        uint256 shift = BITS * (underlying % PER_SLOT);
        uint256 terms = LISTED | (uint256(int256(fundingRate)) & (LISTED - 1));
        return (word & ~(MASK << shift)) | (terms << shift);
    }
}
