// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Accrual, InterestModel} from "../types/Interest.sol";

/// @title The rates of interest between negative and positive cash
/// @notice Bounds are hard for every role; a value outside is refused, never clamped. The model is part of
/// `IRiskParameters.parametersDigest`; the risk premium on top of it is the state lane's (`IMarketState.borrowPremium`), at most
/// `InterestModel.mostPremium`, and no part of it. Unset, nothing bears interest.
interface IInterestRates {
    /// @param modelDigest keccak256(abi.encode(model))
    event InterestModelSet(
        bytes32 indexed modelDigest,
        uint32 baseMicros,
        uint32 slopeMicros,
        uint32 steepSlopeMicros,
        uint16 kinkBps,
        uint16 reserveBps,
        uint64 mostPremium,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Restricted. Interest up to now is booked at the model before.
    function setInterestModel(InterestModel calldata model) external;

    function interestModel() external view returns (InterestModel memory);
    /// @notice The premium that counts now, WAD per year.
    function premium() external view returns (uint256);
    /// @notice `state` with interest up to this block; never reverts on a state that the ledger can have.
    function accrued(Accrual memory state) external view returns (Accrual memory);
    /// @notice The ledger account of the insurance fund, which receives the reserve.
    function fundAccount() external view returns (uint64);
}
