// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Values that follow the market, kept beside the parameters
/// @notice The state lane's contract holds the role that sets them. They are not part of `parametersDigest`, else each
/// state round would void every other signed round; `stateDigest` names them. Until the first state round premium,
/// funding and borrow premium are zero. Trust: the hard bounds here hold whoever has the role; bands and speeds are
/// the state lane's. Liveness: premium funding stops `life` seconds after the last state round.
interface IMarketState {
    event PerpetualStateSet(
        uint16 indexed underlying,
        int64 premium,
        int256 fundingPerYear,
        uint32 life,
        int256 fundingIndex,
        uint64 seq,
        bytes24 runningHash
    );
    event BorrowPremiumSet(uint64 oldValue, uint64 newValue, uint64 seq, bytes24 runningHash);

    /// @notice Replaces the loadings that `setCovariance` set; same form and bounds.
    function updateCovariance(int256[] calldata loadings) external;

    /// @param premium of the perpetual's mark over index, WAD
    /// @param fundingPerYear quote a long unit owes for a year at this premium, WAD
    /// @param life seconds for which that accrues
    function setPerpetualState(uint16 underlying, int64 premium, int120 fundingPerYear, uint32 life) external;

    /// @param premium added to the yearly borrow rate, WAD
    function setBorrowPremium(uint64 premium) external;

    /// @notice Mark of a perpetual = index x (1 + premium), WAD.
    function perpetualPremium(uint16 underlying) external view returns (int256);

    /// @notice Premium funding accrued per unit of perpetual until now, WAD quote; longs pay the increase. It comes on top
    /// of `ISignedLanes.fundingIndex`, governance's fixed part.
    function premiumFundingIndex(uint16 underlying) external view returns (int256);

    /// @notice Part of the yearly borrow rate that follows the market, WAD.
    function borrowPremium() external view returns (uint64);

    /// @notice keccak-256 over loadings, premiums, funding and borrow premium as they were last set.
    function stateDigest() external view returns (bytes32);
}
