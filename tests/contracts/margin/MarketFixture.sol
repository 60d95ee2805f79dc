// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Instruments, CALL, PUT} from "../../../contracts/types/Instrument.sol";
import {MarginRow, SurfaceRow} from "../../../contracts/types/Wire.sol";
import {MarginFixture} from "./MarginFixture.sol";

/// @dev Two underlyings at 60,000 and 3,000, two expiries with smiles, 23 grid points, correlated factors.
abstract contract MarketFixture is MarginFixture {
    uint32 internal constant NEAR = 1_893_484_800; // 2030-01-01 08:00 UTC
    uint32 internal constant FAR = NEAR + 30 days;
    uint64 internal constant ACCOUNT = 7;

    function setUp() public virtual override {
        super.setUp();
        vm.warp(NEAR - 2 days);
        parameters.setModel(_model());
        parameters.setGrid(_grid());
        int256[] memory lower = new int256[](10);
        (lower[0], lower[2], lower[5], lower[9]) = (0.12e18, 0.15e18, 0.09e18, 0.12e18);
        (lower[1], lower[3]) = (-0.05e18, 0.11e18);
        parameters.setLoadings(lower, 2);
        _publish();
    }

    /// @dev Prices and surfaces observed now.
    function _publish() internal {
        uint64 observedAt = uint64(block.timestamp);
        lanes.setInterval(1, 59_900e18, 60_000e18, 60_100e18, observedAt);
        lanes.setInterval(2, 2_990e18, 3_000e18, 3_015e18, observedAt);
        for (uint16 underlying = 1; underlying <= 2; ++underlying) {
            lanes.setSurface(SurfaceRow(underlying, NEAR, 1e9, 1e9, 1e10, -25e10, 1e9, 4e10), observedAt);
            lanes.setSurface(SurfaceRow(underlying, FAR, 4e9, 15e9, 6e10, -25e10, 1e10, 1e11), observedAt);
        }
    }

    function _option(uint16 underlying, uint32 expiry, uint256 strike, uint8 kind)
        internal
        pure
        returns (InstrumentId)
    {
        return Instruments.encode(underlying, expiry, uint48(strike * 1e6), kind);
    }

    function _perpetual(uint16 underlying) internal pure returns (InstrumentId) {
        return Instruments.encode(underlying, 0, 0, 0);
    }

    function _attest(uint16 initialBps, uint16 maintenanceBps, uint64 nonce, uint64 observedAt) internal {
        lanes.attest(MarginRow(ACCOUNT, nonce, initialBps, maintenanceBps, 0, 0), observedAt);
    }

    /// @dev Up to 12 legs drawn from a seed, cash included.
    function _drawPortfolio(uint64 account, uint256 seed) internal {
        uint256 legs = 1 + seed % 12;
        for (uint256 i; i < legs; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint16 underlying = uint16(1 + seed % 2);
            int128 quantity = int128(int256((seed >> 8) % 20e18) - 10e18);
            uint256 strike = (underlying == 1 ? 60_000 : 3_000) * (40 + (seed >> 80) % 160) / 100;
            uint8 kind = (seed >> 100) % 2 == 0 ? CALL : PUT;
            InstrumentId id = (seed >> 110) % 5 == 0
                ? _perpetual(underlying)
                : _option(underlying, (seed >> 120) % 2 == 0 ? NEAR : FAR, strike, kind);
            ledger.hold(account, id, quantity);
            if (id.isPerpetual()) {
                ledger.setEntryValue(account, underlying, int256((seed >> 130) % 2e23) - 1e23);
            }
        }
        ledger.setCash(account, int256(seed % 2e23) - 1e23);
    }
}
