// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LegLimit} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Two accounts of one owner against everybody else: what they own together may not grow by trading with, or
/// liquidating, each other beyond what the auction's curve gives to any bidder.
contract AccompliceTest is SystemMarket {
    uint64 private victim;
    uint64 private accomplice;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        victim = open("attacker", 60_000e6);
        accomplice = open("attacker", 500_000e6);
        open("bystander", 1_000_000e6);
        contribute(50_000e6);
        trade(victim, accomplice, perpetual(BTC), 10e18, 20_000e18);
    }

    function _priceBecomes(uint256 price) private {
        vm.warp(block.timestamp + 60);
        publishPrices(price, 1500e18, 10);
    }

    function _equity(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    function _together() private view returns (int256) {
        return _equity(victim) + _equity(accomplice);
    }

    function sell(uint256 quantity, uint256 price) external {
        trade(accomplice, victim, perpetual(BTC), quantity, price);
    }

    function _refused(uint256 quantity, uint256 price) private {
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        this.sell(quantity, price);
    }

    /// @dev Equity 33,000 under maintenance 34,600: closing 3,460 below the market would leave 1,600 of debt to the fund.
    function test_trade_FailsIf_UnderWaterClosesFarFromTheMarket() public {
        _priceBecomes(17_300e18);
        assertApproxEqAbs(_equity(victim), 33_000e18, 5e18);
        _refused(10e18, 13_840e18);
        _refused(5e18, 13_840e18);
    }

    /// @dev Already insolvent: each quote below the market would be the fund's.
    function test_trade_FailsIf_InsolventClosesBelowTheInterval() public {
        _priceBecomes(13_500e18);
        assertLt(_equity(victim), 0);
        _refused(10e18, 10_800e18);
        _refused(10e18, lanes.priceInterval(BTC).low - 1e18);
    }

    function test_trade_UnderWaterMayStillCloseInsideTheInterval() public {
        _priceBecomes(17_300e18);
        uint256 low = lanes.priceInterval(BTC).low;
        trade(accomplice, victim, perpetual(BTC), 10e18, low + 0.01e18);
        assertGt(accounts.cashOf(victim), 0);
        assertEq(accounts.legsOf(victim).length, 0);
    }

    /// @dev Whatever the trade, an account that was not insolvent does not become so by its own signature.
    function testFuzz_trade_NeverBeginsADebt(uint256 index, uint256 quantity, uint256 price) public {
        _priceBecomes(bound(index, 14_100e18, 21_000e18));
        quantity = bound(quantity, 1, 10_000) * 0.001e18;
        price = bound(price, 1e18, 40_000e18);
        MarginState memory before = engine.marginOf(victim);
        try this.sell(quantity, price) {
            MarginState memory margin = engine.marginOf(victim);
            int256 least = before.equityLow < 0 ? before.equityLow : int256(0);
            assertGe(margin.equityLow, least, "no debt by a trade");
        } catch {
            MarginState memory margin = engine.marginOf(victim);
            assertEq(margin.equityLow, before.equityLow, "nothing happened");
        }
    }

    /// @dev A solvent account bought out by its own owner: together they lose the fee, whenever within the duration.
    function testFuzz_bid_OnOneselfGainsNothingWhileSolvent(uint256 delay, uint256 fraction) public {
        _priceBecomes(17_300e18);
        liquidation.start(victim, engine.worstWitness(victim), 0);
        passLive(bound(delay, 0, 29 minutes), 17_300e18, 1500e18);
        int256 before = _together();
        uint256 most = liquidation.largestFraction(victim);
        bid(victim, accomplice, bound(fraction, 0.02e18, 1e18));
        assertGt(most, 0);
        assertLe(_together(), before, "the curve moves money inside the coalition only");
        assertGe(_equity(victim), 0);
    }

    /// @dev The same by named legs, with the starter's reward to the accomplice as well.
    function testFuzz_bidLegs_OnOneselfGainsNothingWhileSolvent(uint256 delay, uint256 most) public {
        _priceBecomes(17_300e18);
        int256 before = _together();
        liquidation.start(victim, engine.worstWitness(victim), accomplice);
        passLive(bound(delay, 0, 29 minutes), 17_300e18, 1500e18);
        LegLimit[] memory legs = new LegLimit[](1);
        legs[0] = LegLimit(perpetual(BTC), uint128(bound(most, 0.5e18, 20e18)));
        vm.prank(owners[accomplice]);
        uint256 taken = liquidation.bidLegs(victim, accomplice, legs, 0, 0);
        assertGt(taken, 0);
        assertLe(_together(), before, "reward and curve move money inside the coalition only");
        assertGe(_equity(victim), 0);
    }

    /// @dev Starting, curing and starting again with every account in the coalition draws nothing from anybody else.
    function test_start_OverAndOverRewardsNobodyFromOutside() public {
        _priceBecomes(17_300e18);
        int256 before = _together();
        uint256 fundBefore = fund.balance();
        for (uint256 i = 0; i < 3; ++i) {
            _priceBecomes(17_300e18);
            liquidation.start(victim, engine.worstWitness(victim), accomplice);
            _priceBecomes(20_000e18);
            liquidation.end(victim);
        }
        _priceBecomes(17_300e18);
        assertLe(_together(), before);
        assertEq(fund.balance(), fundBefore);
    }

    /// @dev Insolvent: what the coalition gains is the debt it leaves and at most the curve's discount, as for any bidder.
    function test_bid_OnOneselfInsolventGainsTheCurveAtMost() public {
        _priceBecomes(13_500e18);
        int256 debt = -_equity(victim);
        liquidation.start(victim, engine.worstWitness(victim), 0);
        uint256 base = liquidation.auctionOf(victim).base;
        int256 before = _equity(accomplice);
        bid(victim, accomplice, 1e18);
        int256 gain = _equity(accomplice) - before;
        assertLe(gain, int256(base * 100 / 10_000) + 1e9, "start of the curve: 1%");
        assertEq(accounts.cashOf(victim), 0, "the debt is borne at once");
        assertLe(50_000e18 - int256(fund.balance()), debt + gain + 1e9);
    }

    /// @dev Two halves cost what the whole costs: nothing is won by splitting a bid.
    function test_bid_SplittingGainsNothing() public {
        _priceBecomes(17_300e18);
        liquidation.start(victim, engine.worstWitness(victim), 0);
        uint256 most = liquidation.largestFraction(victim);
        uint256 snapshot = vm.snapshotState();
        bid(victim, accomplice, most / 2);
        int256 once = _equity(accomplice);
        vm.revertToState(snapshot);
        bid(victim, accomplice, most / 4);
        bid(victim, accomplice, (most / 4) * 1e18 / (1e18 - most / 4));
        assertApproxEqAbs(_equity(accomplice), once, 1e9);
        assertLe(_equity(accomplice), once + 1e9);
    }

    /// @dev Under water by attestation alone and solvent: the owner cannot withdraw, trade up, or hand on the account's debts.
    function test_transfer_OfAnAccountInLiquidationChangesNothing() public {
        _priceBecomes(17_300e18);
        liquidation.start(victim, engine.worstWitness(victim), 0);
        vm.prank(owners[victim]);
        accounts.transferFrom(owners[victim], address(0xBEEF), victim);
        assertTrue(liquidation.inLiquidation(victim));
        vm.prank(address(0xBEEF));
        vm.expectPartialRevert(IMarginAccounts.AccountInLiquidation.selector);
        accounts.withdraw(victim, 1, address(0xBEEF));
    }
}
