// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Options live to their expiry on the real contracts, inside and outside a liquidation.
contract ExpiryStoryTest is SystemMarket {
    uint64 private buyer;
    uint64 private writer;
    InstrumentId private instrument;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        buyer = open("buyer", 100_000e6);
        writer = open("writer", 10_000e6);
        instrument = call(BTC, NEAR, 22_000);
        trade(buyer, writer, instrument, 1e18, 300e18);
    }

    /// @dev Rounds a minute apart around the expiry, all at one price.
    function _expireAt(uint256 price) private {
        vm.warp(NEAR - 30 minutes);
        publishPrices(price, 1500e18, 10);
        vm.warp(NEAR - 1);
        publishPrices(price, 1500e18, 10);
        vm.warp(NEAR + 1);
        publishPrices(price, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    function test_story_ExpiryPaysTheBuyerFromTheWriter() public {
        _expireAt(25_000e18);
        assertEq(settlement.payoffOf(instrument), 3000e18);
        assertEq(settleAccount(buyer), 1);
        assertEq(settleAccount(writer), 1);
        assertEq(settleAccount(writer), 0, "once only");
        assertEq(accounts.cashOf(buyer), 100_000e18 - 300e18 + 3000e18);
        assertEq(accounts.cashOf(writer), 10_000e18 + 300e18 - 3000e18);
        assertEq(accounts.legsOf(buyer).length, 0);
    }

    function test_story_ExpiryOutOfTheMoneyPaysNothing() public {
        _expireAt(21_999e18);
        settleAccount(buyer);
        settleAccount(writer);
        assertEq(accounts.cashOf(buyer), 100_000e18 - 300e18);
        assertEq(accounts.cashOf(writer), 10_000e18 + 300e18);
    }

    /// @dev Nobody bids; settlement empties the account; `end` resolves what it owes.
    function test_story_SettlementDuringLiquidationLeavesNoStuckDebt() public {
        contribute(1000e6);
        vm.warp(block.timestamp + 60);
        publishPrices(34_000e18, 1500e18, 10);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        _expireAt(34_000e18);
        assertEq(settleAccount(writer), 1);
        assertEq(accounts.cashOf(writer), 10_300e18 - 12_000e18);
        liquidation.end(writer);
        assertFalse(liquidation.inLiquidation(writer));
        assertEq(accounts.cashOf(writer), 0);
        assertEq(fund.balance(), 0, "1,000 of 1,700 paid by the fund");
        assertEq(settleAccount(buyer), 1);
        assertLe(
            accounts.cashOf(buyer) + accounts.cashOf(writer),
            int256(token.balanceOf(address(accounts)) * 1e12)
        );
    }

    /// @dev Settlement outside a liquidation may leave debt; anyone can have it resolved.
    function test_story_DebtLeftBySettlementIsResolvedByStartAndEnd() public {
        vm.warp(NEAR - 1);
        publishPrices(34_000e18, 1500e18, 10);
        vm.warp(NEAR + 1);
        publishPrices(34_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        settleAccount(writer);
        assertLt(accounts.cashOf(writer), 0);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        liquidation.end(writer);
        assertEq(accounts.cashOf(writer), 0);
    }
}
