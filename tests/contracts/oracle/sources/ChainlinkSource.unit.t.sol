// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {BoundedCall} from "contracts/libraries/BoundedCall.sol";
import {ChainlinkSource} from "contracts/oracle/sources/ChainlinkSource.sol";

import {HandFeed, HostileContract} from "../../mocks/FeedMocks.sol";

contract ChainlinkSourceTest is Test {
    uint32 private constant HEARTBEAT = 3600;
    uint256 private constant NOW = 1_700_000_000;
    int192 private constant LEAST = 1_000e8;
    int192 private constant MOST = 1_000_000e8;

    HandFeed private feed;
    ChainlinkSource private source;

    function setUp() public {
        vm.warp(NOW);
        feed = new HandFeed(8, LEAST, MOST);
        source = new ChainlinkSource(address(feed), HEARTBEAT, 50);
    }

    function test_read_IsTheAnswerInWadWithTheDeviationAsConfidence() public {
        feed.set(20_000e8, NOW - 10);
        (uint256 price, uint256 confidence, uint256 observedAt) = source.read();
        assertEq(price, 20_000e18);
        assertEq(confidence, 100e18 + 1, "0.5% and a unit for what scaling may cut off");
        assertEq(observedAt, NOW - 10);
    }

    function test_read_ScalesAnyDecimals() public {
        uint8[6] memory decimals = [uint8(0), 6, 8, 18, 24, 36];
        for (uint256 i; i < decimals.length; ++i) {
            // What the feed counts in must reach it: 36 decimals leave 5e-3 quote below 2^111.
            int256 answer = decimals[i] == 36 ? int256(0.002e36) : int256(1_234 * 10 ** decimals[i]);
            HandFeed other = new HandFeed(decimals[i], 0, type(int192).max);
            other.set(answer, NOW);
            (uint256 price,,) = new ChainlinkSource(address(other), HEARTBEAT, 50).read();
            assertEq(price, decimals[i] == 36 ? 0.002e18 : 1_234e18, vm.toString(decimals[i]));
        }
    }

    function test_read_FailsIf_AnswerIsNotPositive() public {
        feed.setLimits(type(int192).min, type(int192).max);
        source.refreshLimits();
        _silentAt(0);
        _silentAt(-1);
        _silentAt(type(int256).min);
    }

    function test_read_FailsIf_AnswerIsBeyondWhatAPriceCanBe() public {
        feed.setLimits(0, type(int192).max);
        source.refreshLimits();
        _silentAt(type(int112).max);
        _silentAt(type(int256).max);
    }

    /// @dev An aggregator that has reached its least answer stays there while the market falls on.
    function test_read_FailsIf_AnswerIsWithinOnePercentOfItsLimits() public {
        _silentAt(LEAST);
        _silentAt(LEAST - 1);
        _silentAt(LEAST * 101 / 100);
        _silentAt(MOST);
        _silentAt(MOST * 99 / 100);
        _answersAt(LEAST * 101 / 100 + 1);
        _answersAt(MOST * 99 / 100 - 1);
    }

    function test_read_FailsIf_HeartbeatHasPassed() public {
        feed.set(20_000e8, NOW - HEARTBEAT);
        assertTrue(_answers());
        feed.set(20_000e8, NOW - HEARTBEAT - 1);
        assertFalse(_answers());
    }

    function test_read_FailsIf_DatedInTheFuture() public {
        feed.set(20_000e8, NOW + 1);
        assertFalse(_answers());
    }

    function test_read_FailsIf_RoundIsIncomplete() public {
        feed.setWords([uint256(5), 20_000e8, NOW, 0, 5]);
        assertFalse(_answers(), "not updated");
        feed.setWords([uint256(5), 20_000e8, NOW, NOW, 4]);
        assertFalse(_answers(), "answered in an earlier round");
        feed.setWords([uint256(0), 20_000e8, NOW, NOW, 0]);
        assertFalse(_answers(), "no round");
        feed.setWords([uint256(5), 20_000e8, NOW, NOW, 5]);
        assertTrue(_answers());
    }

    /// @dev A proxy's new aggregator may end elsewhere; until its limits are read, its answers do not count.
    function test_read_FailsIf_AggregatorWasExchanged_UntilItsLimitsAreRead() public {
        uint256 phaseTwo = (uint256(2) << 64) | 1;
        feed.setWords([phaseTwo, 1_500e8, NOW, NOW, phaseTwo]);
        feed.setLimits(1_500e8, MOST);
        assertFalse(_answers(), "unknown aggregator");
        source.refreshLimits();
        assertFalse(_answers(), "at its least answer");
        feed.setLimits(LEAST, MOST);
        source.refreshLimits();
        assertTrue(_answers());
    }

    function test_read_WithoutLimitsAnswersAllAbovePositive() public {
        HandFeed bare = new HandFeed(8, 0, type(int192).max);
        source = new ChainlinkSource(address(bare), HEARTBEAT, 50);
        feed = bare;
        _answersAt(1);
    }

    function testFuzz_read_NeverRevertsAndNeverLies(uint256[5] memory words) public {
        feed.setWords(words);
        (uint256 price, uint256 confidence, uint256 observedAt) = source.read();
        if (price == 0) return;
        assertLe(observedAt, NOW);
        assertGe(observedAt + HEARTBEAT, NOW);
        assertGt(price, uint256(int256(LEAST)) * 1e10);
        assertLt(price, uint256(int256(MOST)) * 1e10);
        assertGe(confidence * 10_000, price * 50);
    }

    function test_read_FailsIf_FeedIsHostile() public {
        HostileContract hostile = new HostileContract();
        vm.etch(address(feed), address(hostile).code);
        for (uint8 way; way <= uint8(type(HostileContract.Way).max); ++way) {
            HostileContract(address(feed)).choose(HostileContract.Way(way));
            uint256 before = gasleft();
            assertFalse(_answers(), vm.toString(way));
            assertLt(before - gasleft(), 115_000, "gas is bounded");
        }
        vm.etch(address(feed), "");
        assertFalse(_answers(), "no code");
    }

    /// @dev Who calls with too little gas gets a revert, not a silent source.
    function test_read_FailsIf_GasWouldNotReachTheFeed() public {
        feed.set(20_000e8, NOW);
        (bool ok, bytes memory reason) =
            address(source).staticcall{gas: 100_000}(abi.encodeCall(source.read, ()));
        assertFalse(ok);
        assertEq(bytes4(reason), BoundedCall.TooLittleGas.selector);
    }

    function test_constructor_FailsIf_SettingsAreOutOfRange() public {
        _refused(0, 50);
        _refused(2 days + 1, 50);
        _refused(HEARTBEAT, 0);
        _refused(HEARTBEAT, 1_001);
    }

    function _refused(uint32 heartbeat, uint16 deviationBps) private {
        vm.expectPartialRevert(ChainlinkSource.OutOfRange.selector);
        new ChainlinkSource(address(feed), heartbeat, deviationBps);
    }

    function _answersAt(int256 answer) private {
        feed.set(answer, NOW);
        assertTrue(_answers(), vm.toString(answer));
    }

    function _silentAt(int256 answer) private {
        feed.set(answer, NOW);
        assertFalse(_answers(), vm.toString(answer));
    }

    function _answers() private view returns (bool) {
        (uint256 price,,) = source.read();
        return price != 0;
    }
}
