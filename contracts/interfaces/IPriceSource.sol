// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title An independent on-chain price of one underlying
/// @notice Trust: none. Whatever an adapter or what stands behind it does (revert, burn gas, return garbage, vanish), the
/// reader takes it for "no answer".
interface IPriceSource {
    /// @notice The source's price of one unit of the underlying in quote currency, WAD, rounded down; the half-width that
    /// the source itself claims, WAD, rounded up; and when the price was observed, unix seconds. Price 0 is no answer.
    function read() external view returns (uint256 price, uint256 confidence, uint256 observedAt);
}

/// @title Whether the sequencer of a rollup has been up long enough for on-chain prices to count
interface ISequencerUptime {
    /// @notice False while the sequencer is down, within the grace after its restart, or when its feed does not answer.
    function isUp() external view returns (bool);
}
