// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPolicyLane, Policy, PolicyLimits} from "../../../contracts/interfaces/IPolicyLane.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {Header, LANE_POLICY, MarginRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {PolicyCases} from "../libraries/PolicyCases.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Class 14 of the vulnerability list, parameters changed in mid-flight: a hostile quorum tightens as far as the
/// policy lane lets it, against live accounts on the real contracts. Nobody needs more before the grace, and no step asks
/// for more than (1 + mostRise / 8)^2 of before.
contract PolicyLiquidationsTest is PolicyCases, SystemMarket {
    /// @dev (1 + 0.2 / 8)^2 - 1 = 5.0625%; a hundredth of a percent for basis points rounded up.
    uint256 private constant EPSILON = 0.0507e18;
    uint256 private constant GRACE = 1 days;

    uint64 private maker;
    uint64 private taker;

    function setUp() public {
        deploySystem();
        policyLane.setPolicyLimits(
            PolicyLimits({
                graceSeconds: uint32(GRACE),
                stepSeconds: 1 hours,
                windowSeconds: 2 days,
                attributionSeconds: 1 hours,
                mostRise: 0.2e18,
                dailyLoosening: 0.1e18,
                weeklyLoosening: 0.3e18,
                dailyLiquidations: 100_000e18,
                weeklyLiquidations: 200_000e18
            })
        );
        _market();
        maker = open("maker", 1_000_000e6);
        taker = open("taker", 60_000e6);
        trade(taker, maker, perpetual(BTC), 10e18, 20_000e18);
        trade(maker, taker, call(BTC, FAR, 24_000), 2e18, 300e18);
        vm.roll(10);
    }

    function testFuzz_noUpdateLiquidatesAnybodyAtOnce(uint256 seed) public {
        Policy memory from = policyLane.policy();
        Policy memory to = Policy(_tighter(from.model, seed, 0.2e18), from.grid);
        if (keccak256(abi.encode(from)) == keccak256(abi.encode(to))) return;
        uint256 before = _maintenance();
        _propose(from, to);
        assertEq(_maintenance(), before, "INV-41: a grace for everybody");
        vm.warp(block.timestamp + GRACE);
        for (uint256 step; step < 8; ++step) {
            _market();
            _attestAtTheFloor();
            before = _maintenance();
            if (policyLane.pendingUpdates().length == 0) return; // initial margin alone: in force at once
            policyLane.execute(from, to);
            uint256 rise = _maintenance() * 1e18 / before - 1e18;
            assertLe(rise, EPSILON, "INV-41: no step asks for more than epsilon");
            vm.roll(block.number + 1);
            vm.warp(block.timestamp + 1 hours);
        }
    }

    function test_theLargestTighteningMeasured() public {
        Policy memory from = policyLane.policy();
        Policy memory to = policyLane.policy();
        to.model.expectedShortfallMultiplier = uint64(uint256(from.model.expectedShortfallMultiplier) * 6 / 5);
        to.model.ratioFloorBps = uint16(uint256(from.model.ratioFloorBps) * 6 / 5);
        to.model.shortOptionChargeBps = uint16(uint256(from.model.shortOptionChargeBps) * 6 / 5);
        to.model.minimumNotionalBps = uint16(uint256(from.model.minimumNotionalBps) * 6 / 5);
        _propose(from, to);
        vm.warp(block.timestamp + GRACE);
        uint256 total = 1e18;
        for (uint256 step; step < 8; ++step) {
            _market();
            _attestAtTheFloor();
            uint256 before = _maintenance();
            policyLane.execute(from, to);
            total = total * _maintenance() / before;
            vm.roll(block.number + 1);
            vm.warp(block.timestamp + 1 hours);
        }
        emit log_named_decimal_uint("maintenance x in one update, all fields at most", total, 18);
        assertLe(total, 1.44e18 + 0.001e18, "(1 + mostRise)^2");
    }

    // ---- liquidations that a step caused stop the next step ----

    function test_causedLiquidationsFillTheBudgetAndStopTheRamp() public {
        Policy memory from = policyLane.policy();
        Policy memory to = policyLane.policy();
        to.model.expectedShortfallMultiplier = uint64(uint256(from.model.expectedShortfallMultiplier) * 6 / 5);
        _propose(from, to);
        vm.warp(block.timestamp + GRACE);
        _market();
        policyLane.execute(from, to);
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + 10 minutes);
        publishPrices(16_000e18, 1500e18, 10); // the market, not the step: attribution asks only for the time
        publishSurfaces(0.7e18);
        liquidation.start(taker, engine.worstWitness(taker), 0);
        uint256 base = liquidation.auctionOf(taker).base;
        policyLane.chargeLiquidation(taker);
        (,, uint256 daily, uint256 weekly) = policyLane.budgets();
        assertEq(daily, base);
        assertEq(weekly, base);
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.NotCaused.selector, taker, 1));
        policyLane.chargeLiquidation(taker); // once an auction

        PolicyLimits memory limits = policyLane.policyLimits();
        limits.dailyLiquidations = uint128(base);
        policyLane.setPolicyLimits(limits);
        policyLane.chargeLiquidation.selector;
        vm.warp(block.timestamp + 50 minutes);
        vm.expectPartialRevert(IPolicyLane.WrongPolicy.selector);
        policyLane.execute(to, to);
        (,, daily,) = policyLane.budgets();
        assertLt(daily, base, "it leaks");
        policyLane.execute(from, to); // an hour's leak later the ramp goes on
    }

    function test_aFullBudgetRefusesTheStep() public {
        PolicyLimits memory limits = policyLane.policyLimits();
        limits.dailyLiquidations = limits.weeklyLiquidations = 1_000e18; // the least there is
        policyLane.setPolicyLimits(limits);
        Policy memory from = policyLane.policy();
        Policy memory to = policyLane.policy();
        to.model.expectedShortfallMultiplier = uint64(uint256(from.model.expectedShortfallMultiplier) * 6 / 5);
        _propose(from, to);
        vm.warp(block.timestamp + GRACE);
        _market();
        policyLane.execute(from, to);
        vm.roll(block.number + 1);
        vm.warp(vm.getBlockTimestamp() + 3);
        publishPrices(16_000e18, 1500e18, 10);
        liquidation.start(taker, engine.worstWitness(taker), 0);
        policyLane.chargeLiquidation(taker);
        vm.warp(block.timestamp + 1 hours);
        vm.expectPartialRevert(IPolicyLane.LiquidationBudgetExhausted.selector);
        policyLane.execute(from, to);
    }

    function test_anAuctionBeforeTheStepOrLongAfterIsNotCharged() public {
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.NotCaused.selector, taker, 0));
        policyLane.chargeLiquidation(taker);
        vm.warp(vm.getBlockTimestamp() + 3);
        publishPrices(16_000e18, 1500e18, 10);
        liquidation.start(taker, engine.worstWitness(taker), 0);
        vm.expectRevert(abi.encodeWithSelector(IPolicyLane.NotCaused.selector, taker, 1));
        policyLane.chargeLiquidation(taker); // no step has ever been
    }

    // ---- helpers ----

    function _market() private {
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    function _attestAtTheFloor() private {
        uint16 floor = parameters.marginModel().ratioFloorBps;
        publishMargin(MarginRow(taker, accounts.portfolioNonce(taker), floor, floor, 0, 0));
    }

    function _maintenance() private view returns (uint256) {
        MarginState memory state = engine.marginOf(taker);
        return state.maintenanceRequirement;
    }

    function _propose(Policy memory from, Policy memory to) private {
        Header memory head = header(LANE_POLICY);
        head.configDigest = policyLane.configDigest();
        head.seq = policyLane.lastSequence() + 1;
        bytes32 rowsHash = keccak256(abi.encode(policyLane.digestOf(from), to));
        bytes32 digest = policyLane.roundDigest(head, rowsHash);
        (bytes32 r0, bytes32 vs0) = vm.signCompact(signerKeys[0], digest);
        (bytes32 r2, bytes32 vs2) = vm.signCompact(signerKeys[2], digest);
        policyLane.publishPolicy(head, from, to, QuorumSignature(5, abi.encodePacked(r0, vs0, r2, vs2)));
        vm.roll(block.number + 1);
    }
}
