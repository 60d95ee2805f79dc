// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MarginAccounts} from "../../../contracts/accounts/MarginAccounts.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {Mode} from "../../../contracts/types/Margin.sol";
import {DecimalsTokenMock, FalseTokenMock, FeeTokenMock, ReentrantTokenMock} from "../mocks/LedgerMocks.sol";
import {MockToken} from "../mocks/MockToken.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

contract CashLedgerTest is LedgerFixture {
    function test_deposit_ScalesExactly(uint64 amount) public {
        vm.assume(amount != 0);
        uint64 account = _open(alice, 0);
        _deposit(account, amount);
        assertEq(ledger.cashOf(account), int256(uint256(amount)) * 1e12);
        assertEq(ledger.totalPositiveCash(), uint256(amount) * 1e12);
    }

    function test_deposit_WadTokenNeedsNoScale() public {
        DecimalsTokenMock wad = new DecimalsTokenMock(18);
        MarginAccounts other = new MarginAccounts(address(wad), address(manager), payouts);
        uint64 account = other.create(alice);
        wad.mint(address(this), 5);
        wad.approve(address(other), 5);
        other.deposit(account, 5);
        assertEq(other.cashOf(account), 5);
    }

    function test_deposit_FailsIf_Zero() public {
        uint64 account = _open(alice, 0);
        vm.expectRevert(IMarginAccounts.ZeroAmount.selector);
        ledger.deposit(account, 0);
    }

    function test_deposit_FailsIf_UnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 5));
        ledger.deposit(5, 1);
    }

    /// @dev HALTED, in liquidation, engine gone: a deposit still passes.
    function test_deposit_AlwaysPasses() public {
        uint64 account = _open(alice, 0);
        engine.setMode(Mode.HALTED);
        liquidation.set(account, true);
        _deposit(account, 1);
        vm.prank(governor);
        ledger.setMarginEngine(address(0));
        _deposit(account, 1);
        assertEq(ledger.cashOf(account), 2e12);
    }

    function test_withdraw_ByOwnerAndDelegate() public {
        uint64 account = _open(alice, 10);
        vm.startPrank(alice);
        ledger.setDelegate(account, carol, true);
        ledger.withdraw(account, 3 * UNIT, alice);
        vm.stopPrank();
        vm.prank(carol);
        ledger.withdraw(account, 7 * UNIT, bob);
        assertEq(payouts.claimOf(address(token), alice), 3 * UNIT);
        assertEq(payouts.claimOf(address(token), bob), 7 * UNIT);
        vm.prank(bob);
        payouts.claim(address(token), carol);
        assertEq(token.balanceOf(carol), 7 * UNIT);
        assertEq(ledger.cashOf(account), 0);
        assertEq(ledger.totalPositiveCash(), 0);
    }

    function test_withdraw_FailsIf_Stranger() public {
        uint64 account = _open(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, account, bob));
        vm.prank(bob);
        ledger.withdraw(account, 1, bob);
    }

    function test_withdraw_FailsIf_Zero() public {
        uint64 account = _open(alice, 10);
        vm.expectRevert(IMarginAccounts.ZeroAmount.selector);
        vm.prank(alice);
        ledger.withdraw(account, 0, alice);
    }

    function test_withdraw_FailsIf_InLiquidation() public {
        uint64 account = _open(alice, 10);
        liquidation.set(account, true);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.AccountInLiquidation.selector, account));
        vm.prank(alice);
        ledger.withdraw(account, 1, alice);
    }

    function test_withdraw_FailsIf_NotNormal(bool halted) public {
        uint64 account = _open(alice, 10);
        engine.setMode(halted ? Mode.HALTED : Mode.REDUCE_ONLY);
        vm.expectRevert(IMarginAccounts.Halted.selector);
        vm.prank(alice);
        ledger.withdraw(account, 1, alice);
    }

    function test_withdraw_FailsIf_BelowInitialMargin() public {
        uint64 account = _open(alice, 10);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.InsufficientMargin.selector, account, -1e12, 0)
        );
        vm.prank(alice);
        ledger.withdraw(account, 10 * UNIT + 1, alice);
    }

    /// @dev 1 perpetual at 100, own 10% = 10, initial 12: of 100 cash 88 may go, not a unit more.
    function test_withdraw_DownToInitialRequirement() public {
        uint64 account = _open(alice, 100);
        uint64 other = _open(bob, 100);
        ledger.settleTrade(account, other, perpetual, 1e18, 100e18);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginAccounts.InsufficientMargin.selector, account, 12e18 - 1e12, 12e18)
        );
        ledger.withdraw(account, 88 * UNIT + 1, alice);
        ledger.withdraw(account, 88 * UNIT, alice);
        assertEq(ledger.cashOf(account), 12e18);
    }

    /// @dev Profit that has not been paid in by its loser yet is not there to be withdrawn.
    function test_withdraw_FailsIf_VaultShort() public {
        uint64 winner = _open(alice, 100);
        uint64 loser = _open(bob, 100);
        ledger.settleTrade(winner, loser, perpetual, 1e18, 100e18);
        engine.setMark(perpetual, 500e18);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.VaultShort.selector, 201 * UNIT, 200 * UNIT));
        vm.prank(alice);
        ledger.withdraw(winner, 201 * UNIT, alice);
    }

    function test_moveCash_MayMakeSenderNegative() public {
        uint64 from = _open(alice, 1);
        uint64 to = _open(bob, 0);
        ledger.moveCash(from, to, 3e18, 6);
        assertEq(ledger.cashOf(from), -2e18);
        assertEq(ledger.cashOf(to), 3e18);
        assertEq(ledger.totalPositiveCash(), 3e18);
    }

    function test_moveCash_ToItselfChangesNothing() public {
        uint64 account = _open(alice, 1);
        ledger.moveCash(account, account, 3e18, 6);
        assertEq(ledger.cashOf(account), 1e18);
        assertEq(ledger.totalPositiveCash(), 1e18);
    }

    function test_moveCash_FailsIf_UnknownAccount() public {
        uint64 account = _open(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 99));
        ledger.moveCash(account, 99, 1, 6);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 0));
        ledger.moveCash(0, account, 1, 6);
    }
}

