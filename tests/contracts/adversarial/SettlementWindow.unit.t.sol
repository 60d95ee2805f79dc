// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice A price that jumps while an option's settlement price is being averaged reaches marks, equity and liquidations only
/// with the share of the window that is open.
contract SettlementWindowTest is SystemMarket {
    uint64 private buyer;
    uint64 private writer;
    InstrumentId private option;

    /// @dev 27 minutes at 20,000, then three at 34,000: the average is 21,400, and a call struck at 21,000 pays 400.
    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        buyer = open("buyer", 100_000e6);
        writer = open("writer", 10_000e6);
        option = call(BTC, NEAR, 21_000);
        trade(buyer, writer, option, 1e18, 300e18);
        uint256[3] memory before = [uint256(31 minutes), 17 minutes, 190];
        for (uint256 i; i < 3; ++i) {
            vm.warp(NEAR - before[i]);
            publishPrices(20_000e18, 1500e18, 10);
        }
        publishSurfaces(0.7e18);
        vm.warp(NEAR - 178); // three rounds, the first of them observed three minutes before the expiry
        assertEq(publishPrices(34_000e18, 1500e18, 10), 3);
    }

    /// @dev Nine tenths at 20,000 leave a tenth of a call struck at 30,000: 400 at 34,000, where the whole one would be 13,000.
    function test_start_NobodyIsLiquidatedByTheLastMinutes() public {
        assertApproxEqAbs(engine.markOf(writer), -400e18, 1e15);
        Witness memory worst = engine.worstWitness(writer);
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(writer, worst, 0);
    }

    /// @dev Nor does the other side hold what it could borrow against: a tenth of the interval's 34 is left of the width.
    function test_marginOf_TheBuyerHoldsNoMoreThanTheAverageCanPay() public view {
        assertLt(engine.marginOf(buyer).equityHigh, 99_700e18 + 410e18);
    }

    /// @dev From the expiry to the round that fixes the price, and after it, nothing that the index does counts.
    function test_markOf_StandsAtTheAverageFromTheExpiryOn() public {
        vm.warp(NEAR + 30);
        assertEq(lanes.settlementPrice(BTC, NEAR), 0, "not fixed");
        assertEq(engine.markOf(writer), -400e18);
        assertEq(engine.marginOf(writer).ownRequirement, 0);
        publishPrices(40_000e18, 1500e18, 10);
        assertEq(lanes.settlementPrice(BTC, NEAR), 21_400e18);
        assertEq(engine.markOf(writer), -400e18);
        settleAccount(writer);
        assertEq(accounts.cashOf(writer), 10_300e18 - 400e18);
    }
}
