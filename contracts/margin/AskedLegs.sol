// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IBidValuation} from "../interfaces/IBidValuation.sol";
import {LegLimit} from "../interfaces/ILiquidation.sol";
import {LegSet} from "../libraries/LegSet.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";

/// @title What of the legs a bidder asks for the account holds
library AskedLegs {
    /// @notice Words of the asked legs as far as they are held, with the sign held; those not held are left out.
    /// @param held sorted words of the account
    /// @return taken sorted words @return whole whether nothing else is held
    function within(LegLimit[] calldata asked, uint256[] memory held)
        internal
        pure
        returns (uint256[] memory taken, bool whole)
    {
        taken = new uint256[](asked.length);
        (uint256 count, uint256 place, uint104 last) = (0, 0, 0);
        whole = true;
        for (uint256 i; i < asked.length; ++i) {
            uint104 id = InstrumentId.unwrap(asked[i].instrument);
            if (id <= last) revert IBidValuation.LegsNotAscending(id);
            last = id;
            while (place < held.length && held[place] >> 128 < id) {
                (whole, place) = (false, place + 1);
            }
            if (place == held.length || held[place] >> 128 != id) continue;
            int256 quantity = LegSet.quantity(held[place++]);
            uint256 size = FixedPointMathLib.min(FixedPointMathLib.abs(quantity), asked[i].most);
            if (size != FixedPointMathLib.abs(quantity)) whole = false;
            if (size == 0) continue;
            // At most |quantity|, which came from 128 bits.
            int256 signed = quantity < 0 ? -int256(size) : int256(size);
            taken[count++] = LegSet.pack(asked[i].instrument, int128(signed));
        }
        if (place != held.length) whole = false;
        assembly ("memory-safe") {
            mstore(taken, count) // only ever shortens
        }
    }

    function toLegs(uint256[] memory words) internal pure returns (Leg[] memory legs) {
        legs = new Leg[](words.length);
        for (uint256 i; i < words.length; ++i) {
            legs[i] = Leg(LegSet.instrument(words[i]), int128(LegSet.quantity(words[i])));
        }
    }
}
