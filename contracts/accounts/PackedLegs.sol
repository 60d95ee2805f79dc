// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {InstrumentId, Leg, PERPETUAL} from "../types/Instrument.sol";

/// @title Positions of one account, one storage slot each
/// @notice A slot is instrument id (104 bits) | int128 quantity, the upper 24 bits zero. The order of the legs means
/// nothing: a removed leg's place is taken by the last one.
library PackedLegs {
    using Arrays for uint256[];

    function pack(InstrumentId instrument, int128 quantity) internal pure returns (uint256) {
        return (uint256(InstrumentId.unwrap(instrument)) << 128) | uint128(quantity);
    }

    function unpack(uint256 packed) internal pure returns (InstrumentId instrument, int128 quantity) {
        // Both casts cut to exactly the field's bits.
        return (InstrumentId.wrap(uint104(packed >> 128)), int128(uint128(packed)));
    }

    function isPerpetual(uint256 packed) internal pure returns (bool) {
        return uint8(packed >> 128) == PERPETUAL;
    }

    /// @notice Place of the instrument's leg and its quantity; (length, 0) if there is none.
    function find(uint256[] storage legs, InstrumentId instrument)
        internal
        view
        returns (uint256 place, int128 quantity)
    {
        uint256 length = legs.length;
        uint104 wanted = InstrumentId.unwrap(instrument);
        for (; place < length; ++place) {
            uint256 packed = legs.unsafeAccess(place).value;
            if (packed >> 128 == wanted) return (place, int128(uint128(packed)));
        }
    }

    /// @notice Writes a leg at the place `find` named: appends, replaces, or removes when the quantity is zero.
    function set(uint256[] storage legs, uint256 place, InstrumentId instrument, int128 quantity) internal {
        uint256 length = legs.length;
        if (place == length) {
            if (quantity != 0) legs.push(pack(instrument, quantity));
        } else if (quantity != 0) {
            legs[place] = pack(instrument, quantity);
        } else {
            if (place != length - 1) legs[place] = legs[length - 1];
            legs.pop();
        }
    }

    function toLegs(uint256[] memory packed) internal pure returns (Leg[] memory legs) {
        legs = new Leg[](packed.length);
        for (uint256 i; i < packed.length; ++i) {
            (legs[i].instrument, legs[i].quantity) = unpack(packed[i]);
        }
    }
}