contract FeeTokenTest is LedgerFixture {
    function _newToken() internal override returns (MockToken) {
        return new FeeTokenMock();
    }

    function test_deposit_FailsIf_TokenTakesFee() public {
        uint64 account = ledger.create(alice);
        token.mint(address(this), 100);
        token.approve(address(ledger), 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.UnsupportedToken.selector, 100, 99));
        ledger.deposit(account, 100);
    }
}

contract FalseTokenTest is LedgerFixture {
    function _newToken() internal override returns (MockToken) {
        return new FalseTokenMock();
    }

    function test_deposit_FailsIf_TokenReturnsFalse() public {
        uint64 account = ledger.create(alice);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        ledger.deposit(account, 100);
    }
}

contract ReentrantTokenTest is LedgerFixture {
    function _newToken() internal override returns (MockToken) {
        return new ReentrantTokenMock();
    }

    function _refuses(bytes memory data) private {
        ReentrantTokenMock evil = ReentrantTokenMock(address(token));
        uint64 account = ledger.accountCount();
        vm.prank(alice);
        ledger.setDelegate(account, address(evil), true);
        evil.arm(address(ledger), data);
        vm.prank(alice);
        ledger.withdraw(account, UNIT, alice);
        assertFalse(evil.succeeded());
        assertEq(
            bytes4(evil.result()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "guarded"
        );
    }

    function test_withdraw_GuardsAgainstWithdraw() public {
        uint64 account = _open(alice, 10);
        _refuses(abi.encodeCall(ledger.withdraw, (account, UNIT, alice)));
        assertEq(ledger.cashOf(account), 9e18);
    }

    function test_withdraw_GuardsAgainstDeposit() public {
        uint64 account = _open(alice, 10);
        _refuses(abi.encodeCall(ledger.deposit, (account, UNIT)));
    }
}
