// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILedgerModules} from "../../../contracts/interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {Mode} from "../../../contracts/types/Margin.sol";
import {InstrumentId, Instruments, Leg, PERPETUAL} from "../../../contracts/types/Instrument.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

contract PositionLedgerTest is LedgerFixture {
    uint64 internal a;
    uint64 internal b;

    function setUp() public override {
        super.setUp();
        a = _open(alice, 1_000);
        b = _open(bob, 1_000);
    }

    // ---- trades ----

    function test_settleTrade_OptionPremiumMovesInCash() public {
        ledger.settleTrade(a, b, call, 2e18, 10e18);
        assertEq(_quantity(a, call), 2e18);
        assertEq(_quantity(b, call), -2e18);
        assertEq(ledger.cashOf(a), 980e18);
        assertEq(ledger.cashOf(b), 1_020e18);
        assertEq(ledger.portfolioNonce(a), 1);
        assertEq(ledger.portfolioNonce(b), 1);
        assertEq(ledger.entryValueOf(a, 1), 0);
    }

    function test_settleTrade_OptionDustStaysWithTheHouse() public {
        ledger.settleTrade(a, b, call, 1, 1);
        assertEq(ledger.cashOf(a), 1_000e18 - 1);
        assertEq(ledger.cashOf(b), 1_000e18);
    }

    function test_settleTrade_PerpetualMovesNoCash() public {
        ledger.settleTrade(a, b, perpetual, 3e18, 100e18);
        assertEq(ledger.cashOf(a), 1_000e18);
        assertEq(ledger.entryValueOf(a, 1), 300e18);
        assertEq(ledger.entryValueOf(b, 1), -300e18);
    }

    /// @dev Buys 2 at 100, sells 1 at 130: nothing is booked; sells the last at 150: 280 - 200 = 80.
    function test_settleTrade_ProfitIsBookedWhenFlat() public {
        ledger.settleTrade(a, b, perpetual, 2e18, 100e18);
        ledger.settleTrade(b, a, perpetual, 1e18, 130e18);
        assertEq(ledger.cashOf(a), 1_000e18);
        assertEq(ledger.entryValueOf(a, 1), 70e18);
        ledger.settleTrade(b, a, perpetual, 1e18, 150e18);
        assertEq(ledger.cashOf(a), 1_080e18);
        assertEq(ledger.cashOf(b), 920e18);
        assertEq(ledger.entryValueOf(a, 1), 0);
        assertEq(ledger.legsOf(a).length, 0);
    }

    function test_settleTrade_FlipKeepsEntryValueAsSum() public {
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        ledger.settleTrade(b, a, perpetual, 3e18, 120e18);
        assertEq(_quantity(a, perpetual), -2e18);
        assertEq(ledger.entryValueOf(a, 1), 100e18 - 360e18);
        assertEq(ledger.cashOf(a), 1_000e18);
    }

    function test_settleTrade_FailsIf_Zero() public {
        vm.expectRevert(IMarginAccounts.ZeroAmount.selector);
        ledger.settleTrade(a, b, perpetual, 0, 1e18);
    }

    function test_settleTrade_FailsIf_Malformed() public {
        InstrumentId odd = Instruments.encode(1, EXPIRY, 0, PERPETUAL);
        vm.expectRevert(
            abi.encodeWithSelector(Instruments.MalformedInstrument.selector, InstrumentId.unwrap(odd))
        );
        ledger.settleTrade(a, b, odd, 1e18, 1e18);
    }

    function test_settleTrade_FailsIf_EitherInLiquidation(bool buyer) public {
        uint64 account = buyer ? a : b;
        liquidation.set(account, true);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.AccountInLiquidation.selector, account));
        ledger.settleTrade(a, b, perpetual, 1e18, 1e18);
    }

    function test_settleTrade_FailsIf_UnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.UnknownAccount.selector, 9));
        ledger.settleTrade(a, 9, perpetual, 1e18, 1e18);
    }

    function test_settleTrade_FailsIf_QuantityOverflows() public {
        uint128 most = uint128(type(int128).max);
        ledger.settleTrade(a, b, perpetual, most, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                SafeCast.SafeCastOverflowedIntDowncast.selector, 128, int256(uint256(most)) + 1
            )
        );
        ledger.settleTrade(a, b, perpetual, 1, 0);
    }

    /// @dev The least int128 is reached by a short and can be closed again.
    function test_settleTrade_LeastQuantityRoundTrip() public {
        uint128 most = uint128(type(int128).max);
        ledger.settleTrade(a, b, perpetual, most, 0);
        uint64 c = _open(carol, 0);
        ledger.settleTrade(c, b, perpetual, 1, 0);
        assertEq(_quantity(b, perpetual), type(int128).min);
        ledger.takeOver(b, c, 1e18);
        assertEq(_quantity(b, perpetual), 0);
        assertEq(_quantity(c, perpetual), -int128(most));
    }

    function test_legs_FailIf_Above128() public {
        for (uint256 i; i < 128; ++i) {
            ledger.settleTrade(a, b, _strike(i), 1e18, 0);
        }
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.TooManyLegs.selector, a, 128));
        ledger.settleTrade(a, b, _strike(128), 1e18, 0);
        ledger.settleTrade(a, b, _strike(5), 1e18, 0);
        ledger.settleTrade(b, a, _strike(7), 1e18, 0);
        ledger.settleTrade(a, b, _strike(128), 1e18, 0);
        assertEq(ledger.legsOf(a).length, 128);
    }

    /// @dev A full portfolio of 128 legs can always be taken over, within a block's gas.
    function test_takeOver_FullPortfolioFits() public {
        for (uint256 i; i < 127; ++i) {
            ledger.settleTrade(a, b, _strike(i), 1e18, 0);
        }
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        uint64 c = _open(carol, 0);
        uint256 gas = gasleft();
        ledger.takeOver(a, c, 1e18);
        assertLt(gas - gasleft(), 15_000_000);
        assertEq(ledger.legsOf(a).length, 0);
        assertEq(ledger.legsOf(c).length, 128);
    }

    // ---- legs ----

    /// @dev Whatever is opened and closed in whatever order, each leg's quantity is its own sum.
    function testFuzz_legs_KeepTheirSums(uint8[24] memory picks, int64[24] memory changes) public {
        int256[8] memory sums;
        for (uint256 i; i < picks.length; ++i) {
            uint256 n = picks[i] % 8;
            // Every fourth trade closes the leg, so that removal is exercised.
            int256 change = i % 4 == 3 ? -sums[n] : int256(changes[i]);
            if (change == 0) continue;
            sums[n] += change;
            if (change > 0) ledger.settleTrade(a, b, _strike(n), uint128(uint256(change)), 1);
            else ledger.settleTrade(b, a, _strike(n), uint128(uint256(-change)), 1);
        }
        uint256 open;
        for (uint256 n; n < 8; ++n) {
            assertEq(_quantity(a, _strike(n)), sums[n]);
            assertEq(_quantity(b, _strike(n)), -sums[n]);
            if (sums[n] != 0) ++open;
        }
        assertEq(ledger.legsOf(a).length, open);
    }

    // ---- take-over ----

    function test_takeOver_MovesShareOfEveryLeg() public {
        uint64 c = _open(carol, 0);
        ledger.settleTrade(a, b, perpetual, 4e18, 100e18);
        ledger.settleTrade(b, a, call, 2e18, 10e18);
        ledger.takeOver(a, c, 0.25e18);
        assertEq(_quantity(a, perpetual), 3e18);
        assertEq(_quantity(c, perpetual), 1e18);
        assertEq(_quantity(a, call), -1.5e18);
        assertEq(_quantity(c, call), -0.5e18);
        assertEq(ledger.entryValueOf(a, 1), 300e18);
        assertEq(ledger.entryValueOf(c, 1), 100e18);
        assertEq(ledger.cashOf(c), 0);
    }

    function test_takeOver_FailsIf_FractionAboveOne() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerModules.FractionAboveOne.selector, 1e18 + 1));
        ledger.takeOver(a, b, 1e18 + 1);
    }

    function test_takeOver_NetsAndBooksProfitOfTheTaker() public {
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        engine.setMark(perpetual, 140e18);
        ledger.takeOver(a, b, 1e18);
        assertEq(ledger.legsOf(a).length + ledger.legsOf(b).length, 0);
        // The taker bears the entry values of both: 100 - 100.
        assertEq(ledger.cashOf(a), 1_000e18);
        assertEq(ledger.cashOf(b), 1_000e18);
    }

    /// @dev In liquidation, halted: the take-over does not ask.
    function test_takeOver_PassesInLiquidation() public {
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        liquidation.set(a, true);
        engine.setMode(Mode.HALTED);
        ledger.takeOver(a, b, 1e18);
        assertEq(ledger.legsOf(a).length, 0);
    }

    /// @dev What leaves one arrives at the other, for any numbers, and a whole take-over leaves nothing.
    function testFuzz_takeOver_ConservesExactly(uint96 quantity, uint64 price, uint256 fraction, bool short)
        public
    {
        quantity = uint96(bound(quantity, 1, type(uint96).max));
        fraction = bound(fraction, 0, 1e18);
        uint64 c = _open(carol, 0);
        if (short) ledger.settleTrade(b, a, perpetual, quantity, price);
        else ledger.settleTrade(a, b, perpetual, quantity, price);
        (int256 before, int256 entry) = (_quantity(a, perpetual), ledger.entryValueOf(a, 1));
        int256 cash = ledger.cashOf(a);
        ledger.takeOver(a, c, fraction);
        assertEq(_quantity(a, perpetual) + _quantity(c, perpetual), before);
        assertEq(ledger.entryValueOf(a, 1) + ledger.entryValueOf(c, 1), entry);
        assertEq(_quantity(c, perpetual), before * int256(fraction) / 1e18);
        ledger.takeOver(a, c, 1e18);
        assertEq(ledger.legsOf(a).length, 0);
        assertEq(ledger.entryValueOf(c, 1), entry);
        assertEq(ledger.cashOf(a), cash);
    }

    // ---- expiry ----

    function test_closeExpired_RoundsAgainstTheAccount() public {
        ledger.settleTrade(a, b, call, 1, 0);
        assertEq(ledger.closeExpired(a, call, 1.5e18), 1);
        assertEq(ledger.closeExpired(b, call, 1.5e18), -2);
        assertEq(ledger.cashOf(a), 1_000e18 + 1);
        assertEq(ledger.cashOf(b), 1_000e18 - 2);
        assertEq(ledger.legsOf(a).length, 0);
    }

    function test_closeExpired_FailsIf_NoLeg() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerModules.NoPosition.selector, a, InstrumentId.unwrap(call))
        );
        ledger.closeExpired(a, call, 1e18);
    }

    function test_closeExpired_FailsIf_Perpetual() public {
        ledger.settleTrade(a, b, perpetual, 1e18, 1e18);
        vm.expectRevert(
            abi.encodeWithSelector(Instruments.MalformedInstrument.selector, InstrumentId.unwrap(perpetual))
        );
        ledger.closeExpired(a, perpetual, 1e18);
    }

    // ---- funding ----

    function test_funding_LongsPayTheRise() public {
        ledger.settleTrade(a, b, perpetual, 2e18, 100e18);
        engine.setFundingIndex(1, 3e18);
        assertEq(ledger.cashOf(a), 994e18);
        assertEq(ledger.cashOf(b), 1_006e18);
    }

    function test_funding_StartsAtTheIndexOfEntry() public {
        engine.setFundingIndex(1, 50e18);
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        assertEq(ledger.cashOf(a), 1_000e18);
        engine.setFundingIndex(1, 49e18);
        assertEq(ledger.cashOf(a), 1_001e18);
        ledger.settleTrade(b, a, perpetual, 1e18, 100e18);
        engine.setFundingIndex(1, 9e18);
        assertEq(ledger.cashOf(a), 1_001e18);
        ledger.settleTrade(a, b, perpetual, 1e18, 100e18);
        assertEq(ledger.cashOf(a), 1_001e18, "a position opened again owes nothing old");
    }

    /// @dev Booking changes no account's cash, and all funding adds up to dust for the house.
    function testFuzz_funding_ZeroSumAndBookedAsViewed(int72[4] memory steps, uint64[4] memory sizes) public {
        uint64 c = _open(carol, 1_000);
        ledger.settleTrade(a, b, perpetual, 1e18 + uint128(sizes[0]), 100e18);
        int256 index;
        for (uint256 i; i < steps.length; ++i) {
            index += steps[i];
            engine.setFundingIndex(1, index);
            int256 viewed = ledger.cashOf(a);
            ledger.takeOver(a, c, uint256(sizes[i]) % 0.5e18);
            assertEq(ledger.cashOf(a), viewed, "booked as viewed");
        }
        int256 sum = ledger.cashOf(a) + ledger.cashOf(b) + ledger.cashOf(c);
        assertLe(sum, 3_000e18);
        assertApproxEqAbs(sum, 3_000e18, 3 * steps.length);
    }
}
