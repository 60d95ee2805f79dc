// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {PackedLegs} from "../../../contracts/accounts/PackedLegs.sol";
import {SignedWad} from "../../../contracts/libraries/SignedWad.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";

contract PackedLegsTest is Test {
    using PackedLegs for uint256[];

    uint256[] internal legs;

    function testFuzz_pack_RoundTrip(uint104 instrument, int128 quantity) public pure {
        uint256 packed = PackedLegs.pack(InstrumentId.wrap(instrument), quantity);
        (InstrumentId id, int128 back) = PackedLegs.unpack(packed);
        assertEq(InstrumentId.unwrap(id), instrument);
        assertEq(back, quantity);
        assertEq(packed >> 232, 0, "the upper 24 bits stay free");
    }

    function test_set_SwapsInTheLast() public {
        for (uint104 i = 1; i <= 4; ++i) {
            legs.set(legs.length, InstrumentId.wrap(i), int128(uint128(i)));
        }
        legs.set(1, InstrumentId.wrap(2), 0);
        assertEq(legs.length, 3);
        (uint256 place, int128 quantity) = legs.find(InstrumentId.wrap(4));
        assertEq(place, 1);
        assertEq(quantity, 4);
        (place, quantity) = legs.find(InstrumentId.wrap(2));
        assertEq(place, 3);
        assertEq(quantity, 0);
        legs.set(2, InstrumentId.wrap(3), 0);
        assertEq(legs.length, 2);
    }

    function test_set_ZeroAtTheEndIsNoLeg() public {
        legs.set(0, InstrumentId.wrap(1), 0);
        assertEq(legs.length, 0);
    }

    function testFuzz_signedWad_RoundsByName(int120 x, int120 y) public pure {
        int256 exact = int256(x) * int256(y);
        int256 floor = SignedWad.mulFloor(x, y);
        int256 ceil = SignedWad.mulCeil(x, y);
        assertLe(floor * 1e18, exact);
        assertGe(ceil * 1e18, exact);
        assertEq(ceil - floor, exact % 1e18 == 0 ? int256(0) : int256(1));
        assertEq(SignedWad.mulCeil(-int256(x), y), -floor);
    }
}
