// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    AuctionCurve,
    IRiskParameters,
    LaneLimits,
    MarginModel,
    ScenarioPoint,
    UnderlyingConfig
} from "../interfaces/IRiskParameters.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title The audit events of parameter changes
abstract contract ParameterRecord is IRiskParameters, AuditTrail {
    function _recordExpiry(uint32 expiry) internal {
        (uint64 seq, bytes24 runningHash) = _advance(keccak256(abi.encode(ExpiryListed.selector, expiry)));
        emit ExpiryListed(expiry, seq, runningHash);
    }

    function _recordAnnex(address module, bytes32 settingsDigest) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(AnnexNoted.selector, module, settingsDigest)));
        emit AnnexNoted(module, settingsDigest, seq, runningHash);
    }

    function _recordUnderlying(uint16 underlying, UnderlyingConfig memory config) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    UnderlyingListed.selector,
                    underlying,
                    config.ageVolatility,
                    config.fundingRate,
                    config.lotSize
                )
            )
        );
        emit UnderlyingListed(
            underlying, config.ageVolatility, config.fundingRate, config.lotSize, seq, runningHash
        );
    }

    function _recordLoading(uint8 row, uint8 column, int256 loading) internal {
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(LoadingSet.selector, row, column, loading)));
        emit LoadingSet(row, column, loading, seq, runningHash);
    }

    function _recordPoint(uint8 index, ScenarioPoint calldata point) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    ScenarioPointSet.selector,
                    index,
                    point.spotShockBps,
                    point.volatilityShockBps,
                    point.weightBps
                )
            )
        );
        emit ScenarioPointSet(
            index, point.spotShockBps, point.volatilityShockBps, point.weightBps, seq, runningHash
        );
    }

    function _recordMarginModel(bytes32 digest, MarginModel calldata model) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    MarginModelSet.selector,
                    digest,
                    model.valueAtRiskMultiplier,
                    model.expectedShortfallMultiplier,
                    model.ratioFloorBps,
                    model.ratioCapBps
                )
            )
        );
        emit MarginModelSet(
            digest,
            model.valueAtRiskMultiplier,
            model.expectedShortfallMultiplier,
            model.ratioFloorBps,
            model.ratioCapBps,
            seq,
            runningHash
        );
    }

    function _recordLaneLimits(bytes32 digest, LaneLimits calldata limits) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    LaneLimitsSet.selector,
                    digest,
                    limits.reduceOnlyAge,
                    limits.haltAge,
                    limits.attestationMaxAge,
                    limits.maxTimeToLive
                )
            )
        );
        emit LaneLimitsSet(
            digest,
            limits.reduceOnlyAge,
            limits.haltAge,
            limits.attestationMaxAge,
            limits.maxTimeToLive,
            seq,
            runningHash
        );
    }

    function _recordAuctionCurve(bytes32 digest, AuctionCurve calldata curve) internal {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(
                    AuctionCurveSet.selector,
                    digest,
                    curve.durationSeconds,
                    curve.startDiscountBps,
                    curve.endDiscountBps
                )
            )
        );
        emit AuctionCurveSet(
            digest, curve.durationSeconds, curve.startDiscountBps, curve.endDiscountBps, seq, runningHash
        );
    }
}
