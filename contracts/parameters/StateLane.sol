// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IMarketState} from "../interfaces/IMarketState.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {IStateLane, StateLimits} from "../interfaces/IStateLane.sol";
import {FactorMoments} from "../libraries/FactorMoments.sol";
import {LeakyBucket} from "../libraries/LeakyBucket.sol";
import {StateRows} from "../libraries/StateRows.sol";
import {StateSpeed} from "../libraries/StateSpeed.sol";
import {Covariance} from "./Covariance.sol";
import {StateBounds} from "./StateBounds.sol";
import {YEAR} from "../types/Units.sol";
import {
    Header,
    LANE_STATE,
    QuorumSignature,
    STATE_BORROW_PREMIUM,
    STATE_LOADING,
    STATE_PREMIUM
} from "../types/Wire.sol";
import {QuorumLane} from "./QuorumLane.sol";
import {StateRecord} from "./StateRecord.sol";

/// @title The state lane
contract StateLane is QuorumLane, StateRecord, AccessManaged {
    using LeakyBucket for LeakyBucket.Bucket;

    int256 private constant WAD = 1e18;

    /// @dev What all checks of one round share.
    struct Round {
        uint64 seq;
        uint16 underlyings;
        uint256 elapsed;
        StateLimits limits;
    }

    StateLimits private _limits;
    /// @inheritdoc IStateLane
    uint64 public changedAt;
    LeakyBucket.Bucket private _daily;
    LeakyBucket.Bucket private _weekly;

    constructor(address authority, ISignedLanes lanes_, IRiskParameters parameters_)
        AccessManaged(authority)
        QuorumLane(lanes_, parameters_, LANE_STATE)
    {}

    /// @inheritdoc IStateLane
    function setStateLimits(StateLimits calldata limits) external restricted {
        StateBounds.check(limits);
        StateLimits memory old = _limits;
        _limits = limits;
        _recordLimits(old, limits);
    }

    /// @inheritdoc IStateLane
    function publishState(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external
    {
        _accept(header, keccak256(rows), quorum);
        Round memory round = Round(header.seq, parameters.underlyingCount(), elapsed(), _limits);
        changedAt = uint64(block.timestamp);
        uint256 loadings = Covariance.loadingCount(round.underlyings);
        uint256 expected = (loadings + round.underlyings + 1) * StateRows.LENGTH;
        if (rows.length != expected) revert WrongLength(rows.length, expected);
        // slither-disable-next-line reentrancy-no-eth RiskParameters calls nobody
        _moveCovariance(rows, loadings, round);
        uint256 place = loadings;
        for (uint16 underlying = 1; underlying <= round.underlyings; ++underlying) {
            // slither-disable-next-line reentrancy-no-eth RiskParameters calls nobody
            _movePremium(StateRows.valueAt(rows, place++, STATE_PREMIUM, underlying, 0), underlying, round);
        }
        _moveBorrowPremium(StateRows.valueAt(rows, place, STATE_BORROW_PREMIUM, 0, 0), round);
    }

    // ---- views ----

    /// @inheritdoc IStateLane
    function stateLimits() external view returns (StateLimits memory) {
        return _limits;
    }

    /// @inheritdoc IStateLane
    function elapsed() public view returns (uint256) {
        return FixedPointMathLib.min(block.timestamp - changedAt, _limits.mostElapsedSeconds);
    }

    /// @inheritdoc IStateLane
    function loosened() external view returns (uint256 daily, uint256 weekly) {
        daily = _daily.used(_limits.dailyLoosening, 1 days);
        weekly = _weekly.used(_limits.weeklyLoosening, 7 days);
    }

    function _limitsDigest() internal view override returns (bytes32) {
        return keccak256(abi.encode(_limits));
    }

    // ---- covariance ----

    function _moveCovariance(bytes calldata rows, uint256 count, Round memory round) private {
        int256[] memory loadings = new int256[](count);
        uint256 position;
        for (uint16 row; row < 2 * round.underlyings; ++row) {
            for (uint16 column; column <= row; ++column) {
                loadings[position] = StateRows.valueAt(rows, position, STATE_LOADING, row, column);
                ++position;
            }
        }
        int256[] memory before = parameters.covariance();
        IMarketState(address(parameters)).updateCovariance(loadings);
        int256[] memory now_ = parameters.covariance();
        uint256[] memory oldDeviations = FactorMoments.deviations(before);
        uint256[] memory newDeviations = FactorMoments.deviations(now_);
        _checkDeviations(oldDeviations, newDeviations, round);
        _checkCorrelations(before, oldDeviations, now_, newDeviations, round);
    }

    function _checkDeviations(uint256[] memory before, uint256[] memory now_, Round memory round) private {
        uint256 moved = StateSpeed.share(round.limits.deviationSpeed, round.elapsed);
        uint256 loosening;
        for (uint256 factor; factor < now_.length; ++factor) {
            (uint256 floor, uint256 ceiling) = factor % 2 == 0
                ? (round.limits.leastSpotDeviation, round.limits.mostSpotDeviation)
                : (round.limits.leastVolatilityDeviation, round.limits.mostVolatilityDeviation);
            (uint256 least, uint256 most) = StateSpeed.relative(before[factor], moved, floor, ceiling);
            uint256 value = now_[factor];
            if (value < least || value > most) revert DeviationOutOfBounds(factor, value, least, most);
            loosening = FixedPointMathLib.max(loosening, StateSpeed.loosening(before[factor], value));
            if (value != before[factor]) {
                _recordDeviation(uint8(factor), round.seq, [before[factor], value, least, most]);
            }
        }
        _daily.charge(loosening, round.limits.dailyLoosening, 1 days);
        _weekly.charge(loosening, round.limits.weeklyLoosening, 7 days);
    }

    function _checkCorrelations(
        int256[] memory before,
        uint256[] memory oldDeviations,
        int256[] memory now_,
        uint256[] memory newDeviations,
        Round memory round
    ) private pure {
        int256 moved = int256(StateSpeed.share(round.limits.correlationSpeed, round.elapsed));
        for (uint256 row = 1; row < newDeviations.length; ++row) {
            for (uint256 column; column < row; ++column) {
                int256 old = FactorMoments.correlation(before, oldDeviations, row, column);
                int256 value = FactorMoments.correlation(now_, newDeviations, row, column);
                if (value < old - moved || value > old + moved) {
                    revert CorrelationOutOfBounds(row, column, value, old - moved, old + moved);
                }
            }
        }
    }

    // ---- premiums ----

    function _movePremium(int256 sample, uint16 underlying, Round memory round) private {
        int256 bound = int256(uint256(round.limits.mostPremium));
        if (sample < -bound || sample > bound) revert PremiumOutOfBounds(underlying, sample, -bound, bound);
        IMarketState state = IMarketState(address(parameters));
        int256 old = state.perpetualPremium(underlying);
        int256 average = StateSpeed.average(old, sample, round.elapsed, round.limits.premiumAverageSeconds);
        int256 perYear = _fundingPerYear(average, underlying, round.limits);
        state.setPerpetualState(underlying, int64(average), int120(perYear), round.limits.fundingLifeSeconds);
        _recordPremium(underlying, round.seq, sample, old, average, bound);
    }

    /// @dev Premium / funding period, at most the cap either way, of the index now; toward zero.
    function _fundingPerYear(int256 premium, uint16 underlying, StateLimits memory limits)
        private
        view
        returns (int256)
    {
        if (premium == 0) return 0;
        int256 most = int256(uint256(limits.mostFundingRate));
        int256 rate = premium * int256(YEAR) / int256(uint256(limits.fundingPeriodSeconds));
        rate = FixedPointMathLib.clamp(rate, -most, most);
        return rate * int256(lanes.priceInterval(underlying).price) / WAD;
    }

    function _moveBorrowPremium(int256 given, Round memory round) private {
        IMarketState state = IMarketState(address(parameters));
        uint256 old = state.borrowPremium();
        uint256 moved = StateSpeed.share(round.limits.borrowPremiumSpeed, round.elapsed);
        (uint256 least, uint256 most) = StateSpeed.absolute(old, moved, round.limits.mostBorrowPremium);
        uint256 value = given < 0 ? type(uint256).max : uint256(given);
        if (value < least || value > most) revert BorrowPremiumOutOfBounds(value, least, most);
        if (value == old) return;
        state.setBorrowPremium(uint64(value));
        _recordBorrowPremium(round.seq, old, value, least, most);
    }
}
