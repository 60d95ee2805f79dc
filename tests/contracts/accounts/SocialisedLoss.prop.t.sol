// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

contract SocialisedLossTest is LedgerFixture {
    uint64 internal a;
    uint64 internal b;
    uint64 internal debtor;

    function setUp() public override {
        super.setUp();
        a = _open(alice, 300);
        b = _open(bob, 100);
        debtor = _open(carol, 0);
    }

    /// @dev Makes `debtor` owe `amount`, which leaves the vault (to an account outside the three).
    function _owe(uint256 amount) private {
        ledger.moveCash(debtor, a, amount, 6);
    }

    /// @dev 60 owed to a: 360, 100, -60. The factor is 400 / 460.
    function test_socialise_TakesProRata() public {
        _owe(60e18);
        assertEq(ledger.socialise(debtor), 60e18);
        assertEq(ledger.cashOf(debtor), 0);
        assertApproxEqAbs(ledger.cashOf(a), int256(360e18) * 400 / 460, 1e3);
        assertApproxEqAbs(ledger.cashOf(b), int256(100e18) * 400 / 460, 1e3);
        assertLe(ledger.cashOf(a) + ledger.cashOf(b), 400e18);
    }

    function test_socialise_NothingOwed() public {
        assertEq(ledger.socialise(a), 0);
        assertEq(ledger.socialise(debtor), 0);
        (uint256 factor, uint64 generation) = ledger.survival();
        assertEq(factor, 1e27);
        assertEq(generation, 0);
    }

    /// @dev A debt above all positive cash takes all of it and stays for the rest.
    function test_socialise_WipesOutAndGoesOn() public {
        _makeDebtAboveAllCash();
        uint256 total = ledger.totalPositiveCash();
        int256 owed = ledger.cashOf(debtor);
        assertEq(ledger.socialise(debtor), total);
        assertEq(ledger.cashOf(debtor), owed + int256(total));
        assertEq(ledger.cashOf(a), 0);
        assertEq(ledger.cashOf(b), 0);
        assertEq(ledger.totalPositiveCash(), 0);
        assertEq(ledger.socialise(debtor), 0, "nothing left to take, and no revert");
        _deposit(b, 10 * UNIT);
        assertEq(ledger.cashOf(b), 10e18, "a new deposit bears no old loss");
        assertEq(ledger.cashOf(a), 0);
    }

    /// @dev A long closes at a profit against an open short: its cash exists before the short has paid.
    function _makeDebtAboveAllCash() private {
        ledger.settleTrade(a, debtor, perpetual, 1e18, 100e18);
        ledger.settleTrade(debtor, b, perpetual, 1e18, 2_000e18);
        assertEq(ledger.cashOf(debtor), -1_900e18);
    }

    function test_socialise_AccountWithLegsIsLeftAlone() public {
        ledger.settleTrade(debtor, b, call, 1e18, 10e18);
        assertEq(ledger.socialise(debtor), 0);
        assertEq(ledger.cashOf(debtor), -10e18);
    }

    function test_socialise_FailsIf_UnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 77));
        ledger.socialise(77);
    }

    /// @dev After any losses: accounts never hold more than before less the loss, never more than is tracked,
    /// and what rounding took is tiny.
    function testFuzz_socialise_HouseNeverShort(uint96[4] memory losses, uint96 late) public {
        uint256 vault = 400e18;
        for (uint256 i; i < losses.length; ++i) {
            uint256 loss = bound(losses[i], 1, ledger.totalPositiveCash() / 2);
            ledger.moveCash(debtor, a, loss, 6);
            ledger.socialise(debtor);
            if (i == 1) vault += _depositLate(late);
            int256 sum = ledger.cashOf(a) + ledger.cashOf(b) + ledger.cashOf(debtor);
            assertLe(sum, int256(vault), "the vault covers every account");
            assertApproxEqAbs(sum, int256(vault), _dustBound(vault, i + 1), "rounding takes dust only");
            assertGe(int256(ledger.totalPositiveCash()), ledger.cashOf(a) + ledger.cashOf(b));
        }
    }

    /// @dev A loss's factor is floored to 1e-18 of positive cash (the vault and half of it in debt), each account's
    /// cash to one unit.
    function _dustBound(uint256 vault, uint256 losses) private pure returns (uint256) {
        return losses * (vault * 3 / 2 / 1e18 + 4);
    }

    function _depositLate(uint96 late) private returns (uint256) {
        uint256 amount = bound(late, 1, 1e12);
        _deposit(b, amount);
        return amount * 1e12;
    }

    /// @dev Each round grows positive cash tenfold by a debt to a and writes the debt off: b keeps a tenth. After forty
    /// rounds, some generations on, b's old cash is nothing and its new cash is whole.
    function test_socialise_ManyHeavyLossesKeepPrecision() public {
        uint256 left = 100e18;
        for (uint256 i; i < 40; ++i) {
            ledger.moveCash(debtor, a, ledger.totalPositiveCash() * 9, 6);
            ledger.socialise(debtor);
            left /= 10;
            assertLe(ledger.cashOf(b), int256(left));
            assertApproxEqAbs(ledger.cashOf(b), int256(left), 2);
            assertApproxEqAbs(ledger.cashOf(a) + ledger.cashOf(b), 400e18, 4_000 * (i + 1));
        }
        (, uint64 generation) = ledger.survival();
        assertGe(generation, 4);
        _deposit(b, UNIT);
        assertEq(ledger.cashOf(b), 1e18);
        ledger.moveCash(debtor, b, 1e18, 6);
        ledger.socialise(debtor);
        assertApproxEqAbs(ledger.cashOf(b), int256(2e18) * 401 / 402, 10);
    }

    /// @dev An idle account and one written after every loss end within dust of each other.
    function testFuzz_socialise_IdleAndBusyAccountsShareAlike(uint96[6] memory losses) public {
        uint64 idle = _open(alice, 50);
        uint64 busy = _open(alice, 50);
        uint64 sink = _open(alice, 0);
        for (uint256 i; i < losses.length; ++i) {
            uint256 loss = bound(losses[i], 1, ledger.totalPositiveCash() / 3);
            ledger.moveCash(debtor, a, loss, 6);
            ledger.socialise(debtor);
            ledger.moveCash(busy, sink, 1, 6);
            ledger.moveCash(sink, busy, 1, 6);
        }
        assertApproxEqAbs(ledger.cashOf(idle), ledger.cashOf(busy), 20);
    }
}
