// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {SystemParameters} from "../SystemParameters.sol";

/// @notice The attacker is long and moves the mark up by 30%, withdraws what its gain seems to be worth, and lets the mark fall
/// back: what is left is a debt of everybody else. Half-life of the credit price: half an hour.
contract PumpAndWithdrawTest is SystemMarket {
    uint256 private constant HONEST = 20_000e18;
    uint256 private constant PUMPED = 26_000e18;
    uint64 private attacker;
    uint64 private maker;

    function setUp() public {
        deploySystem();
        _halfLife(30 minutes);
        publishPrices(HONEST, 1500e18, 10);
        publishSurfaces(0.7e18);
        attacker = open("attacker", 60_000e6);
        maker = open("maker", 2_000_000e6);
        trade(attacker, maker, perpetual(BTC), 10e18, HONEST);
    }

    function _halfLife(uint24 halfLife) private {
        RiskTerms memory terms_ = SystemParameters.riskTerms();
        terms_.creditHalfLifeSeconds = halfLife;
        marginTerms.setRiskTerms(BTC, terms_);
    }

    function _after(uint256 elapsed, uint256 price) private {
        vm.warp(block.timestamp + elapsed);
        publishPrices(price, 1500e18, 10);
    }

    /// @dev The most that an account may withdraw now, quote.
    function _withdrawable(uint64 account) private view returns (int256) {
        MarginState memory margin = engine.marginOf(account);
        return margin.creditedEquity - int256(margin.initialRequirement);
    }

    function _withdraw(uint64 account, uint256 amount) private {
        vm.prank(owners[account]);
        accounts.withdraw(account, amount, owners[account]);
    }

    /// @dev Without a credit price: 52,000 leave, and 44,000 below the honest price are missing for maintenance.
    function test_withdraw_WithoutCreditPriceThePumpPays() public {
        _halfLife(0);
        _after(60, PUMPED);
        uint256 most = uint256(_withdrawable(attacker));
        assertGt(most, 50_000e18);
        _withdraw(attacker, most / 1e12);
        _after(60, HONEST * 95 / 100);
        assertLt(engine.marginOf(attacker).equityHigh, 0, "the debt of everybody else");
    }

    /// @dev Pumped for as long as three rounds take, after whatever silence: less than 8% of the gain counts, and initial margin has grown by more.
    function testFuzz_withdraw_FailsIf_Pumped(uint256 silence) public {
        _after(bound(silence, 3, 12 hours), PUMPED); // three rounds confirm the jump
        assertGt(engine.marginOf(attacker).equityLow, 119_000e18, "equity itself has the whole gain");
        assertLt(_withdrawable(attacker), 0);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        _withdraw(attacker, 1);
    }

    /// @dev Nor is the gain good for more of the same, in this underlying or another.
    function test_trade_FailsIf_NewRiskOnAPumpedGain() public {
        _after(60, PUMPED);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        this.buy(1e18, PUMPED);
    }

    /// @dev Nor for legs taken over from an account in liquidation; without a credit price the same bid passes.
    function test_bid_FailsIf_NewRiskOnAPumpedGain() public {
        uint64 weak = open("weak", 60_000e6);
        trade(weak, maker, perpetual(ETH), 150e18, 1500e18);
        vm.warp(block.timestamp + 60);
        publishPrices(PUMPED, 1290e18, 10);
        liquidation.start(weak, engine.worstWitness(weak), 0);
        vm.expectPartialRevert(ILiquidation.BidderBelowInitialMargin.selector);
        vm.prank(owners[attacker]);
        liquidation.bid(weak, attacker, 0.2e18, 0);
        _halfLife(0);
        bid(weak, attacker, 0.2e18);
    }

    function buy(uint256 quantity, uint256 price) external {
        trade(attacker, maker, perpetual(BTC), quantity, price);
    }

    /// @dev The mirror image: short, and the mark pushed down.
    function test_withdraw_FailsIf_PushedDown() public {
        uint64 bear = open("bear", 60_000e6);
        trade(maker, bear, perpetual(BTC), 10e18, HONEST);
        _after(60, 14_000e18);
        assertGt(engine.marginOf(bear).equityLow, 119_000e18);
        MarginState memory margin = engine.marginOf(bear);
        assertApproxEqAbs(margin.creditedEquity, 61_355e18, 50e18, "2.3% of the gain");
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        _withdraw(bear, 40_000e6);
    }

    /// @dev A pump again and again, each marked: whoever marks at the honest price in between takes all of it back.
    function test_mark_AnHonestMarkTakesBackWhatAPumpHadGained() public {
        for (uint256 i = 0; i < 8; ++i) {
            _after(4 minutes, PUMPED);
            marginTerms.mark(BTC);
            _after(3, HONEST);
            if (i == 6) marginTerms.mark(BTC);
        }
        assertLt(marginTerms.creditMark(BTC).low, HONEST + 500e18);
    }

    /// @dev Held for as long as it takes it is a price like any other: after five half-lives 97% count.
    function test_withdraw_AGainThatLastsIsPaid() public {
        for (uint256 i = 0; i < 75; ++i) {
            _after(2 minutes, PUMPED);
            marginTerms.mark(BTC);
        }
        int256 most = _withdrawable(attacker);
        assertGt(most, 49_000e18);
        _withdraw(attacker, uint256(most) / 1e12);
    }

    /// @dev The credit price is no reason to liquidate, nor to hinder anyone from reducing.
    function test_creditedEquity_TouchesNeitherLiquidationNorReduction() public {
        _after(60, 26_000e18);
        MarginState memory margin = engine.marginOf(attacker);
        assertLt(margin.creditedEquity, int256(margin.initialRequirement));
        assertGt(margin.equityHigh, int256(margin.maintenanceRequirement));
        trade(maker, attacker, perpetual(BTC), 5e18, 26_000e18);
        assertApproxEqAbs(accounts.cashOf(attacker), 60_000e18, 1e18);
        trade(maker, attacker, perpetual(BTC), 5e18, 26_000e18);
        assertApproxEqAbs(
            accounts.cashOf(attacker), 120_000e18, 1e18, "realised against somebody who pays for it"
        );
    }

    /// @dev Whatever the path of prices and marks: credited equity is never above equity at the worse end.
    function testFuzz_creditedEquity_IsNeverMore(uint256 seed) public {
        for (uint256 i = 0; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _after(1 + seed % 30 minutes, 10_000e18 + (seed >> 20) % 30_000e18);
            if (seed & 1 == 0) marginTerms.mark(BTC);
            MarginState memory margin = engine.marginOf(attacker);
            assertLe(margin.creditedEquity, margin.equityLow, "INV-44: credited beyond equity");
            margin = engine.marginOf(maker);
            assertLe(margin.creditedEquity, margin.equityLow, "INV-44: credited beyond equity");
        }
    }
}
