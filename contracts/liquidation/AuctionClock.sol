// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {Action, Modes} from "../libraries/Modes.sol";
import {Mode} from "../types/Margin.sol";
import {LiquidationEvents} from "./LiquidationEvents.sol";

/// @title Seconds in which the chain was live, for all auctions
/// @notice A reading at time t learns until when the prices of that moment keep the chain live, whatever comes. The next
/// reading counts the time since, up to there. So no second of a halt is counted, the clock never goes back, and it is
/// exact for whoever reads at least once per `haltAge`.
abstract contract AuctionClock is LiquidationEvents {
    IMarginEngine public immutable engine;

    /// @param live seconds counted up to `readAt`, the last reading @param until what that reading vouched for
    /// @param auctions started so far: here because whoever starts one writes this slot
    struct Reading {
        uint64 live;
        uint64 readAt;
        uint64 until;
        uint64 auctions;
    }

    Reading private _reading;

    constructor(IMarginEngine engine_) {
        engine = engine_;
    }

    /// @dev Under HALTED only deposits pass: prices that nobody vouches for decide nothing.
    modifier when(Action action) {
        _requireLive(action);
        _;
    }

    /// @inheritdoc ILiquidation
    function tick() external {
        _readClock();
    }

    /// @inheritdoc ILiquidation
    function liveSeconds() public view returns (uint64) {
        Reading memory last = _reading;
        uint256 end = FixedPointMathLib.min(block.timestamp, last.until);
        return end > last.readAt ? last.live + uint64(end - last.readAt) : last.live;
    }

    /// @inheritdoc ILiquidation
    function clockRunsUntil() external view returns (uint64) {
        return _reading.until;
    }

    /// @dev Number of a new auction.
    function _nextId() internal returns (uint64) {
        return ++_reading.auctions;
    }

    /// @dev The mode is at least REDUCE_ONLY, which allows what NORMAL does here.
    function _requireLive(Action action) private {
        Mode mode = _readClock() == 0 ? Mode.HALTED : Mode.REDUCE_ONLY;
        if (!Modes.allows(mode, action)) revert Halted();
    }

    /// @return until 0 while HALTED
    function _readClock() private returns (uint64 until) {
        until = engine.liveUntil();
        Reading memory last = _reading;
        if (last.readAt == block.timestamp && last.until == until) return until;
        uint64 live = liveSeconds();
        _reading = Reading(live, uint64(block.timestamp), until, last.auctions);
        _emitClock(live, until);
    }
}
