// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation, LegLimit} from "../../../contracts/interfaces/ILiquidation.sol";
import {IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Class 7, the waterfall: equity, fund, deleveraging at mark, everyone's cash; each step conserves, and nobody
/// leaves in between.
contract WaterfallUnitTest is SystemMarket {
    uint64 private debtor;
    uint64 private first;
    uint64 private second;
    uint64 private bystander;
    uint64 private bidder;
    InstrumentId private future;
    InstrumentId private option;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        debtor = open("debtor", 80_000e6);
        first = open("first", 400_000e6);
        second = open("second", 400_000e6);
        bystander = open("bystander", 100_000e6);
        bidder = open("bidder", 500_000e6);
        (future, option) = (perpetual(BTC), call(BTC, FAR, 21_000));
        trade(debtor, first, future, 6e18, 20_000e18);
        trade(debtor, second, future, 3e18, 20_000e18);
        trade(debtor, first, option, 2e18, 1200e18);
    }

    function _equity(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    function _everyone() private view returns (int256 sum) {
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            sum += _equity(account);
        }
    }

    /// @dev Bitcoin falls far enough that the debtor owes more than it has.
    function _start() private {
        passLive(60, 11_000e18, 1500e18);
        liquidation.start(debtor, engine.worstWitness(debtor), bidder);
        assertLt(_equity(debtor), -1000e18);
    }

    function _both() private view returns (uint64[] memory list) {
        list = new uint64[](2);
        (list[0], list[1]) = (first, second);
    }

    function _one(uint64 account) private pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = account;
    }

    function _quantity(uint64 account, InstrumentId instrument) private view returns (int256) {
        for (uint256 i = 0; i < accounts.legsOf(account).length; ++i) {
            if (
                InstrumentId.unwrap(accounts.legsOf(account)[i].instrument) == InstrumentId.unwrap(instrument)
            ) {
                return accounts.legsOf(account)[i].quantity;
            }
        }
        return 0;
    }

    function _withdraws(uint64 account) private returns (bool passed) {
        vm.prank(owners[account]);
        try accounts.withdraw(account, 1e6, address(0xCAFE)) {
            return true;
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IMarginAccounts.ExitGateClosed.selector);
        }
    }

    /// @dev Everyone who holds the other side, pro rata, at mark: no equity moves but by what rounding takes.
    function test_deleverage_ClosesUnbidLegsAtMarkProRata() public {
        contribute(1000e6);
        _start();
        passLive(61 minutes, 11_000e18, 1500e18);
        int256[4] memory before = [_equity(debtor), _equity(first), _equity(second), _everyone()];
        assertEq(liquidation.deleverage(debtor, future, _both()), 9e18);
        assertEq(_quantity(debtor, future), 0);
        assertEq(_quantity(first, future), 0);
        assertEq(_quantity(second, future), 0);
        assertApproxEqAbs(_equity(debtor), before[0], 1e9);
        assertApproxEqAbs(_equity(first), before[1], 1e9);
        assertApproxEqAbs(_equity(second), before[2], 1e9);
        assertEq(_everyone(), before[3], "conserved");
        assertTrue(liquidation.inLiquidation(debtor), "an option is left");
        assertEq(liquidation.deleverage(debtor, option, _one(first)), 2e18);
        assertFalse(liquidation.inLiquidation(debtor), "empty: the fund and everyone paid");
        assertEq(accounts.cashOf(debtor), 0);
        assertEq(fund.balance(), 0);
        assertEq(liquidation.totalDeficit(), 0);
        assertLe(_everyone(), before[3]);
        assertApproxEqAbs(_everyone(), before[3], 1e12, "nothing vanishes");
    }

    /// @dev Part of a leg against a part of its holders: each gives the same share of what it holds.
    function testFuzz_deleverage_SharesAreInProportion(uint256 other) public {
        other = bound(other, 1, 400) * 0.01e18;
        uint64 third = open("third", 400_000e6);
        trade(bystander, third, future, other, 20_000e18);
        _start();
        passLive(61 minutes, 11_000e18, 1500e18);
        uint64[] memory all = new uint64[](3);
        (all[0], all[1], all[2]) = (first, second, third);
        assertEq(liquidation.deleverage(debtor, future, all), 9e18);
        uint256 size = 9e18 + other;
        assertApproxEqAbs(_quantity(first, future), -int256(6e18 - 9e18 * 6e18 / size), 3);
        assertApproxEqAbs(_quantity(second, future), -int256(3e18 - 9e18 * 3e18 / size), 3);
        assertApproxEqAbs(_quantity(third, future), -int256(other - 9e18 * other / size), 3);
    }

    function test_deleverage_FailsIf_BiddersStillHaveTime() public {
        _start();
        passLive(59 minutes, 11_000e18, 1500e18);
        vm.expectPartialRevert(ILiquidation.StillOnOffer.selector);
        liquidation.deleverage(debtor, future, _both());
    }

    function test_deleverage_FailsIf_TheAccountIsSolvent() public {
        passLive(60, 13_000e18, 1500e18);
        liquidation.start(debtor, engine.worstWitness(debtor), 0);
        passLive(61 minutes, 13_000e18, 1500e18);
        assertGt(_equity(debtor), 0);
        vm.expectPartialRevert(ILiquidation.NotInsolvent.selector);
        liquidation.deleverage(debtor, future, _both());
    }

    /// @dev Nobody can be named twice, nor anyone who does not hold the other side, nor the account itself.
    function test_deleverage_FailsIf_ACounterpartyIsNone() public {
        _start();
        passLive(61 minutes, 11_000e18, 1500e18);
        uint64[] memory twice = _both();
        twice[1] = first;
        vm.expectPartialRevert(ILiquidation.NotACounterparty.selector);
        liquidation.deleverage(debtor, future, twice);
        vm.expectPartialRevert(ILiquidation.NotACounterparty.selector);
        liquidation.deleverage(debtor, future, _one(bystander));
        vm.expectPartialRevert(ILiquidation.NotACounterparty.selector);
        liquidation.deleverage(debtor, future, _one(debtor));
        vm.expectPartialRevert(ILiquidation.TooManyCounterparties.selector);
        liquidation.deleverage(debtor, future, new uint64[](33));
    }

    /// @dev From the block of the start on nobody leaves while the fund cannot carry the deficit; then everyone may again.
    function test_exitGate_IsClosedFromTheStartUntilTheLossIsBorne() public {
        contribute(1000e6);
        assertTrue(_withdraws(bystander));
        _start();
        assertGt(liquidation.totalDeficit(), 1000e18);
        assertTrue(liquidation.exitGateClosed());
        assertFalse(_withdraws(bystander), "in the very block of the start");
        deposit(bystander, 1);
        int256 before = accounts.cashOf(bystander);
        bid(debtor, bidder, 1e18);
        assertFalse(liquidation.exitGateClosed());
        assertLt(accounts.cashOf(bystander), before, "whoever wanted out bore its part");
        assertTrue(_withdraws(bystander));
    }

    function test_exitGate_StaysOpenWhileTheFundCarriesTheDeficit() public {
        contribute(200_000e6);
        _start();
        assertGt(liquidation.totalDeficit(), 0);
        assertFalse(liquidation.exitGateClosed());
        assertTrue(_withdraws(bystander));
    }

    /// @dev A deposit or a better price ends the deficit for whoever proves it; the fund's own exits wait at the gate too.
    function test_exitGate_OpensWhenTheDeficitIsGone() public {
        _start();
        assertFalse(_withdraws(bystander));
        uint256 noted = liquidation.deficitOf(debtor);
        passLive(60, 11_500e18, 1500e18);
        liquidation.measureDeficit(debtor);
        assertLt(liquidation.deficitOf(debtor), noted);
        deposit(debtor, 60_000e6);
        liquidation.measureDeficit(debtor);
        assertEq(liquidation.totalDeficit(), 0);
        assertTrue(_withdraws(bystander));
    }

    function test_exitGate_HoldsBackExitsOfTheFund() public {
        uint256 id = _queue(2000e6);
        _start();
        vm.expectPartialRevert(IInsuranceFund.LossPending.selector);
        fund.claimExit(id);
        bid(debtor, bidder, 1e18);
        assertEq(fund.claimExit(id), 0, "it was the first loss");
    }

    /// @dev Class 7: the fund could pay the loss and the gate is open to the customers, yet no due exit goes before it.
    function test_claimExit_FailsIf_ALossIsPending() public {
        uint256 id = _queue(200_000e6);
        _start();
        uint256 deficit = liquidation.totalDeficit();
        assertFalse(liquidation.exitGateClosed());
        assertTrue(_withdraws(bystander));
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.LossPending.selector, deficit));
        fund.claimExit(id);
        bid(debtor, bidder, 1e18);
        uint256 paid = fund.claimExit(id);
        assertLe(paid * 1e12, 200_000e18 - deficit, "it bore the loss");
        assertGt(paid, 100_000e6);
    }

    /// @dev Class 7: whoever hedges with the leg would be led into liquidation by losing it; others are closed instead.
    function test_deleverage_FailsIf_AVictimWouldFallBelowMaintenance() public {
        uint64 victim = open("victim", 40_000e6);
        trade(debtor, victim, future, 2e18, 20_000e18);
        trade(bystander, victim, put(BTC, FAR, 20_000), 2e18, 1600e18);
        passLive(3 hours, 11_000e18, 1500e18);
        MarginState memory margin = engine.marginOf(victim);
        vm.prank(owners[victim]);
        accounts.withdraw(
            victim, uint256(margin.creditedEquity - int256(margin.initialRequirement)) / 1e12, owners[victim]
        );
        _start();
        passLive(61 minutes, 11_000e18, 1500e18);
        margin = engine.marginOf(victim);
        assertGt(margin.equityLow, int256(margin.maintenanceRequirement), "healthy with its hedge");
        vm.expectPartialRevert(ILiquidation.CounterpartyEndangered.selector);
        liquidation.deleverage(debtor, future, _one(victim));
        uint64[] memory others = _both();
        assertEq(liquidation.deleverage(debtor, future, others), 9e18);
        assertEq(_quantity(victim, future), -2e18);
    }

    function _queue(uint256 assets) private returns (uint256 id) {
        token.mint(address(this), assets);
        token.approve(address(fund), assets);
        id = fund.requestExit(fund.deposit(assets, address(this)), address(this));
        vm.warp(block.timestamp + fund.exitDelay());
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    /// @dev Class 1: extremes of an insolvent account in every state, started and taken without a revert.
    function testFuzz_anInsolventAccountIsStartedAndTaken(uint256 price, bool byLegs, uint256 wait) public {
        price = bound(price, 1, 11_000e18);
        passLive(60, price, 1500e18);
        liquidation.start(debtor, engine.worstWitness(debtor), bidder);
        passLive(bound(wait, 0, 40 minutes), price, 1500e18);
        liquidation.measureDeficit(debtor);
        LegLimit[] memory legs = new LegLimit[](2);
        (legs[0], legs[1]) = (LegLimit(future, type(uint128).max), LegLimit(option, type(uint128).max));
        vm.prank(owners[bidder]);
        if (byLegs) {
            try liquidation.bidLegs(debtor, bidder, legs, 0, 0) {}
            catch {
                vm.prank(owners[bidder]);
                liquidation.bid(debtor, bidder, 1e18, 0);
            }
        } else {
            liquidation.bid(debtor, bidder, 1e18, 0);
        }
        assertFalse(liquidation.inLiquidation(debtor));
        assertEq(accounts.cashOf(debtor), 0);
        assertEq(liquidation.totalDeficit(), 0);
    }
}
