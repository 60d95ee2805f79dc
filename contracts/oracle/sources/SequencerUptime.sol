// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISequencerUptime} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";
import {IAggregator} from "./ChainlinkSource.sol";

/// @title The uptime feed of a rollup's sequencer
/// @notice Answer 0 is up, anything else down; `startedAt` is since when. After a restart prices that the sequencer's outage
/// kept back come in with the first blocks, so nothing counts until the grace has passed.
contract SequencerUptime is ISequencerUptime {
    error OutOfRange(bytes32 what, uint256 value, uint256 least, uint256 most);
    /// @dev A status nobody reports would silence every source for good.
    error NoContract(address feed);

    uint256 private constant FEED_GAS = 100_000;

    address public immutable feed;
    uint32 public immutable graceSeconds;

    constructor(address feed_, uint32 graceSeconds_) {
        if (graceSeconds_ == 0 || graceSeconds_ > 1 days) {
            revert OutOfRange("graceSeconds", graceSeconds_, 1, 1 days);
        }
        if (feed_.code.length == 0) revert NoContract(feed_);
        (feed, graceSeconds) = (feed_, graceSeconds_);
    }

    /// @inheritdoc ISequencerUptime
    function isUp() external view returns (bool) {
        (bool ok, uint256[] memory round) =
            BoundedCall.read(feed, abi.encodeCall(IAggregator.latestRoundData, ()), FEED_GAS, 5);
        (uint256 answer, uint256 startedAt) = (round[1], round[2]);
        if (!ok || answer != 0 || startedAt == 0 || startedAt > block.timestamp) return false;
        return block.timestamp - startedAt > graceSeconds;
    }
}
