// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IPriceSource} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";

/// @notice The part of a Chainlink-style feed that is read.
interface IAggregator {
    function decimals() external view returns (uint8);
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    /// @notice The aggregator behind a proxy; a feed without a proxy may lack it.
    function aggregator() external view returns (address);
    function minAnswer() external view returns (int192);
    function maxAnswer() external view returns (int192);
}

/// @title A Chainlink-style feed as a price source
/// @notice No answer: a revert or garbage; an answer of 0 or less, or within 1% of the least or the most that the aggregator
/// can report, for there it stops following the market; an incomplete round; one dated in the future, or older than the
/// heartbeat; one of another aggregator than the one whose limits are known (anyone may call `refreshLimits`).
/// The feed reports when the price has moved by its deviation threshold, so that is its confidence.
contract ChainlinkSource is IPriceSource {
    error UnusableFeed(address feed);
    error OutOfRange(bytes32 what, uint256 value, uint256 least, uint256 most);

    event LimitsRefreshed(uint16 indexed phase, int112 least, int112 most);

    /// @dev What an aggregator can report, in its own unit. A proxy's round id names the phase, hence the aggregator.
    struct Limits {
        int112 least;
        int112 most;
        uint16 phase;
    }

    uint256 private constant FEED_GAS = 100_000;
    uint256 private constant ONE_BPS = 10_000;
    int256 private constant PERCENT = 100;
    uint256 private constant MOST_DECIMALS = 36;
    uint256 private constant PHASE_OFFSET = 64;

    address public immutable feed;
    uint32 public immutable heartbeat;
    uint16 public immutable deviationBps;
    uint8 public immutable decimals;

    Limits public limits;

    /// @param heartbeat_ seconds after which a silent feed no longer answers; its published heartbeat and some minutes
    /// @param deviationBps_ its published deviation threshold
    // slither-disable-next-line missing-zero-check `decimals()` below reverts without a feed
    constructor(address feed_, uint32 heartbeat_, uint16 deviationBps_) {
        if (heartbeat_ == 0 || heartbeat_ > 2 days) revert OutOfRange("heartbeat", heartbeat_, 1, 2 days);
        if (deviationBps_ == 0 || deviationBps_ > 1_000) {
            revert OutOfRange("deviationBps", deviationBps_, 1, 1_000);
        }
        (feed, heartbeat, deviationBps) = (feed_, heartbeat_, deviationBps_);
        decimals = IAggregator(feed_).decimals();
        if (decimals > MOST_DECIMALS) revert OutOfRange("decimals", decimals, 0, MOST_DECIMALS);
        refreshLimits();
    }

    /// @notice Reads again what the feed's present aggregator can report; for anyone, after it was exchanged.
    function refreshLimits() public {
        (bool ok, uint256[] memory round) = _latestRound();
        if (!ok) revert UnusableFeed(feed);
        (bool known, uint256 aggregator) = _word(feed, IAggregator.aggregator.selector);
        address target = known && aggregator != 0 ? address(uint160(aggregator)) : feed;
        (bool hasLeast, uint256 least) = _word(target, IAggregator.minAnswer.selector);
        (bool hasMost, uint256 most) = _word(target, IAggregator.maxAnswer.selector);
        limits = Limits({
            least: hasLeast ? _saturated(int256(least)) : int112(0),
            most: hasMost ? _saturated(int256(most)) : type(int112).max,
            phase: uint16(round[0] >> PHASE_OFFSET)
        });
        emit LimitsRefreshed(limits.phase, limits.least, limits.most);
    }

    /// @inheritdoc IPriceSource
    function read() external view returns (uint256 price, uint256 confidence, uint256 observedAt) {
        (bool ok, uint256[] memory round) = _latestRound();
        if (!ok) return (0, 0, 0);
        uint256 updatedAt = round[3];
        if (round[0] == 0 || updatedAt == 0 || round[4] < round[0] || updatedAt > block.timestamp) {
            return (0, 0, 0);
        }
        if (block.timestamp - updatedAt > heartbeat) return (0, 0, 0);
        if (!_isWithin(int256(round[1]), uint256(round[0] >> PHASE_OFFSET))) return (0, 0, 0);
        price = _toWad(round[1]);
        return (price, FixedPointMathLib.divUp(price * deviationBps, ONE_BPS) + 1, updatedAt);
    }

    /// @dev Positive, and more than 1% away from where the aggregator ends.
    function _isWithin(int256 answer, uint256 phase) private view returns (bool) {
        Limits memory known = limits;
        if (phase != known.phase || answer <= 0 || answer > type(int112).max) return false;
        return answer * PERCENT > int256(known.least) * (PERCENT + 1)
            && answer * PERCENT < int256(known.most) * (PERCENT - 1);
    }

    /// @dev Rounded down; the confidence has one unit for that. 112 bits times 60 fit.
    function _toWad(uint256 answer) private view returns (uint256) {
        return decimals <= 18 ? answer * 10 ** (18 - decimals) : answer / 10 ** (decimals - 18);
    }

    function _latestRound() private view returns (bool, uint256[] memory) {
        return BoundedCall.read(feed, abi.encodeCall(IAggregator.latestRoundData, ()), FEED_GAS, 5);
    }

    function _word(address target, bytes4 selector) private view returns (bool ok, uint256 word) {
        uint256[] memory words;
        (ok, words) = BoundedCall.read(target, abi.encodeWithSelector(selector), FEED_GAS, 1);
        word = words[0];
    }

    function _saturated(int256 value) private pure returns (int112) {
        if (value > type(int112).max) return type(int112).max;
        return value < 0 ? int112(0) : int112(value);
    }
}
