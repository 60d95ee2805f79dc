// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {CollateralConfig} from "../../../contracts/types/Collateral.sol";
import {InterestModel} from "../../../contracts/types/Interest.sol";
import {MarginState, Mode, Witness} from "../../../contracts/types/Margin.sol";
import {DecimalsTokenMock} from "../mocks/LedgerMocks.sol";
import {CollateralFixture} from "./CollateralFixture.sol";

contract CollateralVaultTest is CollateralFixture {
    /// @dev One bitcoin at 20,000 +- 20: 19,980 less a fifth for new risk, 20,020 less a tenth for the liquidation test.
    function test_deposit_CountsAtTheWorseEndLessHaircut() public {
        _put(account, bitcoinToken, 1e8);
        (int256 low, int256 high) = accounts.collateralValueOf(account);
        assertEq(low, 15_984e18);
        assertEq(high, 18_018e18);
        MarginState memory margin = engine.marginOf(account);
        assertEq(margin.equityLow, low);
        assertEq(margin.equityHigh, high);
        assertEq(vault.balanceOf(account, address(bitcoinToken)), 1e8);
        assertEq(vault.totalOf(address(bitcoinToken)), 1e8);
        assertTrue(vault.holdsAny(account));
    }

    function test_creditOf_AddsCashAndAllTokens() public {
        _put(account, bitcoinToken, 1e8);
        _put(account, etherToken, 2e18);
        deposit(account, 7e6);
        (int256 low, int256 high) = accounts.creditOf(account, -2e18);
        assertEq(low, 15_984e18 + 2 * 1498.5e18 * 8 / 10 + 5e18);
        assertEq(high, 18_018e18 + 2 * 1501.5e18 * 9 / 10 + 5e18);
        (address[] memory held, uint256[] memory amounts) = vault.holdingsOf(account);
        assertEq(held.length, 2);
        assertEq(held[1], address(etherToken));
        assertEq(amounts[1], 2e18);
    }

    /// @dev HALTED, in liquidation, no engine, no price: a deposit still passes.
    function test_deposit_AlwaysPasses() public {
        vm.warp(block.timestamp + 1 days);
        assertEq(uint8(engine.mode()), uint8(Mode.HALTED));
        _put(account, etherToken, 1);
        accounts.setMarginEngine(address(0));
        accounts.setLiquidation(address(0xdead));
        _put(account, etherToken, 1);
        assertEq(vault.balanceOf(account, address(etherToken)), 2);
    }

    function test_deposit_FailsIf_NotWhatItShouldBe() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.UnknownToken.selector, address(token)));
        vault.deposit(account, address(token), 1);
        vm.expectRevert(IMarginAccounts.ZeroAmount.selector);
        vault.deposit(account, address(etherToken), 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 99));
        vault.deposit(99, address(etherToken), 1);
    }

    function test_deposit_FailsIf_AboveTheCap() public {
        vault.setCollateral(address(etherToken), CollateralConfig(ETH, 2000, 1000, 5e18));
        _put(account, etherToken, 5e18);
        etherToken.mint(address(this), 1);
        etherToken.approve(address(vault), 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, address(etherToken), 5e18 + 1, 5e18)
        );
        vault.deposit(account, address(etherToken), 1);
        _take(etherToken, 1e18);
        _put(account, etherToken, 1e18);
    }

    /// @dev Borrowing: quote against bitcoin, to the unit. Someone else's deposit is what is lent.
    function test_withdraw_BorrowsQuoteUpToTheCredit() public {
        open("lender", 50_000e6);
        _put(account, bitcoinToken, 1e8);
        vm.startPrank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.InsufficientMargin.selector, account, -1e12, 0)
        );
        accounts.withdraw(account, 15_984e6 + 1, owner);
        accounts.withdraw(account, 15_984e6, owner);
        payouts.claim(address(token), owner);
        vm.stopPrank();
        assertEq(token.balanceOf(owner), 15_984e6);
        assertEq(accounts.cashOf(account), -15_984e18);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        this.takeAs(etherToken, bitcoinToken, 1);
    }

    /// @dev External, so that its revert can be expected.
    function takeAs(DecimalsTokenMock, DecimalsTokenMock coin, uint256 amount) external {
        _take(coin, amount);
    }

    function test_withdraw_IsPulledFromPayouts() public {
        _put(account, etherToken, 3e18);
        _take(etherToken, 2e18);
        assertEq(payouts.claimOf(address(etherToken), owner), 2e18);
        vm.prank(owner);
        assertEq(payouts.claim(address(etherToken), owner), 2e18);
        assertEq(etherToken.balanceOf(owner), 2e18);
        assertEq(vault.balanceOf(account, address(etherToken)), 1e18);
    }

    function test_withdraw_FailsIf_NotAllowed() public {
        _put(account, etherToken, 3e18);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, account, address(this))
        );
        vault.withdraw(account, address(etherToken), 1, address(this));
        vm.startPrank(owner);
        vm.expectRevert(IMarginAccounts.ZeroAmount.selector);
        vault.withdraw(account, address(etherToken), 0, owner);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICollateralVault.InsufficientCollateral.selector, account, address(etherToken), 3e18 + 1, 3e18
            )
        );
        vault.withdraw(account, address(etherToken), 3e18 + 1, owner);
        vm.warp(block.timestamp + 6 minutes);
        vm.expectRevert(IMarginAccounts.Halted.selector);
        vault.withdraw(account, address(etherToken), 1, owner);
    }

    /// @dev The price falls through the maintenance haircut: the loan is under water and its collateral stays.
    function test_withdraw_FailsIf_InLiquidation() public {
        _borrowAll();
        _publish(17_000e18, 1500e18, 1e18);
        liquidation.start(account, Witness(false, 0), 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.AccountInLiquidation.selector, account));
        vm.prank(owner);
        vault.withdraw(account, address(bitcoinToken), 1, owner);
    }

    /// @dev The exit gate: cash does not leave as collateral that it bought.
    function test_withdraw_FailsIf_TheExitGateIsClosed() public {
        uint64 debtor = open("debtor", 30_000e6);
        trade(debtor, open("other side", 400_000e6), perpetual(BTC), 5e18, 20_000e18);
        _put(account, etherToken, 3e18);
        _publish(12_000e18, 1500e18, 1e18);
        liquidation.start(debtor, Witness(false, 0), 0);
        vm.expectRevert(IMarginAccounts.ExitGateClosed.selector);
        vm.prank(owner);
        vault.withdraw(account, address(etherToken), 1, owner);
        _put(debtor, etherToken, 100e18);
        liquidation.measureDeficit(debtor);
        _take(etherToken, 1);
    }

    /// @dev The debt of an account that still has collateral is nobody else's.
    function test_socialise_LeavesAnAccountWithCollateralAlone() public {
        _borrowAll();
        manager.grantRole(LEDGER_ROLE, address(this), 0);
        assertEq(accounts.socialise(account), 0);
        vault.moveCollateral(account, account + 1, address(bitcoinToken), 1e8);
        assertEq(accounts.socialise(account), 15_984e18);
    }

    /// @dev A loan just under water: its owner must not walk away with the collateral while insurance pays the debt.
    function test_end_FailsIf_CollateralIsLeft() public {
        rates.setInterestModel(InterestModel(0, 0, 0, 8_000, 0, 0)); // what a loan costs is not the subject
        _borrowAll();
        contribute(20_000e6);
        _publish(17_000e18, 1500e18, 1e18);
        liquidation.start(account, Witness(false, 0), 0);
        vm.expectPartialRevert(ILiquidation.StillUnderWater.selector);
        liquidation.end(account);
        assertEq(fund.balance(), 20_000e18);
        assertEq(accounts.cashOf(account), -15_984e18);
        _publish(21_000e18, 1500e18, 1e18);
        liquidation.end(account);
        _take(bitcoinToken, 1);
    }

    function _borrowAll() private {
        open("lender", 50_000e6);
        _put(account, bitcoinToken, 1e8);
        vm.prank(owner);
        accounts.withdraw(account, 15_984e6, owner);
    }

    function test_moveCollateral_WorksWhileHaltedAndShort() public {
        uint64 bidder = open("bidder", 0);
        _put(account, etherToken, 3e18);
        vm.warp(block.timestamp + 1 days);
        manager.grantRole(LEDGER_ROLE, address(this), 0);
        deal(address(etherToken), address(vault), 1);
        assertTrue(vault.reportShortage(address(etherToken)));
        vault.moveCollateral(account, bidder, address(etherToken), 1e18);
        vault.moveCollateral(account, account, address(etherToken), 2e18);
        assertEq(vault.balanceOf(account, address(etherToken)), 2e18);
        assertEq(vault.balanceOf(bidder, address(etherToken)), 1e18);
        assertEq(vault.totalOf(address(etherToken)), 3e18);
        vault.moveCollateral(account, bidder, address(etherToken), 2e18);
        assertFalse(vault.holdsAny(account));
    }

    function test_moveCollateral_FailsIf_NotAllowed() public {
        _put(account, etherToken, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this))
        );
        vault.moveCollateral(account, 1, address(etherToken), 1);
        manager.grantRole(LEDGER_ROLE, address(this), 0);
        vm.expectPartialRevert(ICollateralVault.InsufficientCollateral.selector);
        vault.moveCollateral(account, 1, address(etherToken), 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 99));
        vault.moveCollateral(account, 99, address(etherToken), 1);
    }

    /// @dev Without a usable price collateral counts nothing, nothing reverts, and while it is so nobody is liquidated.
    function test_valueOf_StaleOrMissingPrice() public {
        _put(account, etherToken, 1e18);
        vm.warp(block.timestamp + 16 minutes);
        (int256 low, int256 high) = vault.valueOf(account);
        assertEq(low, 0);
        assertEq(high, 0);
        assertEq(uint8(engine.mode()), uint8(Mode.HALTED));
        _publish(20_000e18, 1500e18, 1e18);
        (low, high) = vault.valueOf(account);
        parameters.setUnderlying(4, parameters.underlyingConfig(ETH));
        DecimalsTokenMock unpriced = new DecimalsTokenMock(0);
        vault.setCollateral(address(unpriced), CollateralConfig(4, 0, 0, 10));
        _put(account, unpriced, 10);
        (int256 lowAfter, int256 highAfter) = vault.valueOf(account);
        assertEq(lowAfter, low);
        assertEq(highAfter, high);
        (uint256 least, uint256 price, uint256 most) = vault.quote(address(unpriced), 10);
        assertEq(least + price + most, 0);
    }

    function test_quoteFeed_BelowParCreditsLess_AboveParNoMore() public {
        vault.setQuoteFeed(DOLLAR);
        deposit(account, 1000e6);
        (int256 low, int256 high) = accounts.creditOf(account, 0);
        assertEq(low, 999e18, "the low end of one");
        assertEq(high, 1000e18, "at most par");
        _publish(20_000e18, 1500e18, 0.9e18);
        (low, high) = accounts.creditOf(account, 0);
        assertEq(low, 899.1e18);
        assertEq(high, 900.9e18);
        _publish(20_000e18, 1500e18, 1.2e18);
        (low, high) = accounts.creditOf(account, 0);
        assertEq(low, 1000e18);
        assertEq(high, 1000e18);
        (low, high) = accounts.creditOf(account, -3000e18);
        assertEq(low, -2000e18, "debt counts in full");
        assertEq(high, -2000e18);
    }

    function test_quoteFeed_StaleGivesNoCreditForNewRisk() public {
        vault.setQuoteFeed(DOLLAR);
        deposit(account, 1000e6);
        vm.warp(block.timestamp + 16 minutes);
        (int256 low, int256 high) = accounts.creditOf(account, 0);
        assertEq(low, 0);
        assertEq(high, 1000e18);
    }

    function test_setCollateral_FailsIf_OutOfBounds() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.TokenIsQuote.selector, address(token)));
        vault.setCollateral(address(token), CollateralConfig(ETH, 0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 9));
        vault.setCollateral(address(etherToken), CollateralConfig(9, 0, 0, 0));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        vault.setCollateral(address(etherToken), CollateralConfig(ETH, 999, 1000, 0));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        vault.setCollateral(address(etherToken), CollateralConfig(ETH, 10_001, 0, 0));
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        vault.setCollateral(address(etherToken), CollateralConfig(ETH, 0, 0, 1e36 + 1));
        DecimalsTokenMock odd = new DecimalsTokenMock(19);
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.TooManyDecimals.selector, 19, 18));
        vault.setCollateral(address(odd), CollateralConfig(ETH, 0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 9));
        vault.setQuoteFeed(9);
    }

    function test_setCollateral_FailsIf_TooManyTokens() public {
        for (uint256 i = vault.tokens().length; i < 16; ++i) {
            vault.setCollateral(address(new DecimalsTokenMock(6)), CollateralConfig(ETH, 0, 0, 0));
        }
        DecimalsTokenMock next = new DecimalsTokenMock(6);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.TooManyTokens.selector, 16));
        vault.setCollateral(address(next), CollateralConfig(ETH, 0, 0, 0));
    }

    /// @dev What was signed under other haircuts is void.
    function test_settings_ArePartOfTheSignedConfiguration() public {
        bytes32 before = lanes.configDigest();
        vault.setCollateral(address(etherToken), CollateralConfig(ETH, 2001, 1000, CAP));
        bytes32 haircut = lanes.configDigest();
        vault.setQuoteFeed(DOLLAR);
        assertTrue(before != haircut && haircut != lanes.configDigest());
        CollateralConfig memory config = vault.configOf(address(etherToken));
        assertEq(config.haircutBps, 2001);
        vm.expectRevert();
        vm.prank(owner);
        parameters.noteAnnex(bytes32(0));
    }

    function test_setCollateralVault_FailsIf_SetBefore() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.ModuleAlreadySet.selector, address(vault)));
        accounts.setCollateralVault(address(1));
    }
}
