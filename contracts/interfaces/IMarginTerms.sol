// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RiskTerms} from "../types/RiskTerms.sol";

/// @title Terms of margin by underlying: the charges outside the maximum, and the price band
/// @notice Bounds are hard for every role; a value outside is refused, never clamped. Unset, all are zero. All of it is part
/// of `IRiskParameters.parametersDigest`, so nothing signed under other terms is valid.
interface IMarginTerms {
    event RiskTermsSet(
        uint16 indexed underlying,
        uint96 depth,
        uint16 concentrationBps,
        uint16 basisBps,
        uint16 confidenceBps,
        uint16 priceBandBps,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Restricted; for a listed underlying.
    function setRiskTerms(uint16 underlying, RiskTerms calldata terms) external;

    function riskTerms(uint16 underlying) external view returns (RiskTerms memory);
    /// @notice keccak256(abi.encode(risk terms of each underlying)).
    function settingsDigest() external view returns (bytes32);
}
