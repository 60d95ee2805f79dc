// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralSale} from "../../../contracts/interfaces/ICollateralSale.sol";
import {InterestModel} from "../../../contracts/types/Interest.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {SystemParameters} from "../SystemParameters.sol";
import {CollateralFixture} from "./CollateralFixture.sol";

/// @notice A loan of 15,984 against one bitcoin bought at 20,000; haircuts of a fifth and a tenth.
contract CollateralSaleTest is CollateralFixture {
    uint64 private buyer;
    address private coin;

    function setUp() public override {
        super.setUp();
        rates.setInterestModel(InterestModel(0, 0, 0, 8_000, 0, 0)); // the examples are in round figures
        buyer = open("buyer", 100_000e6);
        coin = address(bitcoinToken);
        _put(account, bitcoinToken, 1e8);
        vm.prank(owner);
        accounts.withdraw(account, 15_984e6, owner);
    }

    function _startAt(uint256 price) private {
        _publish(price, 1500e18, 1e18);
        liquidation.start(account, Witness(false, 0), 0);
    }

    /// @dev Live time: prices and a reading of the auction clock every ten minutes.
    function _wait(uint256 time, uint256 price) private {
        for (uint256 step; time != 0; time -= step) {
            step = time < 10 minutes ? time : 10 minutes;
            vm.warp(block.timestamp + step);
            _publish(price, 1500e18, 1e18);
            liquidation.tick();
        }
    }

    function _buy(uint256 amount) private returns (uint256 bought, uint256 paid) {
        vm.prank(owners[buyer]);
        return sale.buy(account, buyer, coin, amount, type(uint256).max);
    }

    function _equityAtMark() private view returns (int256) {
        (, uint256 price,) = vault.quote(coin, vault.balanceOf(account, coin));
        return accounts.cashOf(account) + int256(price);
    }

    /// @dev Half of the duration on, a twentieth off 17,600: 16,720 a coin, of which 0.956 pay the debt.
    function test_buy_PaysTheDebtAndNoMore() public {
        _startAt(17_600e18);
        _wait(15 minutes, 17_600e18);
        (uint256 discount, uint256 most) = sale.offer(account, coin);
        assertEq(discount, 0.05e18);
        assertEq(most, uint256(15_984e8) / 16_720 + 1, "rounded up to what pays the debt");
        (uint256 bought, uint256 paid) = _buy(1e8);
        assertEq(bought, most);
        assertGe(paid, 15_984e18);
        assertLe(paid, 15_984e18 + 16_720e10, "one unit of 1e-8 more than the debt at most");
        assertGe(accounts.cashOf(account), 0);
        assertEq(vault.balanceOf(buyer, coin), bought);
        liquidation.end(account);
        assertFalse(liquidation.inLiquidation(account));
    }

    /// @dev With 216 of equity on 16,200 no more than 1.33% may be given, whatever the curve says: no sale makes a debt.
    function test_offer_DiscountIsAtMostTheEquity() public {
        _startAt(16_200e18);
        _wait(29 minutes, 16_200e18);
        (uint256 discount,) = sale.offer(account, coin);
        assertEq(discount, uint256(216e18) * 1e18 / 16_200e18);
        _buy(1e8);
        assertGe(_equityAtMark(), 0);
    }

    /// @dev The duration over, the whole haircut is given: nobody had wanted it for less.
    function test_offer_AfterTheDurationTheWholeHaircut() public {
        _startAt(16_200e18);
        _wait(30 minutes, 16_200e18);
        (uint256 discount,) = sale.offer(account, coin);
        assertEq(discount, 0.1e18);
    }

    /// @dev Class 8: an outage gives no discount away; the clock goes on where the last prices ended.
    function test_offer_AnOutageGivesNothingAway() public {
        _startAt(17_600e18);
        vm.warp(block.timestamp + 1 days);
        _publish(17_600e18, 1500e18, 1e18);
        (uint256 discount,) = sale.offer(account, coin);
        assertEq(discount, 0.05e18, "a quarter of an hour, for which the prices were good");
    }

    /// @dev Under water at both ends: sold at once at the full haircut, and the rest of the debt is the insurance fund's.
    function test_buy_InsolventIsSoldWholeAndEnded() public {
        contribute(10_000e6);
        _startAt(15_000e18);
        (uint256 discount, uint256 most) = sale.offer(account, coin);
        assertEq(discount, 0.1e18);
        assertEq(most, 1e8);
        (, uint256 paid) = _buy(1e8);
        assertApproxEqAbs(paid, 13_500e18, 1);
        liquidation.end(account);
        assertEq(accounts.cashOf(account), 0);
        assertApproxEqAbs(fund.balance(), 10_000e18 - 2_484e18, 1);
    }

    /// @dev An owner who buys its own collateral through another account gains nothing from anyone.
    function testFuzz_buy_FromOneselfTakesNothingFromOthers(uint256 price, uint256 time, uint256 amount)
        public
    {
        price = bound(price, 16_050e18, 17_700e18);
        _startAt(price);
        _wait(bound(time, 0, 30 minutes - 1), price);
        int256 others = accounts.cashOf(fund.fundAccount());
        int256 before = _equityAtMark() + accounts.cashOf(buyer);
        (uint256 bought,) = _buy(bound(amount, 1, 1e8));
        (, uint256 got,) = vault.quote(coin, bought);
        assertApproxEqAbs(_equityAtMark() + accounts.cashOf(buyer) + int256(got), before, 2);
        assertGe(_equityAtMark(), 0, "no debt is made");
        assertEq(accounts.cashOf(fund.fundAccount()), others);
    }

    function test_buy_FailsIf_NotAllowed() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateralSale.NotInLiquidation.selector, account));
        sale.offer(account, coin);
        _startAt(17_600e18);
        bytes memory refused =
            abi.encodeWithSelector(ICollateralSale.BuyerNotAllowed.selector, buyer, address(this));
        vm.expectRevert(refused);
        sale.buy(account, buyer, coin, 1, 1e30);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(ICollateralSale.BuyerNotAllowed.selector, account, owner));
        sale.buy(account, account, coin, 1, 1e30);
        vm.stopPrank();
        vm.startPrank(owners[buyer]);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralSale.NotForSale.selector, account, address(etherToken))
        );
        sale.buy(account, buyer, address(etherToken), 1, 1e30);
        vm.expectPartialRevert(ICollateralSale.PaidAboveLimit.selector);
        sale.buy(account, buyer, coin, 1e6, 1e18);
        vm.warp(block.timestamp + 16 minutes);
        vm.expectRevert(ICollateralSale.Halted.selector);
        sale.buy(account, buyer, coin, 1e6, 1e30);
    }

    function test_buy_FailsIf_TheBuyerCannotPay() public {
        uint64 poor = open("poor", 100e6);
        _startAt(17_600e18);
        vm.prank(owners[poor]);
        vm.expectPartialRevert(ICollateralSale.BuyerBelowInitialMargin.selector);
        sale.buy(account, poor, coin, 1e8, 1e30);
    }

    /// @dev Cash turned into collateral is new risk: a gain of the last minute does not carry it. Without a credit price it would.
    function test_buy_FailsIf_OnAPumpedGain() public {
        _halfLife(30 minutes);
        publishSurfaces(0.7e18);
        uint64 bull = open("bull", 6000e6);
        trade(bull, buyer, perpetual(ETH), 13e18, 1500e18);
        _publish(17_600e18, 1950e18, 1e18);
        liquidation.start(account, Witness(false, 0), 0);
        vm.startPrank(owners[bull]);
        vm.expectPartialRevert(ICollateralSale.BuyerBelowInitialMargin.selector);
        sale.buy(account, bull, coin, 1e7, 1e30);
        vm.stopPrank();
        _halfLife(0);
        vm.prank(owners[bull]);
        sale.buy(account, bull, coin, 1e7, 1e30);
        assertEq(vault.balanceOf(bull, coin), 1e7);
    }

    function _halfLife(uint24 halfLife) private {
        RiskTerms memory terms_ = SystemParameters.riskTerms();
        terms_.creditHalfLifeSeconds = halfLife;
        marginTerms.setRiskTerms(ETH, terms_);
    }
}
