// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {ReentrantToken} from "./ReentrantToken.sol";

/// @notice A token that calls back during the transfers of deposits and withdrawals.
contract ReentrancyTest is SystemMarket {
    ReentrantToken private evil;
    uint64 private account;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        account = open("attacker", 1000e6);
        open("bystander", 1000e6);
        vm.etch(address(token), address(new ReentrantToken()).code);
        evil = ReentrantToken(address(token));
        vm.prank(owners[account]);
        accounts.setDelegate(account, address(evil), true);
    }

    function _withdrawArmed(address target, bytes memory payload) private {
        evil.arm(target, payload);
        vm.prank(owners[account]);
        accounts.withdraw(account, 400e6, owners[account]);
        assertTrue(evil.called());
    }

    function _requireGuarded() private view {
        assertFalse(evil.succeeded());
        assertEq(evil.reason(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function _requireBacked() private view {
        uint256 cash = uint256(accounts.cashOf(account) + accounts.cashOf(account + 1));
        assertEq(token.balanceOf(address(accounts)) * 1e12, cash);
    }

    function test_withdraw_FailsIf_EnteredAgainByAWithdrawal() public {
        _withdrawArmed(address(accounts), abi.encodeCall(accounts.withdraw, (account, 600e6, address(evil))));
        _requireGuarded();
        assertEq(accounts.cashOf(account), 600e18);
        _requireBacked();
    }

    function test_withdraw_FailsIf_EnteredAgainByADeposit() public {
        _withdrawArmed(address(accounts), abi.encodeCall(accounts.deposit, (account, 1)));
        _requireGuarded();
        _requireBacked();
    }

    /// @dev Whoever is called during a withdrawal already sees the account without the money.
    function test_withdraw_ShowsTheReducedCashInside() public {
        _withdrawArmed(address(this), abi.encodeCall(this.requireReduced, ()));
        assertTrue(evil.succeeded());
    }

    function requireReduced() external view {
        assertEq(accounts.cashOf(account), 600e18);
    }

    /// @dev A transfer to the vault behind the deposit's back would be credited to nobody: refused as a strange token.
    function test_deposit_FailsIf_TheVaultReceivesMoreMeanwhile() public {
        evil.mint(address(this), 20);
        evil.approve(address(accounts), 10);
        evil.arm(address(this), abi.encodeCall(this.payDirectly, ()));
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.UnsupportedToken.selector, 10, 20));
        accounts.deposit(account, 10);
    }

    function payDirectly() external {
        token.transfer(address(accounts), 10);
    }
}
