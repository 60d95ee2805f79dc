// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Mode, PriceInterval} from "../types/Margin.sol";

/// @title Price intervals from the signed lane and independent on-chain sources, and the mode that follows
/// @notice Each price that answers is widened by its confidence and by price x ageVolatility x sqrt(age in years). Then
/// - all overlap: [lo, hi] is what they have in common, and never less than what lies between their prices;
/// - all but one overlap, two or more, and that one, a source, overlaps none of them: it is outvoted and does not count;
/// - otherwise they disagree: [lo, hi] spans all of them. Disagreement widens, it never stops anything.
/// In each case every price that counts lies within [lo, hi], so an account is liquidated only if it is under water at each of
/// them, and new risk is valued no better than at the worst of them. `price` is the signed one, moved into the span of
/// the sources if it lies outside; without it the middle of [lo, hi].
/// A lane may name the level that its price left by a jump not confirmed yet (`SignedPrice`): the price then counts alone once
/// a source overlaps it; until then [lo, hi] spans both levels and `price` stays at the old one.
/// Assumption for safety: a source's answer lies within its confidence, or the signed lane is honest. Assumption for liveness: the
/// signed lane or one source answers for each listed underlying.
/// Warning: with the signed lane silent a single source decides alone what is liquidated; list two.
interface IPriceIntervals {
    error NoUsablePrice(uint16 underlying);
    error TooManySources(uint256 given, uint256 most);
    error DuplicateSource(address source);
    /// @notice A new source must answer and overlap the interval there is, so that a wrong address or wrong
    /// decimals are found before they count.
    error SourceDisagrees(address source, uint256 price, uint256 low, uint256 high);

    /// @notice All sources of an underlying in force from now on; unused places are zero.
    event SourcesSet(
        uint16 indexed underlying,
        address first,
        address second,
        address third,
        address fourth,
        uint64 seq,
        bytes24 runningHash
    );
    event SequencerUptimeSet(address indexed uptime, uint64 seq, bytes24 runningHash);

    /// @notice Replaces the sources of an underlying, at most four, each an `IPriceSource`. Removing always passes. What was
    /// signed under other sources is void: they are part of `parametersDigest`.
    function setSources(uint16 underlying, address[] calldata sources) external;
    /// @notice The rollup's `ISequencerUptime`; zero where there is no sequencer. While it is not up no source answers.
    function setSequencerUptime(address uptime) external;

    /// @notice WAD; low rounded down, high rounded up. `observedAt` is the newest observation that counts.
    /// Reverts with `NoUsablePrice` if neither the signed lane nor any source has an answer.
    function priceInterval(uint16 underlying) external view returns (PriceInterval memory);
    /// @notice The same, all zero where there is no usable price. It reverts only for too little gas, so that whoever pays
    /// for a call cannot pass a price off as missing.
    function intervalOf(uint16 underlying) external view returns (PriceInterval memory);
    /// @notice HALTED if any listed underlying has no usable price; REDUCE_ONLY if for any the signed price is older than
    /// `reduceOnlyAge` and fewer than two sources that overlap stand in for it, or while paused; NORMAL otherwise.
    function mode() external view returns (Mode);
    /// @notice Unix seconds until which prices already there keep the mode from HALTED: the oldest signed price's time plus
    /// `haltAge`; with a source in its place a minute from now. 0 while it is HALTED.
    function liveUntil() external view returns (uint64);

    function sources(uint16 underlying) external view returns (address[] memory);
    function sequencerUptime() external view returns (address);
    /// @notice What each source answers now, in their order, widened by confidence and age; all zero where it does not.
    function readings(uint16 underlying) external view returns (PriceInterval[] memory);
}
