// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {MarginRow} from "../../../contracts/types/Wire.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Callers who choose the moment: of a round, a settlement, a liquidation.
contract TimingTest is SystemMarket {
    uint64 private long;
    uint64 private short;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        long = open("long", 200_000e6);
        short = open("short", 200_000e6);
    }

    function _after(uint256 time, uint256 price) private {
        vm.warp(block.timestamp + time);
        publishPrices(price, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    /// @dev Sixty rounds or one: funding is the same but for the rounding of each round.
    function test_fundingIndex_DoesNotDependOnHowOftenRoundsCome() public {
        uint256 snapshot = vm.snapshotState();
        _after(10 minutes, 20_000e18);
        int256 once = lanes.fundingIndex(BTC);
        vm.revertToState(snapshot);
        for (uint256 i = 0; i < 60; ++i) {
            _after(10, 20_000e18);
        }
        assertGt(once, 0);
        assertApproxEqAbs(lanes.fundingIndex(BTC), once, 60);
        assertLe(lanes.fundingIndex(BTC), once, "each round rounds toward zero");
    }

    /// @dev Once fixed, a settlement price is the same for whoever settles, whenever, in whichever order.
    function test_settle_TheCallerChoosesNothing() public {
        trade(long, short, call(BTC, NEAR, 19_000), 1e18, 1500e18);
        publishWindow(NEAR, 21_000e18, 1500e18);
        vm.warp(NEAR + 2);
        publishPrices(30_000e18, 1500e18, 10);
        assertEq(lanes.settlementPrice(BTC, NEAR), 21_000e18, "held over the window, not the price after it");
        uint256 snapshot = vm.snapshotState();
        settleAccount(long);
        settleAccount(short);
        int256[2] memory first = [accounts.cashOf(long), accounts.cashOf(short)];
        vm.revertToState(snapshot);
        _after(1 hours, 10_000e18);
        assertEq(lanes.settlementPrice(BTC, NEAR), 21_000e18);
        settleAccount(short);
        settleAccount(long);
        assertEq(accounts.cashOf(long), first[0]);
        assertEq(accounts.cashOf(short), first[1]);
        assertEq(settleAccount(long), 0, "nothing is settled twice");
    }

    /// @dev Known limit: a verdict below one ends with any change of the portfolio, and anyone may settle an expired leg.
    /// What is left is the contract's own figure, never more.
    function test_settle_EndsAVerdictBelowOneAndAsksForTheOwnFigureAtMost() public {
        trade(long, short, perpetual(BTC), 10e18, 20_000e18);
        trade(long, short, call(BTC, NEAR, 40_000), 1e18, 1e18);
        publishWindow(NEAR, 20_000e18, 1500e18);
        vm.warp(NEAR + 1);
        publishPrices(20_000e18, 1500e18, 10);
        publishMargin(MarginRow(long, accounts.portfolioNonce(long), 9000, 8000, 1, 1));
        uint256 own = engine.marginOf(long).ownRequirement;
        assertEq(engine.marginOf(long).maintenanceRequirement, own * 8 / 10);
        settleAccount(long);
        assertEq(engine.marginOf(long).ownRequirement, own, "a fixed leg carried no risk");
        assertEq(engine.marginOf(long).maintenanceRequirement, own);
    }

    /// @dev Class 8: no second of an outage counts. The clock stands where the last prices ended, and goes on from there.
    function test_clock_StopsWhileHaltedAndResumes() public {
        trade(long, short, perpetual(BTC), 38e18, 20_000e18);
        _after(60, 17_500e18);
        liquidation.start(long, engine.worstWitness(long), 0);
        uint256 base = liquidation.auctionOf(long).base;
        passLive(5 minutes, 17_500e18, 1500e18);
        assertEq(liquidation.liveSeconds(), 5 minutes);
        // 1% to 30% in 30 minutes: after five 1% + 29% / 6, rounded down
        assertEq(
            liquidation.discountNow(long), base * (uint256(0.01e18) + uint256(0.29e18) / 6) / 1e18, "5.8%"
        );
        vm.warp(block.timestamp + 31 minutes);
        assertEq(liquidation.liveSeconds(), 20 minutes, "the last prices were good for another haltAge");
        vm.prank(owners[short]);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.bid(long, short, 1e18, 0);
        liquidation.tick();
        vm.warp(block.timestamp + 1 days);
        publishPrices(17_500e18, 1500e18, 10);
        assertEq(liquidation.liveSeconds(), 20 minutes, "a day of outage is nothing");
        liquidation.tick();
        assertEq(liquidation.liveSeconds(), 20 minutes);
        passLive(10 minutes, 17_500e18, 1500e18);
        assertEq(liquidation.liveSeconds(), 30 minutes, "resumed, not reset");
        assertApproxEqRel(liquidation.discountNow(long), base * 3000 / 10_000, 1e12);
    }

    /// @dev Whoever ticks, whenever, however often: the clock is never ahead of live time, and never behind for one who
    /// ticks once per haltAge.
    function testFuzz_clock_IsMonotoneAndNeverCountsAHalt(uint256 seed) public {
        uint256 halt = parameters.laneLimits().haltAge;
        liquidation.tick();
        uint256 began = block.timestamp;
        (uint256 live, uint256 observed) = (0, block.timestamp);
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 step = seed % 25 minutes;
            uint256 end = block.timestamp + step;
            uint256 alive = end < observed + halt ? end : observed + halt;
            if (alive > block.timestamp) live += alive - block.timestamp;
            uint256 before = liquidation.liveSeconds();
            vm.warp(end);
            assertGe(liquidation.liveSeconds(), before, "monotone");
            if (seed >> 128 & 1 == 0) {
                publishPrices(20_000e18, 1500e18, 10);
                observed = block.timestamp;
            }
            if (seed >> 129 & 1 == 0) liquidation.tick();
            assertLe(liquidation.liveSeconds(), live, "never ahead of live time");
        }
        assertLe(liquidation.liveSeconds(), block.timestamp - began);
    }

    /// @dev A running auction keeps its clock and its base: nobody restarts it, and the same witness raises nothing.
    function test_start_CannotBeRepeatedOrStolen() public {
        trade(long, short, perpetual(BTC), 38e18, 20_000e18);
        _after(60, 17_500e18);
        Witness memory witness = engine.worstWitness(long);
        liquidation.start(long, witness, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionRunning.selector, long));
        liquidation.start(long, witness, 0);
        vm.expectPartialRevert(ILiquidation.WitnessNotWorse.selector);
        liquidation.raiseWitness(long, witness);
    }
}
