// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCastLib} from "solady/utils/SafeCastLib.sol";
import {LibSort} from "solady/utils/LibSort.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";

/// @title Legs as sorted words: instrument id in the upper 128 bits, quantity in the lower 128
/// @notice Sorted words come grouped by underlying, then expiry (0, the perpetual, first), then strike and kind, so each
/// price and each surface is read once.
library LegSet {
    using SafeCastLib for int256;

    /// @dev Above the rest of the id and the quantity.
    uint256 private constant UNDERLYING_SHIFT = 88 + 128;
    /// @dev `Instruments.STRIKE_SCALE`, for assembly.
    uint256 private constant STRIKE_SCALE = 1e12;

    /// @notice Both lists as sorted words, one per instrument, quantities added; zero quantities are kept.
    /// Reverts when a sum does not fit int128, as the ledger would.
    /// @param held the ledger's words, one per instrument; they may be sorted in place
    function merge(uint256[] memory held, Leg[] memory changes)
        internal
        pure
        returns (uint256[] memory words)
    {
        if (changes.length == 0) {
            LibSort.sort(held);
            return held;
        }
        words = new uint256[](held.length + changes.length);
        for (uint256 i; i < held.length; ++i) {
            words[i] = held[i];
        }
        for (uint256 i; i < changes.length; ++i) {
            words[held.length + i] = _pack(changes[i]);
        }
        LibSort.sort(words);
        _addDuplicates(words);
    }

    /// @notice The first position behind `from` that is on another underlying, found by halving.
    function endOfUnderlying(uint256[] memory words, uint256 from) internal pure returns (uint256 end) {
        uint256 underlying = words[from] >> UNDERLYING_SHIFT;
        uint256 beyond = words.length;
        unchecked {
            for (end = from + 1; end < beyond;) {
                uint256 middle = (end + beyond) / 2;
                if (words[middle] >> UNDERLYING_SHIFT == underlying) end = middle + 1;
                else beyond = middle;
            }
        }
    }

    /// @notice Number of different underlyings.
    function underlyingsIn(uint256[] memory words) internal pure returns (uint256 count) {
        for (uint256 i; i < words.length; i = endOfUnderlying(words, i)) {
            ++count;
        }
    }

    function instrument(uint256 word) internal pure returns (InstrumentId) {
        return InstrumentId.wrap(uint104(word >> 128));
    }

    function quantity(uint256 word) internal pure returns (int256) {
        return int128(uint128(word));
    }

    /// @notice Quantity, and the instrument's kind, strike (WAD) and expiry; without a function for each, for loops over legs.
    function unpack(uint256 word)
        internal
        pure
        returns (int256 signed, uint256 kind, uint256 strike, uint256 expiry)
    {
        assembly ("memory-safe") {
            signed := signextend(15, word)
            kind := and(shr(128, word), 0xff)
            strike := mul(and(shr(136, word), 0xffffffffffff), STRIKE_SCALE)
            expiry := and(shr(184, word), 0xffffffff)
        }
    }

    function pack(InstrumentId instrument_, int128 quantity_) internal pure returns (uint256) {
        return (uint256(InstrumentId.unwrap(instrument_)) << 128) | uint128(quantity_);
    }

    function _pack(Leg memory leg) private pure returns (uint256) {
        return pack(leg.instrument, leg.quantity);
    }

    function _addDuplicates(uint256[] memory words) private pure {
        if (words.length < 2) return;
        uint256 last;
        for (uint256 i = 1; i < words.length; ++i) {
            if (words[i] >> 128 == words[last] >> 128) {
                int128 sum = (quantity(words[last]) + quantity(words[i])).toInt128();
                words[last] = (words[last] >> 128 << 128) | uint128(sum);
            } else {
                words[++last] = words[i];
            }
        }
        assembly ("memory-safe") {
            mstore(words, add(last, 1)) // only ever shortens
        }
    }
}
