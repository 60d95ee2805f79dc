// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IPayouts} from "../../../contracts/interfaces/IPayouts.sol";
import {CollateralConfig} from "../../../contracts/types/Collateral.sol";
import {
    BlacklistToken,
    FalseToken,
    FeeOnTransferToken,
    HookToken,
    RebasingToken,
    SilentToken
} from "../mocks/HostileTokens.sol";
import {CollateralFixture} from "./CollateralFixture.sol";

contract HostileTokensTest is CollateralFixture {
    // ---- fee on transfer ----

    function test_deposit_FailsIf_TokenTakesFee() public {
        FeeOnTransferToken coin = new FeeOnTransferToken();
        _adopt(coin, 100);
        coin.setFee(100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.UnsupportedToken.selector, 100, 99));
        vm.prank(owner);
        vault.deposit(account, address(coin), 100);
    }

    /// @dev A fee switched on later stops withdrawals of that token and takes nothing from anyone's count.
    function test_withdraw_FailsIf_FeeCameLater() public {
        FeeOnTransferToken coin = new FeeOnTransferToken();
        _adopt(coin, 1e18);
        _deposit(coin, 1e18);
        coin.setFee(100);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.TokenShort.selector, address(coin), 0.99e18, 1e18));
        vm.prank(owner);
        vault.withdraw(account, address(coin), 1e18, owner);
        assertEq(vault.balanceOf(account, address(coin)), 1e18);
        _put(account, etherToken, 1e18);
    }

    // ---- rebases and donations ----

    function test_rebase_DownStopsThatTokenAlone() public {
        RebasingToken coin = new RebasingToken();
        _adopt(coin, 10e18);
        _deposit(coin, 4e18);
        _put(account, etherToken, 1e18);
        (, int256 highBefore) = vault.valueOf(account);
        coin.rebase(0.5e18);
        vm.startPrank(owner);
        bytes memory short =
            abi.encodeWithSelector(ICollateralVault.VaultShortOf.selector, address(coin), 2e18, 4e18);
        vm.expectRevert(short);
        vault.withdraw(account, address(coin), 1, owner);
        vm.expectRevert(short);
        vault.deposit(account, address(coin), 1);
        vault.withdraw(account, address(etherToken), 0.5e18, owner);
        vm.stopPrank();
        _put(account, etherToken, 0.5e18);
        assertTrue(vault.reportShortage(address(coin)));
        (int256 low, int256 high) = vault.valueOf(account);
        assertEq(low, 1498.5e18 * 8 / 10, "no credit for new risk");
        assertEq(high, highBefore, "no liquidation by a report");
        coin.rebase(1e18);
        assertFalse(vault.reportShortage(address(coin)));
        _take(coin, 4e18);
    }

    function testFuzz_rebaseUpAndDonation_ChangeNobodysEquity(uint96 donated, uint64 growth) public {
        RebasingToken coin = new RebasingToken();
        _adopt(coin, 10e18);
        _deposit(coin, 4e18);
        uint64 other = open("other", 5e6);
        (int256 low, int256 high) = accounts.creditOf(account, 0);
        (int256 otherLow,) = accounts.creditOf(other, 0);
        coin.mint(address(vault), donated);
        token.mint(address(accounts), donated);
        token.mint(address(payouts), donated);
        coin.rebase(1e18 + uint256(growth));
        (int256 lowAfter, int256 highAfter) = accounts.creditOf(account, 0);
        (int256 otherAfter,) = accounts.creditOf(other, 0);
        assertEq(lowAfter, low);
        assertEq(highAfter, high);
        assertEq(otherAfter, otherLow);
        assertEq(vault.totalOf(address(coin)), 4e18);
    }

    // ---- blacklists, odd answers ----

    /// @dev The blocked one's money waits; everyone else goes on, and the blocked one may name another receiver.
    function test_claim_BlacklistedRecipientBlocksNobody() public {
        BlacklistToken coin = new BlacklistToken();
        _adopt(coin, 10e6);
        _deposit(coin, 10e6);
        coin.block_(owner, true);
        _take(coin, 4e6);
        vm.prank(owner);
        vault.withdraw(account, address(coin), 6e6, address(0xCAFE));
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(BlacklistToken.Blocked.selector, owner));
        payouts.claim(address(coin), owner);
        vm.prank(address(0xCAFE));
        payouts.claim(address(coin), address(0xCAFE));
        assertEq(coin.balanceOf(address(0xCAFE)), 6e6);
        vm.prank(owner);
        payouts.claim(address(coin), address(0xBEEF));
        assertEq(coin.balanceOf(address(0xBEEF)), 4e6);
    }

    function test_falseAnswer_IsAFailure() public {
        FalseToken coin = new FalseToken();
        _adopt(coin, 10);
        _deposit(coin, 5);
        coin.breakIt();
        bytes memory failed =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(coin));
        vm.startPrank(owner);
        vm.expectRevert(failed);
        vault.deposit(account, address(coin), 5);
        vm.expectRevert(failed);
        vault.withdraw(account, address(coin), 5, owner);
        assertEq(vault.balanceOf(account, address(coin)), 5);
    }

    function test_noAnswer_IsASuccess() public {
        SilentToken coin = new SilentToken();
        vault.setCollateral(address(coin), CollateralConfig(ETH, 2000, 1000, CAP));
        coin.mint(owner, 10);
        vm.startPrank(owner);
        coin.approve(address(vault), 10);
        vault.deposit(account, address(coin), 10);
        vault.withdraw(account, address(coin), 4, owner);
        payouts.claim(address(coin), owner);
        assertEq(coin.balanceOf(owner), 4);
    }

    // ---- hooks ----

    /// @dev During any transfer of the token, before or after the balances move, every entry is refused or changes only what its
    /// caller may change anyway; the books hold what they hold.
    function testFuzz_hooks_ReenterEveryEntry(uint8 entry, uint8 via, bool isBefore) public {
        HookToken coin = new HookToken();
        _adopt(coin, 20e18);
        _deposit(coin, 10e18);
        vm.startPrank(owner);
        accounts.setDelegate(account, address(coin), true);
        vault.withdraw(account, address(coin), 1e18, owner);
        coin.transfer(address(coin), 1e18);
        vm.stopPrank();
        vm.prank(address(coin));
        coin.approve(address(vault), type(uint256).max);
        coin.arm(_target(entry), _payload(entry, coin), isBefore);
        _touch(coin, via % 3);
        coin.disarm();
        if (via % 3 == 2) assertEq(coin.calls(), 1, "the hook was called");
        assertGe(coin.balanceOf(address(vault)), vault.totalOf(address(coin)), "vault");
        assertGe(coin.balanceOf(address(payouts)), payouts.owed(address(coin)), "payouts");
        assertEq(vault.totalOf(address(coin)), vault.balanceOf(account, address(coin)), "one holder");
    }

    function _touch(HookToken coin, uint8 via) private {
        vm.startPrank(owner);
        if (via == 0) try vault.deposit(account, address(coin), 1e18) {} catch {}
        if (via == 1) try vault.withdraw(account, address(coin), 2e18, owner) {} catch {}
        if (via == 2) payouts.claim(address(coin), owner);
        vm.stopPrank();
        if (via == 2 && coin.reason() != bytes4(0)) _requireKnown(coin.reason());
    }

    function _requireKnown(bytes4 reason) private pure {
        assertTrue(
            reason == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
                || reason == IMarginAccounts.VaultShort.selector || reason == IPayouts.NothingToClaim.selector
                || reason == IPayouts.TokenShort.selector
        );
    }

    function _target(uint8 entry) private view returns (address) {
        if (entry % 6 < 3) return address(vault);
        return entry % 6 == 5 ? address(accounts) : address(payouts);
    }

    function _payload(uint8 entry, HookToken coin) private view returns (bytes memory) {
        address asset = address(coin);
        if (entry % 6 == 0) return abi.encodeCall(vault.deposit, (account, asset, 1e18));
        if (entry % 6 == 1) return abi.encodeCall(vault.withdraw, (account, asset, 3e18, asset));
        if (entry % 6 == 2) return abi.encodeCall(vault.reportShortage, (asset));
        if (entry % 6 == 3) return abi.encodeCall(payouts.credit, (asset, asset, 1e18));
        if (entry % 6 == 4) return abi.encodeCall(payouts.claim, (asset, asset));
        return abi.encodeCall(accounts.withdraw, (account, 1, asset));
    }

    /// @dev A token that credits itself from the middle of a withdrawal takes nothing: the withdrawal fails with it.
    function test_credit_StolenInTheMiddleFailsTheWithdrawal() public {
        HookToken coin = new HookToken();
        _adopt(coin, 10e18);
        _deposit(coin, 10e18);
        coin.arm(
            address(payouts), abi.encodeCall(payouts.credit, (address(coin), address(coin), 2e18)), false
        );
        vm.expectRevert(abi.encodeWithSelector(IPayouts.TokenShort.selector, address(coin), 2e18, 4e18));
        vm.prank(owner);
        vault.withdraw(account, address(coin), 2e18, owner);
    }
}
