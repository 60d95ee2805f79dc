// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {InterestRates} from "../../../contracts/accounts/InterestRates.sol";
import {IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {RiskParameters} from "../../../contracts/parameters/RiskParameters.sol";
import {Accrual, InterestModel} from "../../../contracts/types/Interest.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @notice A fund of which only its account matters here.
contract FundAccount {
    uint64 public fundAccount;

    constructor(uint64 account) {
        fundAccount = account;
    }
}

contract CashInterestTest is LedgerFixture {
    uint256 private constant YEAR = 365 days;

    uint64 private lender;
    uint64 private debtor;
    uint64 private fund;
    RiskParameters private parameters;
    InterestRates private rates;

    function setUp() public override {
        super.setUp();
        lender = _open(alice, 50);
        debtor = _open(bob, 0);
        fund = _open(carol, 0);
        parameters = new RiskParameters(address(manager));
        rates = new InterestRates(
            ledger, IInsuranceFund(address(new FundAccount(fund))), parameters, address(manager)
        );
        manager.grantRole(manager.ADMIN_ROLE(), address(rates), 0);
        ledger.setInterestRates(address(rates));
        // 4% at a kink of 80%, a tenth of it to the fund.
        rates.setInterestModel(InterestModel(0, 40_000, 750_000, 8_000, 1_000, 0.5e18));
    }

    /// @dev 50 owed to 100: utilisation 50%, 2.5% a year: 1.25, of which 1.125 to the lender and 0.125 to the fund.
    function test_interest_WorkedExample() public {
        ledger.moveCash(debtor, lender, 50e18, 6);
        vm.warp(block.timestamp + YEAR);
        assertEq(ledger.cashOf(debtor), -51.25e18);
        assertApproxEqAbs(ledger.cashOf(lender), 101.125e18, 10);
        assertLe(ledger.cashOf(lender), 101.125e18);
        assertApproxEqAbs(ledger.interestNow().reserve, 0.125e18, 10);
        assertApproxEqAbs(ledger.accrueInterest(), 0.125e18, 10);
        assertApproxEqAbs(ledger.cashOf(fund), 0.125e18, 10);
        assertEq(ledger.interestNow().reserve, 0);
        assertEq(ledger.accrueInterest(), 0);
    }

    /// @dev What no log says is not written: a reading of the clock while nobody owes anything.
    function test_accrueInterest_WritesNothingThatNoLogTells() public {
        vm.warp(block.timestamp + YEAR);
        vm.record();
        vm.recordLogs();
        assertEq(ledger.accrueInterest(), 0);
        (, bytes32[] memory written) = vm.accesses(address(ledger));
        assertEq(written.length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev The view counts to the second what the next change books.
    function testFuzz_interest_ViewIsWhatIsBooked(uint32 elapsed, uint64 owed) public {
        owed = uint64(bound(owed, 1, type(uint64).max));
        ledger.moveCash(debtor, lender, owed, 6);
        vm.warp(block.timestamp + elapsed);
        (int256 debt, int256 lent) = (ledger.cashOf(debtor), ledger.cashOf(lender));
        ledger.moveCash(debtor, lender, 1, 6);
        assertEq(ledger.cashOf(debtor), debt - 1);
        assertEq(ledger.cashOf(lender), lent + 1);
    }

    /// @dev Nothing is charged for the time before a debt or a model; a premium counts from the last accrual on.
    function test_interest_IsNotRetroactive() public {
        vm.warp(block.timestamp + YEAR);
        ledger.moveCash(debtor, lender, 50e18, 6);
        assertEq(ledger.cashOf(debtor), -50e18);
        vm.warp(block.timestamp + YEAR);
        int256 before = ledger.cashOf(debtor);
        ledger.accrueInterest();
        parameters.setBorrowPremium(0.5e18);
        assertEq(ledger.cashOf(debtor), before);
        rates.setInterestModel(InterestModel(200_000, 0, 0, 5_000, 0, 1e18));
        assertEq(ledger.cashOf(debtor), before);
    }

    function test_premium_AddsToTheRateUpToTheModelsBound() public {
        ledger.moveCash(debtor, lender, 50e18, 6);
        parameters.setBorrowPremium(0.1e18);
        vm.warp(block.timestamp + YEAR);
        assertEq(ledger.cashOf(debtor), -56.25e18);
        rates.setInterestModel(InterestModel(0, 40_000, 750_000, 8_000, 1_000, 0.05e18));
        assertEq(rates.premium(), 0.05e18);
    }

    function test_setInterestModel_FailsIf_OutOfBounds() public {
        InterestModel[8] memory bad = [
            InterestModel(200_001, 0, 0, 5_000, 0, 0),
            InterestModel(0, 1_000_001, 2_000_000, 5_000, 0, 0),
            InterestModel(0, 2, 1, 5_000, 0, 0),
            InterestModel(0, 0, 2_000_001, 5_000, 0, 0),
            InterestModel(0, 0, 0, 999, 0, 0),
            InterestModel(0, 0, 0, 9_901, 0, 0),
            InterestModel(0, 0, 0, 5_000, 5_001, 0),
            InterestModel(0, 0, 0, 5_000, 0, 1e18 + 1)
        ];
        for (uint256 i; i < bad.length; ++i) {
            vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
            rates.setInterestModel(bad[i]);
        }
    }

    function test_setInterestModel_IsInTheDigestThatSignersSign() public {
        bytes32 before = parameters.parametersDigest();
        rates.setInterestModel(InterestModel(1, 40_000, 750_000, 8_000, 1_000, 0.5e18));
        assertNotEq(parameters.parametersDigest(), before);
        parameters.setBorrowPremium(0.1e18);
        assertNotEq(parameters.parametersDigest(), before);
    }

    function test_setters_FailIf_CalledByAStrangerOrTwice() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.ModuleAlreadySet.selector, address(rates)));
        ledger.setInterestRates(address(1));
        bytes memory refused =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice);
        vm.startPrank(alice);
        vm.expectRevert(refused);
        rates.setInterestModel(InterestModel(0, 0, 0, 5_000, 0, 0));
        vm.expectRevert(refused);
        ledger.setInterestRates(address(1));
    }

    /// @dev Debt, then losses shared: lenders lose by the loss, and the debtor's index is no part of it.
    function test_socialise_AfterInterestSharesWhatIsOwedNow() public {
        ledger.moveCash(debtor, lender, 50e18, 6);
        vm.warp(block.timestamp + YEAR);
        vm.expectEmit(true, true, true, false, address(ledger));
        emit IMarginAccounts.LossSocialised(51.25e18, 0, 0, 0, 0);
        assertEq(ledger.socialise(debtor), 51.25e18);
        assertEq(ledger.cashOf(debtor), 0);
        assertApproxEqAbs(ledger.cashOf(lender), 101.125e18 - 51.25e18, 1000);
    }

    /// @dev A model without rates, and a ledger without debt, charge nothing and emit nothing.
    function test_interest_NothingWithoutDebt() public {
        vm.warp(block.timestamp + YEAR);
        ledger.moveCash(lender, fund, 1e18, 6);
        assertEq(ledger.cashOf(lender), 49e18);
        Accrual memory now_ = ledger.interestNow();
        assertEq(now_.debtIndex, 1e27);
        assertEq(now_.supplyFactor, 1e27);
    }

    struct Step {
        uint8 kind;
        uint24 wait;
        uint8 from;
        uint8 to;
        uint80 amount;
    }

    /// @dev Whatever moves between three accounts in whatever time: cash and reserve add up to what came in, less dust, never more.
    function testFuzz_interest_ConservesCash(Step[24] memory steps) public {
        uint256 vault = 50e18;
        for (uint256 i; i < steps.length; ++i) {
            vm.warp(block.timestamp + steps[i].wait);
            vault += _act(steps[i]);
            int256 sum = ledger.cashOf(lender) + ledger.cashOf(debtor) + ledger.cashOf(fund);
            sum += int256(uint256(ledger.interestNow().reserve));
            assertLe(sum, int256(vault), "interest made money");
            assertGe(sum + int256(_dust(i + 1)), int256(vault), "more than dust is gone");
        }
        Accrual memory last = ledger.interestNow();
        assertGe(last.totalPositive, _positive(lender) + _positive(debtor) + _positive(fund), "bound of cash");
    }

    function _act(Step memory step) private returns (uint256 deposited) {
        uint64 from = step.from % 3 + 1;
        if (step.kind % 8 == 0) ledger.socialise(from);
        if (step.kind % 8 == 1) ledger.accrueInterest();
        if (step.kind % 8 == 2) parameters.setBorrowPremium(uint64(step.amount % 0.5e18));
        if (step.kind % 8 == 3) {
            uint256 amount = step.amount % 1e12 + 1;
            _deposit(from, amount);
            return amount * 1e12;
        }
        if (step.kind % 8 > 3) ledger.moveCash(from, step.to % 3 + 1, step.amount % 1_000e18, 6);
    }

    /// @dev Per step a 1e-18 share of at most 24,000 + 24 deposits of 1e6 quote units, and one unit for each account and index.
    function _dust(uint256 steps) private pure returns (uint256) {
        return steps * (100_000_000 + 20);
    }

    function _positive(uint64 account) private view returns (uint256) {
        int256 cash = ledger.cashOf(account);
        return cash > 0 ? uint256(cash) : 0;
    }
}
