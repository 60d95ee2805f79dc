// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {console2} from "forge-std/Test.sol";
import {Black76} from "../../../contracts/libraries/Black76.sol";
import {Instruments} from "../../../contracts/types/Instrument.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {SurfaceRow} from "../../../contracts/types/Wire.sol";
import {MarginFixture} from "./MarginFixture.sol";

/// @notice Gas of pricing and of whole accounts, with the ceilings they must stay under in the default profile.
contract MarginGasBoundsTest is MarginFixture {
    uint32 private constant DAY = 86_400;
    uint32 private constant FIRST_EXPIRY = 1_893_484_800; // 2030-01-01 08:00 UTC

    function setUp() public override {
        super.setUp();
        vm.warp(FIRST_EXPIRY - 8 hours);
        parameters.setModel(_model());
        parameters.setGrid(_grid());
        int256[] memory lower = new int256[](10);
        (lower[0], lower[2], lower[5], lower[9]) = (0.12e18, 0.15e18, 0.14e18, 0.12e18);
        (lower[1], lower[3]) = (-0.05e18, 0.1e18);
        parameters.setLoadings(lower, 2);
        lanes.setInterval(1, 59_900e18, 60_000e18, 60_100e18, uint64(block.timestamp));
        lanes.setInterval(2, 2_990e18, 3_000e18, 3_010e18, uint64(block.timestamp));
        for (uint16 underlying = 1; underlying <= 2; ++underlying) {
            for (uint32 i = 1; i <= 4; ++i) {
                lanes.setSurface(_surface(underlying, FIRST_EXPIRY + 7 * i * DAY), uint64(block.timestamp));
            }
        }
        _fill(4);
        _fill(16);
        _fill(64);
        _fill(128);
    }

    function _surface(uint16 underlying, uint32 expiry) private pure returns (SurfaceRow memory) {
        return SurfaceRow(underlying, expiry, 1e9, 7e9, 4e10, -25e10, 1e10, 1e11);
    }

    /// @dev Account n holds n options over two underlyings and four expiries.
    function _fill(uint64 legs) private {
        for (uint64 i; i < legs; ++i) {
            uint16 underlying = uint16(1 + i % 2);
            uint48 unit = underlying == 1 ? 1_000e6 : 50e6;
            uint32 expiry = FIRST_EXPIRY + 7 * uint32(1 + (i / 2) % 4) * DAY;
            ledger.hold(
                legs,
                Instruments.encode(
                    underlying, expiry, (40 + uint48(i / 8) * 3) * unit, 1 + uint8((i / 3) % 2)
                ),
                i % 3 == 0 ? int128(-1e18) : int128(2e18)
            );
        }
    }

    function test_greeks_StaysUnderCeiling() public {
        uint256 before = gasleft();
        Black76.greeks(60_000e18, 66_000e18, 0.6e18, 30 days, true);
        uint256 greeksGas = before - gasleft();
        before = gasleft();
        Black76.price(60_000e18, 66_000e18, 0.6e18, 30 days, true);
        uint256 priceGas = before - gasleft();
        console2.log("greeks", greeksGas, "price", priceGas);
        assertLt(greeksGas, 3_600);
        assertLt(priceGas, 3_200);
    }

    function test_marginOf_StaysUnderCeiling() public {
        uint64[4] memory sizes = [uint64(4), 16, 64, 128];
        for (uint256 i; i < 4; ++i) {
            uint256 before = gasleft();
            engine.marginOf(sizes[i]);
            uint256 used = before - gasleft();
            before = gasleft();
            engine.witnessOf(sizes[i], Witness(true, 0x0101));
            uint256 witnessUsed = before - gasleft();
            before = gasleft();
            engine.witnessOf(sizes[i], Witness(false, 0));
            uint256 tailUsed = before - gasleft();
            console2.log("marginOf", sizes[i], used);
            console2.log("   witness", witnessUsed, tailUsed);
            assertLt(used, 450_000 + 68_000 * uint256(sizes[i]));
            assertLt(3 * witnessUsed, 2 * used);
        }
    }
}
