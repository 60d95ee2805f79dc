// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Pause} from "contracts/governance/Pause.sol";
import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {ISettlementFallback} from "contracts/interfaces/ISettlementFallback.sol";
import {PriceIntervals} from "contracts/oracle/PriceIntervals.sol";
import {SettlementFallback} from "contracts/settlement/SettlementFallback.sol";

import {HandSource} from "../mocks/FeedMocks.sol";
import {LanesFixture} from "../oracle/LanesFixture.sol";

contract SettlementFallbackTest is LanesFixture {
    SettlementFallback private fallback_;
    PriceIntervals private intervals;
    HandSource[2] private sources;

    function setUp() public override {
        super.setUp();
        _publish(_prices(SPOT));
        intervals = new PriceIntervals(address(manager), lanes, parameters, new Pause(address(manager)));
        fallback_ = new SettlementFallback(address(manager), lanes, intervals, parameters);
        manager.grantRole(manager.ADMIN_ROLE(), address(intervals), 0);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = lanes.setSettlementPrice.selector;
        manager.setTargetFunctionRole(address(lanes), selectors, 7);
        manager.grantRole(7, address(fallback_), 0);
        address[] memory list = new address[](2);
        for (uint256 index; index < 2; ++index) {
            sources[index] = new HandSource();
            list[index] = address(sources[index]);
        }
        _answer(0, SPOT);
        _answer(1, SPOT);
        intervals.setSources(1, list);
    }

    // ---- when ----

    function test_sample_FailsIf_TooEarlyOrUnlistedOrFixedOrTheLaneHasAll() public {
        uint256 start = vm.snapshotState();
        vm.warp(NEAR + 1 hours - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotYet.selector, NEAR, NEAR + 1 hours));
        fallback_.sample(1, NEAR);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedExpiry.selector, NEAR + 1 days));
        fallback_.sample(1, NEAR + 1 days);
        vm.warp(NEAR + 3 days);
        fallback_.decide(1, NEAR, 7e18);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotNeeded.selector, 1, NEAR));
        fallback_.sample(1, NEAR);
        vm.revertToState(start);
        for (uint256 left = 30 minutes; left > 0; left -= 10 minutes) {
            _publishPriceAt(NEAR - left, SPOT);
        }
        vm.warp(NEAR + 3 days);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotNeeded.selector, 1, NEAR));
        fallback_.sample(1, NEAR);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotNeeded.selector, 1, NEAR));
        fallback_.decide(1, NEAR, 7e18);
        lanes.fixSettlementPrice(1, NEAR);
        assertEq(lanes.settlementPrice(1, NEAR), SPOT, "governance cannot take what the lane has");
    }

    // ---- sources ----

    function test_sample_SettlesAtTheAverageOfHalfAnHour() public {
        _sampleAt(NEAR + 60 minutes, 100e18);
        _sampleAt(NEAR + 70 minutes, 300e18);
        _sampleAt(NEAR + 80 minutes, 200e18);
        assertEq(lanes.settlementPrice(1, NEAR), 0);
        vm.warp(NEAR + 90 minutes);
        _answer(0, 9_999e18);
        _answer(1, 9_999e18);
        vm.expectEmit(true, true, true, false, address(fallback_));
        emit ISettlementFallback.SettlementDecided(1, NEAR, 200e18, false, 0, 0);
        fallback_.sample(1, NEAR);
        assertEq(lanes.settlementPrice(1, NEAR), 200e18, "the last sample only ends the window");
    }

    function test_sample_AGapBeginsAnew() public {
        _sampleAt(NEAR + 60 minutes, 100e18);
        _sampleAt(NEAR + 75 minutes, 100e18);
        _sampleAt(NEAR + 90 minutes + 1, 200e18);
        (uint96 price,, uint32 covered, uint192 weighted) = fallback_.samples(1, NEAR);
        assertEq(price, 200e18);
        assertEq(covered, 0);
        assertEq(weighted, 0);
        _sampleAt(NEAR + 105 minutes + 1, 200e18);
        _sampleAt(NEAR + 120 minutes + 1, 200e18);
        assertEq(lanes.settlementPrice(1, NEAR), 200e18);
    }

    function test_sample_OftenInOneBlockWeighsNothing() public {
        _sampleAt(NEAR + 60 minutes, 100e18);
        for (uint256 again; again < 5; ++again) {
            _sampleAt(NEAR + 60 minutes, 900e18);
        }
        _sampleAt(NEAR + 60 minutes, 100e18);
        _sampleAt(NEAR + 75 minutes, 100e18);
        _sampleAt(NEAR + 90 minutes, 100e18);
        assertEq(lanes.settlementPrice(1, NEAR), 100e18);
    }

    function test_sample_FailsIf_SourcesAreSilentOrDisagree() public {
        vm.warp(NEAR + 60 minutes);
        _answer(0, 100e18);
        _answer(1, 200e18);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NoAgreedPrice.selector, 1, 0));
        fallback_.sample(1, NEAR);
        sources[0].set(0, 0, 0);
        sources[1].set(0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NoAgreedPrice.selector, 1, 0));
        fallback_.sample(1, NEAR);
    }

    /// @dev A quorum that was silent through the window has no say in what settles it.
    function test_sample_TheSignedLaneHasNoSay() public {
        for (uint256 left = 60 minutes; left <= 90 minutes; left += 10 minutes) {
            vm.warp(NEAR + left);
            _publish(_prices(3 * SPOT));
            _sampleAt(NEAR + left, SPOT);
        }
        assertEq(lanes.settlementPrice(1, NEAR), SPOT);
    }

    // ---- governance ----

    function test_decide_OnlyGovernanceAndOnlyLast() public {
        vm.warp(NEAR + 2 days - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotYet.selector, NEAR, NEAR + 2 days));
        fallback_.decide(1, NEAR, 42e18);
        vm.warp(NEAR + 2 days);
        vm.prank(address(0xA11));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xA11))
        );
        fallback_.decide(1, NEAR, 42e18);
        fallback_.decide(1, NEAR, 42e18);
        assertEq(lanes.settlementPrice(1, NEAR), 42e18);
        vm.expectRevert(abi.encodeWithSelector(ISettlementFallback.NotNeeded.selector, 1, NEAR));
        fallback_.decide(1, NEAR, 43e18);
    }

    // ---- helpers ----

    function _sampleAt(uint256 time, uint96 price) private {
        vm.warp(time);
        _answer(0, price);
        _answer(1, price);
        vm.prank(address(uint160(time)));
        fallback_.sample(1, NEAR);
    }

    function _answer(uint256 index, uint96 price) private {
        sources[index].set(price, price / 200, vm.getBlockTimestamp());
    }
}
