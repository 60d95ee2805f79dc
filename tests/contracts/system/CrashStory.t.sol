// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {MarginState, Mode, Witness} from "../../../contracts/types/Margin.sol";
import {MarginRow} from "../../../contracts/types/Wire.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice One leveraged bitcoin holder lives through a crash, on the real contracts.
/// @dev Long 10 perpetuals bought at 20,000. The worst grid point is -20%, so own = 20% of notional at the index.
contract CrashStoryTest is SystemMarket {
    uint64 private maker;
    uint64 private reckless;
    uint64 private first;
    uint64 private second;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        maker = open("maker", 1_000_000e6);
        reckless = open("reckless", 60_000e6);
        first = open("first bidder", 300_000e6);
        second = open("second bidder", 300_000e6);
        contribute(5000e6);
        trade(reckless, maker, perpetual(BTC), 10e18, 20_000e18);
    }

    function _priceBecomes(uint256 bitcoinPrice) private {
        vm.warp(block.timestamp + 60);
        publishPrices(bitcoinPrice, 1500e18, 10);
    }

    function _start() private {
        liquidation.start(reckless, engine.worstWitness(reckless), 0);
    }

    function _equity(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    /// @dev Cash less entry values of everyone; the tokens held must cover it.
    function _claims() private view returns (int256 sum) {
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            sum += accounts.cashOf(account);
            sum -= accounts.entryValueOf(account, BTC) + accounts.entryValueOf(account, ETH);
        }
    }

    function test_story_HealthyAccountCannotBeLiquidated() public {
        MarginState memory margin = engine.marginOf(reckless);
        assertApproxEqRel(margin.ownRequirement, 40_000e18, 1e12, "20% of 200,000");
        assertEq(margin.maintenanceRatioBps, 10_000);
        Witness memory witness = engine.worstWitness(reckless);
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(reckless, witness, 0);
    }

    function test_story_UnderWaterCuredByTwoPartialFills() public {
        _priceBecomes(17_300e18);
        _start();
        uint256 base = liquidation.auctionOf(reckless).base;
        vm.warp(block.timestamp + 10 minutes);
        publishPrices(17_300e18, 1500e18, 10);
        int256 before = _equity(reckless);
        uint256 fundBefore = fund.balance();
        uint256 fraction = liquidation.largestFraction(reckless);
        assertLt(fraction, 0.2e18, "only what cures may be taken");

        bid(reckless, first, fraction / 2);
        assertTrue(liquidation.inLiquidation(reckless), "half of it does not cure");
        bid(reckless, second, 1e18);
        assertFalse(liquidation.inLiquidation(reckless), "cured");

        MarginState memory margin = engine.marginOf(reckless);
        assertGe(margin.equityLow * 10_000, int256(margin.maintenanceRequirement) * 10_500);
        uint256 cost = uint256(before - _equity(reckless));
        assertLe(cost, base * 3100 / 10_000);
        assertGt(_equity(first), 300_000e18, "the first bidder earned the discount");
        assertGt(_equity(second), 300_000e18, "the second bidder too");
        assertGt(fund.balance(), fundBefore, "the fund earned its fee");
        assertLe(_claims(), int256(token.balanceOf(address(accounts)) * 1e12));
    }

    function test_story_DepositCuresWithoutABid() public {
        _priceBecomes(17_300e18);
        _start();
        vm.expectPartialRevert(ILiquidation.StillUnderWater.selector);
        liquidation.end(reckless);
        deposit(reckless, 10_000e6);
        liquidation.end(reckless);
        assertFalse(liquidation.inLiquidation(reckless));
    }

    function test_story_InsolventIsPaidByTheFundAndSocialised() public {
        _priceBecomes(13_000e18);
        assertLt(_equity(reckless), -9000e18);
        _start();
        vm.warp(block.timestamp + 5 minutes);
        publishPrices(13_000e18, 1500e18, 10);
        int256 makerBefore = accounts.cashOf(maker);
        assertEq(bid(reckless, first, 1e18), 1e18);
        assertFalse(liquidation.inLiquidation(reckless));
        assertEq(fund.balance(), 0, "the fund goes first");
        assertLt(accounts.cashOf(maker), makerBefore, "the rest is everyone's");
        assertEq(accounts.legsOf(reckless).length, 0);
        assertEq(accounts.cashOf(reckless), 0);
        int256 held = int256(token.balanceOf(address(accounts)) * 1e12);
        assertLe(_claims(), held);
        assertApproxEqAbs(_claims(), held, 1e12, "nothing vanishes");
    }

    /// @dev Slightly solvent: no discount can be paid from equity, so nobody bids until the duration has passed.
    function test_story_NoAuctionIsStuckOverTheEquityCap() public {
        _priceBecomes(14_010e18);
        _start();
        assertLe(int256(liquidation.discountNow(reckless)), _equity(reckless));
        passLive(30 minutes, 14_010e18, 1500e18);
        assertGt(int256(liquidation.discountNow(reckless)), _equity(reckless));
        bid(reckless, first, 1e18);
        assertFalse(liquidation.inLiquidation(reckless));
        assertEq(accounts.cashOf(reckless), 0);
    }

    function test_story_InLiquidationNothingLeavesTheAccount() public {
        _priceBecomes(17_300e18);
        _start();
        vm.prank(owners[reckless]);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.AccountInLiquidation.selector, uint256(reckless))
        );
        accounts.withdraw(reckless, 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.BidderInLiquidation.selector, reckless));
        this.bidAs(maker, reckless);
    }

    /// @dev External, so that its revert can be expected.
    function bidAs(uint64 account, uint64 bidder) external {
        liquidationOf(account);
        bid(account, bidder, 1e18);
    }

    /// @dev Puts the maker under water too: it is short, so the price must rise far above its means.
    function liquidationOf(uint64 account) private {
        _priceBecomes(130_000e18);
        liquidation.start(account, engine.worstWitness(account), 0);
    }

    function test_story_StaleDataStopsTheAuctionAndDepositsPass() public {
        _priceBecomes(17_300e18);
        _start();
        vm.warp(block.timestamp + 16 minutes);
        assertEq(uint8(engine.mode()), uint8(Mode.HALTED));
        vm.prank(owners[first]);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.bid(reckless, first, 1e18, 0);
        deposit(reckless, 20_000e6);
        publishPrices(17_300e18, 1500e18, 10);
        liquidation.end(reckless);
    }

    /// @dev The quorum's verdict raises the ratio of one portfolio: its holder is liquidated, its former self was not.
    function test_story_AttestedRatioDecides() public {
        _priceBecomes(18_500e18);
        Witness memory witness = engine.worstWitness(reckless);
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(reckless, witness, 0);
        publishMargin(MarginRow(reckless, accounts.portfolioNonce(reckless), 16_000, 13_000, 1, 1));
        vm.warp(block.timestamp + 1 minutes);
        vm.expectPartialRevert(ILiquidation.NotLiquidatable.selector);
        liquidation.start(reckless, witness, 0); // the grace
        vm.warp(block.timestamp + 1 minutes);
        liquidation.start(reckless, witness, 0);
        assertTrue(liquidation.inLiquidation(reckless));
    }
}
