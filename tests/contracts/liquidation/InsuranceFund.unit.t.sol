// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {MarginAccounts} from "../../../contracts/accounts/MarginAccounts.sol";
import {IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {InsuranceFund} from "../../../contracts/liquidation/InsuranceFund.sol";
import {UnlimitedPayouts} from "../mocks/UnlimitedPayouts.sol";
import {MockToken} from "../mocks/MockToken.sol";

/// @notice The fund on the real ledger.
contract InsuranceFundUnitTest is Test {
    uint64 private constant LEDGER_ROLE = 1;

    MockToken private token;
    MarginAccounts private accounts;
    InsuranceFund private fund;
    uint64 private account;

    function setUp() public {
        AccessManager manager = new AccessManager(address(this));
        token = new MockToken();
        accounts =
            new MarginAccounts(address(token), address(manager), new UnlimitedPayouts(address(manager)));
        fund = new InsuranceFund(accounts, address(manager));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = MarginAccounts.moveCash.selector;
        manager.setTargetFunctionRole(address(accounts), selectors, LEDGER_ROLE);
        manager.grantRole(LEDGER_ROLE, address(fund), 0);
        account = accounts.create(address(this));
        token.mint(address(this), 100e6);
        token.approve(address(fund), 100e6);
    }

    function test_contribute_BecomesCashOfTheFundsAccount() public {
        fund.contribute(60e6);
        assertEq(fund.balance(), 60e18);
        assertEq(accounts.cashOf(fund.fundAccount()), 60e18);
        assertEq(accounts.ownerOf(fund.fundAccount()), address(fund));
        assertEq(token.balanceOf(address(fund)), 0);
    }

    function test_contribute_FailsIf_CallerHasTooLittle() public {
        vm.expectRevert();
        fund.contribute(100e6 + 1);
        assertEq(fund.balance(), 0);
    }

    function testFuzz_cover_PaysTheLesserOfShortfallAndBalance(uint256 given, uint256 shortfall) public {
        given = bound(given, 1, 100e6);
        shortfall = bound(shortfall, 1, 200e18);
        fund.contribute(given);
        uint256 want = shortfall < given * 1e12 ? shortfall : given * 1e12;
        assertEq(fund.cover(account, shortfall), want);
        assertEq(fund.balance(), given * 1e12 - want);
        assertEq(accounts.cashOf(account), int256(want));
    }

    function test_cover_OfAnEmptyFundPaysNothingAndPasses() public {
        assertEq(fund.cover(account, 1e18), 0);
    }

    function test_cover_FailsIf_NothingIsAsked() public {
        vm.expectRevert(IInsuranceFund.NothingToPay.selector);
        fund.cover(account, 0);
    }

    function test_cover_FailsIf_CallerIsNotTheModule() public {
        vm.prank(address(0xB));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xB))
        );
        fund.cover(account, 1e18);
    }
}
