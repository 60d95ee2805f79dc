// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Action} from "../../../contracts/libraries/Modes.sol";
import {ChainlinkSource} from "../../../contracts/oracle/sources/ChainlinkSource.sol";
import {HandFeed} from "../mocks/FeedMocks.sol";
import {ModeActions} from "./ModeActions.sol";

/// @notice Every action in every state that prices can be in. Disagreement stops nothing, silence of the signed lane
/// nothing that reduces risk, and silence of all neither deposits nor settlement.
contract PriceStatesTest is ModeActions {
    uint32 private constant HEARTBEAT = 1 hours;
    uint16 private constant DEVIATION_BPS = 50;

    HandFeed private bitcoinFeed;
    HandFeed private etherFeed;

    function setUp() public {
        setUpActions();
        (bitcoinFeed, etherFeed) = (_list(BTC, LOW), _list(ETH, ETHER_PRICE));
    }

    function test_ok_AllPasses() public {
        _expect("yyyyyyyyyyyy");
    }

    /// @dev The signed 15,500 and a source at 14,500 are further apart than both are wide.
    function test_degraded_DisagreementStopsNothing() public {
        bitcoinFeed.set(14_500e8, block.timestamp);
        assertLt(intervals.priceInterval(BTC).low, 14_500e18);
        assertGt(intervals.priceInterval(BTC).high, LOW);
        _expect("yyyyyyyyyyyy");
    }

    function test_stale_OneSourceReducesRisk() public {
        _signedLaneFallsSilent();
        _answer(block.timestamp);
        _expect("y...yyyyyyyy");
    }

    function test_dead_MoneyGoesInAndFixedPricesOut() public {
        _signedLaneFallsSilent();
        _answer(block.timestamp - HEARTBEAT - 1);
        _expect("y........yyy");
    }

    /// @dev `expected` has a letter for each action in the order of `Action`.
    function _expect(string memory expected) private {
        for (uint8 i; i <= uint8(type(Action).max); ++i) {
            assertEq(passes(Action(i)), bytes(expected)[i] == "y", nameOf(Action(i)));
        }
    }

    function _signedLaneFallsSilent() private {
        vm.warp(block.timestamp + parameters.laneLimits().haltAge + 1);
    }

    function _answer(uint256 updatedAt) private {
        bitcoinFeed.set(int256(LOW / 1e10), updatedAt);
        etherFeed.set(int256(ETHER_PRICE / 1e10), updatedAt);
    }

    function _list(uint16 underlying, uint256 price) private returns (HandFeed feed) {
        feed = new HandFeed(8, 0, type(int192).max);
        feed.set(int256(price / 1e10), block.timestamp);
        address[] memory list = new address[](1);
        list[0] = address(new ChainlinkSource(address(feed), HEARTBEAT, DEVIATION_BPS));
        intervals.setSources(underlying, list);
    }
}
