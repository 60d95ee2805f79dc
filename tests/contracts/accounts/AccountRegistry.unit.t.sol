// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MarginAccounts} from "../../../contracts/accounts/MarginAccounts.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {DecimalsTokenMock} from "../mocks/LedgerMocks.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

contract AccountRegistryTest is LedgerFixture {
    function test_create_CountsFromOne() public {
        assertFalse(ledger.exists(1));
        assertEq(ledger.create(alice), 1);
        assertEq(ledger.create(bob), 2);
        assertEq(ledger.accountCount(), 2);
        assertTrue(ledger.exists(2));
        assertFalse(ledger.exists(3));
        assertEq(ledger.ownerOf(2), bob);
        assertEq(ledger.ownerEpoch(1), 0);
    }

    function test_create_FailsIf_NoOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        ledger.create(address(0));
    }

    function test_isAuthorised_NobodyForUnknownAccount(address who) public view {
        assertFalse(ledger.isAuthorised(7, who));
        assertFalse(ledger.isAuthorised(7, address(0)));
    }

    function test_setDelegate_GivesAndTakes() public {
        uint64 account = ledger.create(alice);
        vm.startPrank(alice);
        ledger.setDelegate(account, carol, true);
        assertTrue(ledger.isAuthorised(account, carol));
        ledger.setDelegate(account, carol, false);
        assertFalse(ledger.isAuthorised(account, carol));
    }

    function test_setDelegate_FailsIf_NotOwner() public {
        uint64 account = ledger.create(alice);
        vm.prank(alice);
        ledger.setDelegate(account, carol, true);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, account, carol));
        vm.prank(carol);
        ledger.setDelegate(account, bob, true);
    }

    function test_setDelegate_FailsIf_UnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 9));
        ledger.setDelegate(9, bob, true);
    }

    function test_transfer_EndsDelegationForGood() public {
        uint64 account = ledger.create(alice);
        vm.startPrank(alice);
        ledger.setDelegate(account, carol, true);
        ledger.transferFrom(alice, bob, account);
        vm.stopPrank();
        assertEq(ledger.ownerEpoch(account), 1);
        assertFalse(ledger.isAuthorised(account, carol));
        assertFalse(ledger.isAuthorised(account, alice));
        vm.prank(bob);
        ledger.transferFrom(bob, alice, account);
        assertFalse(ledger.isAuthorised(account, carol), "the delegate does not come back with the owner");
        assertEq(ledger.ownerEpoch(account), 2);
    }

    function test_transfer_ToOneselfStartsEpoch() public {
        uint64 account = ledger.create(alice);
        vm.startPrank(alice);
        ledger.setDelegate(account, carol, true);
        ledger.transferFrom(alice, alice, account);
        assertEq(ledger.ownerEpoch(account), 1);
        assertFalse(ledger.isAuthorised(account, carol));
    }

    function test_approval_IsNoDelegation() public {
        uint64 account = _open(alice, 10);
        vm.prank(alice);
        ledger.setApprovalForAll(carol, true);
        assertFalse(ledger.isAuthorised(account, carol));
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, account, carol));
        vm.prank(carol);
        ledger.withdraw(account, 1, carol);
    }

    function test_delegate_CannotTransferToken() public {
        uint64 account = ledger.create(alice);
        vm.prank(alice);
        ledger.setDelegate(account, carol, true);
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, carol, account)
        );
        vm.prank(carol);
        ledger.transferFrom(alice, carol, account);
    }

    function test_setters_FailIf_NotGovernor() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        ledger.setMarginEngine(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        ledger.setLiquidation(alice);
    }

    function test_moduleFunctions_FailIf_NoRole() public {
        bytes memory refused =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice);
        vm.startPrank(alice);
        vm.expectRevert(refused);
        ledger.settleTrade(1, 2, perpetual, 1, 1);
        vm.expectRevert(refused);
        ledger.takeOver(1, 2, 1e18);
        vm.expectRevert(refused);
        ledger.moveCash(1, 2, 1, 6);
        vm.expectRevert(refused);
        ledger.closeExpired(1, call, 1);
        vm.expectRevert(refused);
        ledger.socialise(1);
    }

    function test_constructor_FailsIf_TooManyDecimals() public {
        address odd = address(new DecimalsTokenMock(19));
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.TooManyDecimals.selector, 19, 18));
        new MarginAccounts(odd, address(manager), payouts);
    }

    function test_withdraw_FailsIf_NoEngine() public {
        MarginAccounts bare = new MarginAccounts(address(token), address(manager), payouts);
        uint64 account = bare.create(alice);
        vm.expectRevert(ILedgerModules.ModuleNotSet.selector);
        vm.prank(alice);
        bare.withdraw(account, 1, alice);
    }
}
