// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A price feed with the interface of an on-chain aggregator, whose answer anyone sets
/// @notice For local chains only.
contract MockAggregator {
    uint8 public constant decimals = 8;
    int192 public constant minAnswer = 1;
    int192 public constant maxAnswer = 1e16;

    uint80 private _round;
    int256 private _answer;
    uint256 private _updatedAt;

    function set(int256 answer, uint256 updatedAt) external {
        ++_round;
        _answer = answer;
        _updatedAt = updatedAt;
    }

    /// @notice A proxy's aggregator; this contract is both.
    function aggregator() external view returns (address) {
        return address(this);
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return (_round, _answer, _updatedAt, _updatedAt, _round);
    }
}
