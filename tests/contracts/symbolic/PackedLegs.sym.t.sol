// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PackedLegs} from "../../../contracts/accounts/PackedLegs.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";

/// @notice Proved by halmos for every instrument and quantity.
contract PackedLegsSymbolic {
    function check_pack_LosesNothing(uint104 instrument, int128 quantity) external pure {
        (InstrumentId id, int128 back) =
            PackedLegs.unpack(PackedLegs.pack(InstrumentId.wrap(instrument), quantity));
        assert(InstrumentId.unwrap(id) == instrument && back == quantity);
    }

    function check_pack_IsInjective(uint104 a, int128 p, uint104 b, int128 q) external pure {
        uint256 one = PackedLegs.pack(InstrumentId.wrap(a), p);
        uint256 two = PackedLegs.pack(InstrumentId.wrap(b), q);
        assert(one != two || (a == b && p == q));
    }
}
