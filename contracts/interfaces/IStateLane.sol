// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header, QuorumSignature} from "../types/Wire.sol";
import {IQuorumLane} from "./IQuorumLane.sol";

/// @notice Governance's box around the market state. WAD where a share or a rate.
/// @param leastSpotDeviation, mostSpotDeviation band of each spot factor's standard deviation over the margin horizon
/// @param leastVolatilityDeviation, mostVolatilityDeviation the same for the factors of 30-day volatility
/// @param deviationSpeed relative change of each standard deviation an hour, either way
/// @param correlationSpeed absolute change of each correlation an hour, either way
/// @param dailyLoosening, weeklyLoosening budgets of falls of standard deviations: sum of old / new - 1 of the factor
/// that falls most in each round; each leaks in its period
/// @param mostPremium |perpetual premium| of a row
/// @param mostFundingRate |yearly premium funding| as a share of index
/// @param mostBorrowPremium highest borrow premium a year
/// @param borrowPremiumSpeed its absolute change an hour, either way
/// @param premiumAverageSeconds window of the premium's average
/// @param fundingPeriodSeconds time in which a constant premium is paid once
/// @param fundingLifeSeconds time for which a round's funding accrues
/// @param mostElapsedSeconds silence counts for no more than this toward any move
struct StateLimits {
    uint64 leastSpotDeviation;
    uint64 mostSpotDeviation;
    uint64 leastVolatilityDeviation;
    uint64 mostVolatilityDeviation;
    uint64 deviationSpeed;
    uint64 correlationSpeed;
    uint64 dailyLoosening;
    uint64 weeklyLoosening;
    uint64 mostPremium;
    uint64 mostFundingRate;
    uint64 mostBorrowPremium;
    uint64 borrowPremiumSpeed;
    uint32 premiumAverageSeconds;
    uint32 fundingPeriodSeconds;
    uint32 fundingLifeSeconds;
    uint32 mostElapsedSeconds;
}

/// @title Lane 2: covariance, perpetual premiums, borrow premium
/// @notice A round is applied whole. A value out of its bound reverts the round with that bound; nothing is clamped.
/// Trust: a hostile quorum moves each standard deviation in t hours by a factor of at most exp(deviationSpeed x t)
/// up, and down by the same or by exp(-weeklyLoosening x (1 + t / 168)) or exp(-dailyLoosening x (1 + t / 24)),
/// whichever is least, always inside the band; each correlation by at most correlationSpeed x t. Time counts from the
/// last round, at most mostElapsedSeconds, by the chain's clock and not by what the round says.
interface IStateLane is IQuorumLane {
    /// @notice The row at `index` is not the one that belongs there.
    error MisplacedRow(uint256 index, uint8 kind, uint16 first, uint16 second);
    error WrongLength(uint256 given, uint256 expected);
    /// @param factor 2(u-1) is the spot of underlying u, 2(u-1)+1 its volatility
    error DeviationOutOfBounds(uint256 factor, uint256 value, uint256 least, uint256 most);
    error CorrelationOutOfBounds(uint256 row, uint256 column, int256 value, int256 least, int256 most);
    error PremiumOutOfBounds(uint16 underlying, int256 value, int256 least, int256 most);
    error BorrowPremiumOutOfBounds(uint256 value, uint256 least, uint256 most);

    /// @param least, most what this round could have set
    event DeviationChanged(
        uint8 indexed factor,
        uint64 indexed laneSeq,
        uint256 oldValue,
        uint256 newValue,
        uint256 least,
        uint256 most,
        uint64 seq,
        bytes24 runningHash
    );
    event PremiumAveraged(
        uint16 indexed underlying,
        uint64 indexed laneSeq,
        int256 sample,
        int256 oldAverage,
        int256 newAverage,
        int256 bound,
        uint64 seq,
        bytes24 runningHash
    );
    event BorrowPremiumChanged(
        uint64 indexed laneSeq,
        uint256 oldValue,
        uint256 newValue,
        uint256 least,
        uint256 most,
        uint64 seq,
        bytes24 runningHash
    );
    event StateLimitSet(
        bytes32 indexed name,
        uint256 oldValue,
        uint256 newValue,
        uint256 least,
        uint256 most,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Accepts a signed round; anyone may submit it.
    /// @param rows `StateRow`s packed, see `StateRows`; their keccak-256 is signed
    function publishState(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external;

    /// @notice Replaces the box; restricted.
    function setStateLimits(StateLimits calldata limits) external;
    function stateLimits() external view returns (StateLimits memory);
    /// @notice Block time of the last accepted round, unix seconds; 0 before the first.
    function changedAt() external view returns (uint64);
    /// @notice Seconds that count toward a move now.
    function elapsed() external view returns (uint256);
    /// @notice What of the daily and of the weekly budget is used up now, WAD.
    function loosened() external view returns (uint256 daily, uint256 weekly);
}
