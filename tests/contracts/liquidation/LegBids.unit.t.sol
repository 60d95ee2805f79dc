// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IBidValuation} from "../../../contracts/interfaces/IBidValuation.sol";
import {ILiquidation, LegFill, LegLimit} from "../../../contracts/interfaces/ILiquidation.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Bids for named legs on the real system: an account short calls of two strikes, long a perpetual as a hedge.
contract LegBidsUnitTest is SystemMarket {
    uint256 private constant WAD = 1e18;

    uint64 private maker;
    uint64 private writer;
    uint64 private first;
    uint64 private second;
    InstrumentId private near;
    InstrumentId private far;
    InstrumentId private hedge;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        maker = open("maker", 5_000_000e6);
        writer = open("writer", 60_000e6);
        first = open("first", 300_000e6);
        second = open("second", 300_000e6);
        contribute(5000e6);
        (near, far, hedge) = (call(BTC, FAR, 21_000), call(BTC, FAR, 25_000), perpetual(BTC));
        trade(maker, writer, near, 6e18, 1200e18);
        trade(maker, writer, far, 4e18, 500e18);
        trade(writer, maker, hedge, 2e18, 20_000e18);
    }

    /// @dev Bitcoin rises until the short calls put the account under water.
    function _start() private {
        passLive(60, 26_500e18, 1500e18);
        liquidation.start(writer, engine.worstWitness(writer), 0);
    }

    function _ask(InstrumentId instrument, uint128 most) private pure returns (LegLimit[] memory legs) {
        legs = new LegLimit[](1);
        legs[0] = LegLimit(instrument, most);
    }

    function _ask(InstrumentId a, InstrumentId b, uint128 most)
        private
        pure
        returns (LegLimit[] memory legs)
    {
        legs = new LegLimit[](2);
        (legs[0], legs[1]) = (LegLimit(a, most), LegLimit(b, most));
    }

    function _bid(uint64 bidder, LegLimit[] memory legs) private returns (uint256) {
        vm.prank(owners[bidder]);
        return liquidation.bidLegs(writer, bidder, legs, 0, 0);
    }

    function _quote(LegLimit[] memory legs) private view returns (LegFill memory) {
        return liquidation.quoteLegs(writer, legs);
    }

    function _equity(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    function _bound(uint64 account) private view returns (uint256 bound_) {
        (bound_,,) = engine.witnessOf(account, liquidation.auctionOf(account).witness);
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

    /// @dev The view and the engine agree on the bound before and after: one is by subtraction, the other by valuation.
    function test_quoteLegs_FindsTheEnginesBounds() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        LegFill memory fill = _quote(_ask(near, 1e18));
        uint256 before = _bound(writer);
        assertApproxEqRel(fill.required, before, 1e9);
        _bid(first, _ask(near, 1e18));
        uint256 relief = (before - _bound(writer)) * WAD / before;
        assertApproxEqAbs(fill.relief, relief, 1e9);
        assertEq(fill.portion, WAD);
    }

    function test_bidLegs_MovesTheLegAndItsMark() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        (int256 was, int256 had) = (_equity(writer), _equity(first));
        uint256 base = liquidation.auctionOf(writer).base;
        LegFill memory fill = _quote(_ask(near, 1e18));
        assertEq(_bid(first, _ask(near, 1e18)), WAD);
        assertEq(_quantity(first, near), -1e18);
        assertEq(_quantity(writer, near), -5e18);
        assertEq(_quantity(writer, far), -4e18, "nothing else moved");
        assertApproxEqAbs(was - _equity(writer), int256(fill.discount + fill.fee), 10);
        assertApproxEqAbs(_equity(first) - had, int256(fill.discount), 10);
        assertLe(_equity(first) - had, int256(fill.discount), "rounded against the bidder");
        assertEq(liquidation.auctionOf(writer).remaining, WAD * (WAD - fill.relief) / WAD);
        assertApproxEqRel(fill.discount, base * fill.relief / WAD * 583 / 10_000, 2e15, "5.8% of what leaves");
        assertTrue(liquidation.inLiquidation(writer));
    }

    /// @dev Asked for more than cures: the portion is reduced, and what is left is above the buffer by the witness.
    function test_bidLegs_TakesNoMoreThanCures() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        uint256 portion = _bid(first, _ask(near, 6e18));
        assertLt(portion, WAD);
        assertGe(_equity(writer) * 10_000, int256(_bound(writer)) * 10_500);
        assertLe(_equity(writer) * 10_000, int256(_bound(writer)) * 12_500, "and not far above");
        LegLimit[] memory more = _ask(near, 1e18);
        vm.prank(owners[second]);
        vm.expectPartialRevert(IBidValuation.NotUnderWater.selector);
        liquidation.bidLegs(writer, second, more, 0, 0);
    }

    /// @dev Hedges cannot be picked out: without the perpetual the calls are worse, whatever the witness says.
    function test_bidLegs_FailsIf_ItTakesTheHedge() public {
        _start();
        vm.prank(owners[first]);
        vm.expectPartialRevert(IBidValuation.NoRelief.selector);
        liquidation.bidLegs(writer, first, _ask(hedge, 2e18), 0, 0);
    }

    function test_bidLegs_FailsIf_LegsAreNotAscending() public {
        _start();
        LegLimit[] memory legs = _ask(far, near, 1e18);
        vm.prank(owners[first]);
        vm.expectPartialRevert(IBidValuation.LegsNotAscending.selector);
        liquidation.bidLegs(writer, first, legs, 0, 0);
        legs = _ask(near, near, 1e18);
        vm.prank(owners[first]);
        vm.expectPartialRevert(IBidValuation.LegsNotAscending.selector);
        liquidation.bidLegs(writer, first, legs, 0, 0);
    }

    function test_bidLegs_FailsIf_BelowTheBiddersLimits() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        vm.startPrank(owners[first]);
        vm.expectPartialRevert(ILiquidation.PortionBelowLimit.selector);
        liquidation.bidLegs(writer, first, _ask(near, 6e18), WAD, 0);
        vm.expectPartialRevert(ILiquidation.ShareBelowLimit.selector);
        liquidation.bidLegs(writer, first, _ask(near, 1e18), 0, 0.06e18);
        liquidation.bidLegs(writer, first, _ask(near, 1e18), WAD, 0.058e18);
        vm.stopPrank();
    }

    function test_bidLegs_FailsIf_BidderMayNot() public {
        _start();
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.BidderIsAccount.selector, writer));
        liquidation.bidLegs(writer, writer, _ask(near, 1e18), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.NotAuthorised.selector, first, address(this)));
        liquidation.bidLegs(writer, first, _ask(near, 1e18), 0, 0);
        uint64 poor = open("poor", 10e6);
        vm.prank(owners[poor]);
        vm.expectPartialRevert(ILiquidation.BidderBelowInitialMargin.selector);
        liquidation.bidLegs(writer, poor, _ask(near, 1e18), 0, 0);
    }

    /// @dev Class 4: whatever another bidder takes first, and a deposit of one unit, the bid is filled with what is left.
    function testFuzz_bidLegs_IsNotStoppedByAFrontRunner(uint256 taken, bool deposits) public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        if (deposits) deposit(writer, 1);
        _bid(second, _ask(near, uint128(bound(taken, 0.2e18, 1.5e18))));
        int256 left = _quantity(writer, near);
        uint256 portion = _bid(first, _ask(near, 6e18));
        assertGt(portion, 0);
        assertEq(_quantity(first, near), left - _quantity(writer, near));
    }

    /// @dev A leg that another took whole is passed over; the rest of the bid stands.
    function test_bidLegs_PassesOverALegThatIsGone() public {
        passLive(60, 30_000e18, 1500e18);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        _bid(second, _ask(far, 4e18));
        assertEq(_quantity(writer, far), 0);
        uint256 portion = _bid(first, _ask(near, far, 0.5e18));
        assertGt(portion, 0);
        assertLt(_quantity(first, near), 0);
        assertEq(_quantity(first, far), 0);
    }

    /// @dev Several bidders at once: each has its own fill, none gets more than the curve on what it took away.
    function test_bidLegs_SeveralBiddersShareTheAccount() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        int256 was = _equity(writer);
        uint256 base = liquidation.auctionOf(writer).base;
        _bid(first, _ask(near, 0.7e18));
        _bid(second, _ask(far, 0.5e18));
        vm.prank(owners[maker]);
        liquidation.bid(writer, maker, 0.02e18, 0);
        assertLt(_quantity(first, near), 0);
        assertLt(_quantity(second, far), 0);
        uint256 cost = uint256(was - _equity(writer));
        uint256 sold = WAD - liquidation.auctionOf(writer).remaining;
        assertLe(cost, base * sold / WAD * 700 / 10_000, "5.8% discount and 1% fee of the share sold");
    }

    /// @dev Class 5: no fill leaves dust; the whole is always there to be taken.
    function testFuzz_bidLegs_LeavesNoDust(uint256 most) public {
        passLive(60, 30_000e18, 1500e18);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        LegLimit[] memory legs = new LegLimit[](3);
        legs[0] = LegLimit(hedge, 2e18);
        legs[1] = LegLimit(near, 6e18);
        legs[2] = LegLimit(far, uint128(bound(most, 3.9e18, 4e18)));
        vm.prank(owners[first]);
        try liquidation.bidLegs(writer, first, legs, 0, 0) {
            MarginState memory margin = engine.marginOf(writer);
            bool empty = accounts.legsOf(writer).length == 0;
            assertTrue(empty || margin.ownRequirement >= 50e18, "empty or worth a bid");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IBidValuation.LeavesDust.selector);
            bid(writer, first, WAD);
            assertEq(accounts.legsOf(writer).length, 0);
        }
    }

    /// @dev Taking the last leg of an insolvent account settles its debt, like a bid for everything.
    function test_bidLegs_OfEverythingEmptiesAnInsolventAccount() public {
        passLive(60, 40_000e18, 1500e18);
        assertLt(_equity(writer), 0);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        LegLimit[] memory legs = new LegLimit[](3);
        (legs[0], legs[1], legs[2]) = (LegLimit(hedge, 2e18), LegLimit(near, 6e18), LegLimit(far, 4e18));
        deposit(first, 1_000_000e6);
        assertEq(_bid(first, legs), WAD);
        assertFalse(liquidation.inLiquidation(writer));
        assertEq(accounts.cashOf(writer), 0, "fund, then everyone");
        assertEq(fund.balance(), 0);
    }

    /// @dev A challenger's witness holds: once the fall is named as well, shorts may not leave the long behind.
    function test_challenge_BindsTheNextBid() public {
        _start();
        passLive(5 minutes, 26_500e18, 1500e18);
        Witness memory named = liquidation.auctionOf(writer).challenger;
        assertFalse(named.isScenario, "delta-gamma-vega until one is named");
        vm.expectPartialRevert(ILiquidation.WitnessNotWorse.selector);
        liquidation.challenge(writer, Witness(true, 1));
    }

    /// @dev INV-05 and the improvement, for any leg, size and moment.
    function testFuzz_bidLegs_NeverWorsensTheAccount(
        uint256 which,
        uint256 most,
        uint256 elapsed,
        uint256 price
    ) public {
        price = bound(price, 23_000e18, 34_000e18);
        passLive(60, price, 1500e18);
        MarginState memory margin = engine.marginOf(writer);
        if (int256(margin.maintenanceRequirement) <= margin.equityHigh) return;
        liquidation.start(writer, engine.worstWitness(writer), 0);
        passLive(bound(elapsed, 1, 40 minutes), price, 1500e18);
        InstrumentId wanted = which % 3 == 0 ? near : which % 3 == 1 ? far : hedge;
        (int256 was, int256 had, uint256 before) = (_equity(writer), _equity(first), _bound(writer));
        int256 fundBefore = accounts.cashOf(fund.fundAccount());
        LegLimit[] memory legs = _ask(wanted, uint128(bound(most, 0.01e18, 7e18)));
        vm.prank(owners[first]);
        try liquidation.bidLegs(writer, first, legs, 0, 0) {}
        catch {
            assertEq(_equity(writer), was);
            return;
        }
        int256 slack = _equity(writer) - int256(_bound(writer));
        assertGe(slack + 1e9, was - int256(before), "equity less bound does not fall");
        int256 together = _equity(writer) + _equity(first) + accounts.cashOf(fund.fundAccount());
        assertLe(together, was + had + fundBefore + 1e9, "money moved, none was made");
        if (was >= 0 && liquidation.liveSeconds() - liquidation.auctionOf(writer).clockAtStart < 30 minutes) {
            assertGe(_equity(writer), -1e9, "no solvent account is driven into debt");
        }
        assertGe(AuctionMath.WAD, liquidation.auctionOf(writer).remaining);
    }
}
