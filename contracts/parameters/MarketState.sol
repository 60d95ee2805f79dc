// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IMarketState} from "../interfaces/IMarketState.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {YEAR} from "../types/Units.sol";
import {ParameterBounds} from "./ParameterBounds.sol";

/// @title Storage of perpetual premiums, the funding they accrue, and the borrow premium
abstract contract MarketState is IMarketState, AuditTrail {
    /// @dev A quarter: no perpetual has been held further from its index for an average's time.
    int256 private constant MOST_PREMIUM = 0.25e18;
    /// @dev 100% a year on top of the interest curve.
    uint256 private constant MOST_BORROW_PREMIUM = 1e18;
    /// @dev Funding from one round is forgotten within a week.
    uint256 private constant LONGEST_LIFE = 7 days;

    /// @dev Two slots.
    struct PerpetualState {
        int64 premium;
        int120 fundingPerYear;
        uint40 since;
        uint32 life;
        int256 fundingIndex;
    }

    mapping(uint16 underlying => PerpetualState) private _perpetualStates;
    /// @inheritdoc IMarketState
    uint64 public borrowPremium;

    /// @inheritdoc IMarketState
    function perpetualPremium(uint16 underlying) external view returns (int256) {
        return _perpetualStates[underlying].premium;
    }

    /// @inheritdoc IMarketState
    function premiumFundingIndex(uint16 underlying) public view returns (int256) {
        PerpetualState memory state = _perpetualStates[underlying];
        uint256 elapsed = FixedPointMathLib.min(block.timestamp - state.since, state.life);
        return state.fundingIndex + int256(state.fundingPerYear) * int256(elapsed) / int256(YEAR);
    }

    function _setPerpetualState(uint16 underlying, int64 premium, int120 fundingPerYear, uint32 life)
        internal
    {
        ParameterBounds.within("premium", int256(premium), -MOST_PREMIUM, MOST_PREMIUM);
        ParameterBounds.within("premiumLife", life, uint256(0), LONGEST_LIFE);
        int256 index = premiumFundingIndex(underlying);
        _perpetualStates[underlying] =
            PerpetualState(premium, fundingPerYear, uint40(block.timestamp), life, index);
        bytes memory payload =
            abi.encode(PerpetualStateSet.selector, underlying, premium, int256(fundingPerYear), life, index);
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(payload));
        emit PerpetualStateSet(underlying, premium, fundingPerYear, life, index, seq, runningHash);
    }

    function _setBorrowPremium(uint64 premium) internal {
        ParameterBounds.within("borrowPremium", premium, uint256(0), MOST_BORROW_PREMIUM);
        uint64 old = borrowPremium;
        borrowPremium = premium;
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(BorrowPremiumSet.selector, old, premium)));
        emit BorrowPremiumSet(old, premium, seq, runningHash);
    }

    /// @dev The last set values of the first `count` underlyings and the borrow premium.
    function _marketDigest(uint16 count) internal view returns (bytes32 digest) {
        digest = keccak256(abi.encode(borrowPremium));
        for (uint16 underlying = 1; underlying <= count; ++underlying) {
            digest = keccak256(abi.encode(digest, _perpetualStates[underlying]));
        }
    }
}
