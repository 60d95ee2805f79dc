// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Settlement prices where the signed lane has a gap in its window
/// @notice From `SOURCES_AFTER` an expiry on, while it has no price and its window no average, anyone may sample what the on-chain
/// sources that agree answer. A sample holds until the next one, for `MOST_GAP` at most; a longer gap, or sources that
/// disagree, begin anew. Once samples cover `WINDOW` without a gap their time-weighted average, rounded down, is the price.
/// From `GOVERNANCE_AFTER` the expiry on governance may say it. Nothing here changes a price that is fixed.
/// Trust: the sources as in every margin check; governance for a price that neither lane nor sources gave. Liveness: anyone who
/// samples every `MOST_GAP`; who begins chooses when the average begins, and anyone may begin.
interface ISettlementFallback {
    error NotYet(uint32 expiry, uint256 earliest);
    error NotNeeded(uint16 underlying, uint32 expiry);
    /// @notice No source answers, or those that do disagree.
    error NoAgreedPrice(uint16 underlying, uint256 agreeing);

    event SettlementSampled(
        uint16 indexed underlying,
        uint32 indexed expiry,
        uint256 price,
        uint256 coveredSeconds,
        uint256 weightedPrice,
        uint64 seq,
        bytes24 runningHash
    );
    event SettlementDecided(
        uint16 indexed underlying,
        uint32 indexed expiry,
        uint96 price,
        bool byGovernance,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Takes a sample; the one that completes the window fixes the price.
    function sample(uint16 underlying, uint32 expiry) external;
    /// @notice Restricted to governance.
    function decide(uint16 underlying, uint32 expiry, uint96 price) external;

    /// @notice Samples so far: the last price, WAD, when it was taken, the seconds covered, and the sum of price x seconds.
    function samples(uint16 underlying, uint32 expiry)
        external
        view
        returns (uint96 price, uint40 sampledAt, uint32 coveredSeconds, uint192 weightedPrice);
}
