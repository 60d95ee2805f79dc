// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CreditMark} from "../types/CreditMark.sol";
import {RiskTerms} from "../types/RiskTerms.sol";

/// @title Terms of margin by underlying: the charges outside the maximum, the price band, the slow credit price
/// @notice Bounds are hard for every role; a value outside is refused, never clamped. Unset, all are zero. All of it is part
/// of `IRiskParameters.parametersDigest`, so nothing signed under other terms is valid.
///
/// The credit price of an underlying (`CreditPrice`) is brought up to the signed price by `mark`: every trade does so for its
/// underlying, and anyone may for any. Valuation reads what a mark now would give, so that none is needed before a withdrawal.
/// Trust: whoever marks chooses only when. Liveness: nobody has to mark. What nobody marked counts for an eighth of
/// the half-life, so a rise is credited more slowly. Warning: a fall that nobody marked is not remembered; gains up to the
/// last marked price are then credited at once again.
interface IMarginTerms {
    event RiskTermsSet(
        uint16 indexed underlying,
        uint96 depth,
        uint16 concentrationBps,
        uint16 basisBps,
        uint16 confidenceBps,
        uint16 priceBandBps,
        uint24 creditHalfLifeSeconds,
        uint16 offsetBps,
        uint64 seq,
        bytes24 runningHash
    );

    event CreditMarked(uint16 indexed underlying, uint96 low, uint96 high, uint64 seq, bytes24 runningHash);

    /// @notice Restricted; for a listed underlying.
    function setRiskTerms(uint16 underlying, RiskTerms calldata terms) external;

    /// @notice Brings the credit price of an underlying up to its price; nothing happens with a half-life of 0. Reverts like
    /// `IPriceIntervals.priceInterval` without a usable price.
    function mark(uint16 underlying) external;

    function riskTerms(uint16 underlying) external view returns (RiskTerms memory);
    function creditMark(uint16 underlying) external view returns (CreditMark memory);
    /// @notice Both of them; with a half-life of 0, which credits gains at once, no mark.
    function termsOf(uint16 underlying) external view returns (RiskTerms memory, CreditMark memory);
    /// @notice keccak256(abi.encode(risk terms of each underlying)).
    function settingsDigest() external view returns (bytes32);
}
