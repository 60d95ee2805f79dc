// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Pause} from "contracts/governance/Pause.sol";
import {IPriceIntervals} from "contracts/interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {BoundedCall} from "contracts/libraries/BoundedCall.sol";
import {PriceIntervals} from "contracts/oracle/PriceIntervals.sol";
import {SequencerUptime} from "contracts/oracle/sources/SequencerUptime.sol";
import {Mode, PriceInterval} from "contracts/types/Margin.sol";
import {PriceRow} from "contracts/types/Wire.sol";

import {HandFeed, HandSource, HostileContract} from "../mocks/FeedMocks.sol";
import {LanesFixture} from "./LanesFixture.sol";

contract PriceIntervalsTest is LanesFixture {
    PriceIntervals private intervals;
    Pause private pause;
    HandSource private first;
    HandSource private second;
    uint32 private reduceOnlyAge;
    uint32 private haltAge;

    function setUp() public override {
        super.setUp();
        pause = new Pause(address(manager));
        intervals = new PriceIntervals(address(manager), lanes, parameters, pause);
        manager.grantRole(manager.ADMIN_ROLE(), address(intervals), 0);
        (first, second) = (new HandSource(), new HandSource());
        reduceOnlyAge = parameters.laneLimits().reduceOnlyAge;
        haltAge = parameters.laneLimits().haltAge;
        _publishBoth(SPOT);
    }

    // ---- intervals ----

    function test_priceInterval_WithoutSourcesIsTheSignedOne() public {
        vm.warp(MIDNIGHT + 100);
        assertEq(abi.encode(intervals.priceInterval(1)), abi.encode(lanes.priceInterval(1)));
    }

    function test_priceInterval_ReachesToAnAgreeingSource() public {
        _use(first);
        first.set(SPOT * 998 / 1_000, SPOT / 200, MIDNIGHT);
        PriceInterval memory got = intervals.priceInterval(1);
        assertEq(got.low, SPOT * 998 / 1_000);
        assertEq(got.price, SPOT);
        assertEq(got.high, SPOT + SPOT / 1_000);
    }

    function test_priceInterval_WidensASourceWithItsAge() public {
        _use(first);
        vm.warp(MIDNIGHT + haltAge + 1);
        first.set(SPOT, SPOT / 100, MIDNIGHT + 1);
        PriceInterval memory got = intervals.priceInterval(1);
        // the signed lane is silent: the source alone, 80% x sqrt(haltAge / year) wide and its confidence
        uint256 width = got.high - SPOT - SPOT / 100;
        assertGe(width * width * 365 days * 25, uint256(SPOT) * SPOT * 16 * haltAge, "rounded up");
        assertApproxEqRel(width * width * 365 days * 25, uint256(SPOT) * SPOT * 16 * haltAge, 1e12);
        assertEq(got.low, SPOT - SPOT / 100 - width);
        assertEq(got.observedAt, MIDNIGHT + 1);
    }

    function test_priceInterval_DisagreementSpansBoth() public {
        _use(first);
        first.set(2 * uint256(SPOT), SPOT / 100, MIDNIGHT);
        PriceInterval memory got = intervals.priceInterval(1);
        assertEq(got.low, SPOT - SPOT / 1_000);
        assertEq(got.high, 2 * uint256(SPOT) + SPOT / 100);
        assertEq(got.price, 2 * uint256(SPOT) - SPOT / 100, "the mark is moved into the source's interval");
    }

    function test_priceInterval_FailsIf_NothingAnswers() public {
        _use(first);
        vm.warp(MIDNIGHT + haltAge + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.NoUsablePrice.selector, 1));
        intervals.priceInterval(1);
        assertEq(intervals.intervalOf(1).observedAt, 0);
    }

    // ---- answers that are none ----

    function test_readings_RefusesWhatCannotBeAPrice() public {
        _use(first);
        _silent(0, 0, MIDNIGHT, "no price");
        _silent(uint256(type(uint96).max) + 1, 0, MIDNIGHT, "more than the wire can say");
        _silent(SPOT, SPOT / 2 + 1, MIDNIGHT, "known no better than to a half");
        _silent(SPOT, 1, 0, "never observed");
        _silent(SPOT, 1, MIDNIGHT + 1, "observed in the future");
        first.set(SPOT, SPOT / 2, MIDNIGHT);
        assertEq(intervals.readings(1)[0].price, SPOT);
    }

    function test_readings_AHostileSourceIsSilentAtABoundedPrice() public {
        HostileContract hostile = new HostileContract();
        address[] memory list = new address[](4);
        (list[0], list[1]) = (address(hostile), address(first));
        list[2] = makeAddr("an address without code");
        HostileContract destroyed = new HostileContract();
        list[3] = address(destroyed);
        _useUnchecked(list);
        vm.etch(address(destroyed), "");
        first.set(SPOT, SPOT / 100, MIDNIGHT);
        for (uint8 way; way <= uint8(type(HostileContract.Way).max); ++way) {
            hostile.choose(HostileContract.Way(way));
            uint256 before = gasleft();
            PriceInterval[] memory got = intervals.readings(1);
            assertLt(before - gasleft(), 220_000, vm.toString(way));
            assertEq(got[0].observedAt, 0, vm.toString(way));
            assertEq(got[1].price, SPOT, "the other still answers");
            assertEq(got[2].observedAt + got[3].observedAt, 0, "no code");
            assertEq(intervals.priceInterval(1).price, SPOT);
        }
    }

    /// @dev Whoever pays for the call must not be able to choose which sources answer.
    function test_readings_FailsIf_GasWouldNotReachTheSource() public {
        _use(first);
        first.set(SPOT, SPOT / 100, MIDNIGHT);
        for (uint256 gas = 20_000; gas < 260_000; gas += 1_000) {
            (bool ok, bytes memory answer) =
                address(intervals).staticcall{gas: gas}(abi.encodeCall(intervals.readings, (1)));
            if (!ok) continue;
            assertEq(abi.decode(answer, (PriceInterval[]))[0].price, SPOT, "silenced by its caller");
        }
    }

    // ---- sequencer ----

    function test_sequencer_SourcesAreSilentWhileItIsDownAndWithinTheGrace() public {
        HandFeed feed = new HandFeed(0, 0, 1);
        SequencerUptime uptime = new SequencerUptime(address(feed), 3600);
        _use(first);
        intervals.setSequencerUptime(address(uptime));
        first.set(SPOT, SPOT / 100, MIDNIGHT);
        feed.set(1, MIDNIGHT - 1 days);
        assertEq(intervals.readings(1).length, 0, "down");
        assertEq(uint8(intervals.mode()), uint8(Mode.NORMAL), "the signed lane goes on");
        feed.set(0, MIDNIGHT);
        vm.warp(MIDNIGHT + 3600);
        assertEq(intervals.readings(1).length, 0, "grace");
        vm.warp(MIDNIGHT + 3601);
        assertEq(intervals.readings(1)[0].price, SPOT, "up");
    }

    // ---- mode ----

    function test_mode_FollowsTheOldestSignedPriceWithoutSources() public {
        assertEq(uint8(intervals.mode()), uint8(Mode.NORMAL));
        vm.warp(MIDNIGHT + reduceOnlyAge);
        assertEq(uint8(intervals.mode()), uint8(Mode.NORMAL));
        vm.warp(MIDNIGHT + reduceOnlyAge + 1);
        _publish(_prices(SPOT));
        assertEq(uint8(intervals.mode()), uint8(Mode.REDUCE_ONLY), "underlying 2 is old");
        vm.warp(MIDNIGHT + haltAge);
        assertEq(uint8(intervals.mode()), uint8(Mode.REDUCE_ONLY));
        vm.warp(MIDNIGHT + haltAge + 1);
        assertEq(uint8(intervals.mode()), uint8(Mode.HALTED));
    }

    function test_mode_IsHaltedBeforeAnUnderlyingHasAPrice() public {
        PriceIntervals fresh = new PriceIntervals(address(manager), lanes, parameters, pause);
        parameters.setUnderlying(3, parameters.underlyingConfig(1));
        assertEq(uint8(fresh.mode()), uint8(Mode.HALTED));
    }

    function test_mode_SourcesSufficeWhileTheSignedLaneIsSilent() public {
        _use(first);
        vm.warp(MIDNIGHT + haltAge + 1);
        for (uint256 round; round < 3; ++round) {
            vm.warp(vm.getBlockTimestamp() + 1);
            _publishOnly(2);
        }
        first.set(SPOT, SPOT / 100, block.timestamp);
        assertEq(uint8(intervals.mode()), uint8(Mode.REDUCE_ONLY), "one source reduces risk");
        address[] memory list = new address[](2);
        (list[0], list[1]) = (address(first), address(second));
        second.set(SPOT, SPOT / 100, block.timestamp);
        intervals.setSources(1, list);
        assertEq(uint8(intervals.mode()), uint8(Mode.NORMAL), "two that agree stand in for the lane");
        second.set(2 * uint256(SPOT), SPOT / 100, block.timestamp);
        assertEq(uint8(intervals.mode()), uint8(Mode.REDUCE_ONLY), "two that disagree do not");
    }

    function test_mode_IsReduceOnlyAtBestWhilePaused() public {
        pause.pause(uint64(block.timestamp + 1 hours), "reason");
        assertEq(uint8(intervals.mode()), uint8(Mode.REDUCE_ONLY));
        vm.warp(MIDNIGHT + haltAge + 1);
        assertEq(uint8(intervals.mode()), uint8(Mode.HALTED), "a pause makes nothing better");
        for (uint256 round; round < 3; ++round) {
            vm.warp(MIDNIGHT + 1 hours + round);
            _publishBoth(SPOT);
        }
        assertEq(uint8(intervals.mode()), uint8(Mode.NORMAL), "it ends by itself");
    }

    // ---- governance ----

    function test_setSources_FailsIf_CallerIsNotGovernance() public {
        vm.prank(address(0xBAD));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xBAD))
        );
        intervals.setSources(1, new address[](0));
        vm.prank(address(0xBAD));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xBAD))
        );
        intervals.setSequencerUptime(address(0));
    }

    function test_setSources_FailsIf_ListIsWrong() public {
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.TooManySources.selector, 5, 4));
        intervals.setSources(1, new address[](5));
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 3));
        intervals.setSources(3, new address[](0));
        address[] memory list = new address[](2);
        (list[0], list[1]) = (address(first), address(first));
        first.set(SPOT, SPOT / 100, MIDNIGHT);
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.DuplicateSource.selector, first));
        intervals.setSources(1, list);
    }

    /// @dev A feed of another asset or with other decimals is found before it counts.
    function test_setSources_FailsIf_ANewSourceDisagreesOrIsSilent() public {
        address[] memory list = new address[](1);
        list[0] = address(first);
        vm.expectPartialRevert(IPriceIntervals.SourceDisagrees.selector);
        intervals.setSources(1, list);
        first.set(SPOT / 1e10, SPOT / 1e12, MIDNIGHT);
        vm.expectPartialRevert(IPriceIntervals.SourceDisagrees.selector);
        intervals.setSources(1, list);
        first.set(SPOT, SPOT / 100, MIDNIGHT);
        intervals.setSources(1, list);
        first.set(SPOT / 2, SPOT / 100, MIDNIGHT);
        intervals.setSources(1, list);
        intervals.setSources(1, new address[](0));
        assertEq(intervals.sources(1).length, 0, "removing always passes");
    }

    /// @dev What was signed under other sources is void.
    function test_settings_AreInTheDigestThatSignersSign() public {
        _use(first);
        bytes32 withSource = lanes.configDigest();
        intervals.setSequencerUptime(address(0xFEED));
        assertNotEq(withSource, lanes.configDigest());
        intervals.setSequencerUptime(address(0));
        assertEq(withSource, lanes.configDigest());
        intervals.setSources(1, new address[](0));
        assertNotEq(withSource, lanes.configDigest());
    }

    // ---- helpers ----

    function _use(HandSource source) private {
        source.set(SPOT, SPOT / 100, block.timestamp);
        address[] memory list = new address[](1);
        list[0] = address(source);
        intervals.setSources(1, list);
        source.set(0, 0, 0);
    }

    /// @dev Listed while they still answered.
    function _useUnchecked(address[] memory list) private {
        bytes memory answer = abi.encode(uint256(SPOT), uint256(SPOT) / 100, uint256(MIDNIGHT));
        for (uint256 i; i < list.length; ++i) {
            vm.mockCall(list[i], abi.encodeWithSignature("read()"), answer);
        }
        intervals.setSources(1, list);
        vm.clearMockedCalls();
    }

    function _silent(uint256 price, uint256 confidence, uint256 observedAt, string memory why) private {
        first.set(price, confidence, observedAt);
        assertEq(intervals.readings(1)[0].observedAt, 0, why);
    }

    function _publishBoth(uint96 price) private {
        PriceRow[] memory rows = new PriceRow[](2);
        rows[0] = PriceRow(1, price, price / 1_000);
        rows[1] = PriceRow(2, price, price / 1_000);
        _publish(rows);
    }

    function _publishOnly(uint16 underlying) private {
        PriceRow[] memory rows = new PriceRow[](1);
        rows[0] = PriceRow(underlying, SPOT, SPOT / 1_000);
        _publish(rows);
    }
}
