// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISettlementFallback} from "../interfaces/ISettlementFallback.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {PriceCombination} from "../libraries/PriceCombination.sol";
import {PriceInterval} from "../types/Margin.sol";

/// @title Settlement prices from on-chain sources, and at last from governance
contract SettlementFallback is ISettlementFallback, AccessManaged, AuditTrail {
    uint256 private constant WINDOW = 30 minutes;
    uint256 private constant MOST_GAP = 15 minutes;
    /// @dev Rounds signed before the expiry are void by then.
    uint256 private constant SOURCES_AFTER = 1 hours;
    uint256 private constant GOVERNANCE_AFTER = 2 days;

    /// @dev Two slots.
    struct Samples {
        uint96 price;
        uint40 sampledAt;
        uint32 coveredSeconds;
        uint192 weightedPrice; // sum of price x seconds
    }

    ISignedLanes public immutable lanes;
    IPriceIntervals public immutable prices;
    IRiskParameters public immutable parameters;

    /// @inheritdoc ISettlementFallback
    mapping(uint16 underlying => mapping(uint32 expiry => Samples)) public samples;

    constructor(address authority, ISignedLanes lanes_, IPriceIntervals prices_, IRiskParameters parameters_)
        AccessManaged(authority)
    {
        (lanes, prices, parameters) = (lanes_, prices_, parameters_);
    }

    /// @inheritdoc ISettlementFallback
    function sample(uint16 underlying, uint32 expiry) external {
        _requireNeeded(underlying, expiry, SOURCES_AFTER);
        Samples memory taken = samples[underlying][expiry];
        uint256 elapsed = block.timestamp - taken.sampledAt;
        if (elapsed > MOST_GAP) {
            (taken.coveredSeconds, taken.weightedPrice) = (0, 0);
        } else {
            taken.coveredSeconds += uint32(elapsed);
            taken.weightedPrice += uint192(taken.price * elapsed);
        }
        taken.price = _agreed(underlying);
        taken.sampledAt = uint40(block.timestamp);
        samples[underlying][expiry] = taken;
        _recordSample(underlying, expiry, taken);
        if (taken.coveredSeconds < WINDOW) return;
        _decide(underlying, expiry, uint96(taken.weightedPrice / taken.coveredSeconds), false);
    }

    /// @inheritdoc ISettlementFallback
    function decide(uint16 underlying, uint32 expiry, uint96 price) external restricted {
        _requireNeeded(underlying, expiry, GOVERNANCE_AFTER);
        _decide(underlying, expiry, price, true);
    }

    function _requireNeeded(uint16 underlying, uint32 expiry, uint256 delay) private view {
        if (!parameters.isExpiryListed(expiry)) revert IRiskParameters.UnlistedExpiry(expiry);
        uint256 earliest = expiry + delay;
        if (block.timestamp < earliest) revert NotYet(expiry, earliest);
        // slither-disable-next-line unused-return only whether anything was covered
        (uint256 covered,) = lanes.settlementAccrued(underlying, expiry);
        if (covered != 0 || lanes.settlementPrice(underlying, expiry) != 0) {
            revert NotNeeded(underlying, expiry);
        }
    }

    /// @dev The middle of what all sources that answer have in common; the signed lane has no say here.
    function _agreed(uint16 underlying) private view returns (uint96) {
        PriceInterval memory none;
        (PriceInterval memory combined, uint256 agreeing) =
            PriceCombination.combine(none, none, prices.readings(underlying));
        if (agreeing == 0 || combined.price == 0 || combined.price > type(uint96).max) {
            revert NoAgreedPrice(underlying, agreeing);
        }
        return uint96(combined.price);
    }

    /// @dev Said before the lane fixes it, so that whoever reads the record knows why.
    function _decide(uint16 underlying, uint32 expiry, uint96 price, bool byGovernance) private {
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(SettlementDecided.selector, underlying, expiry, price, byGovernance))
        );
        emit SettlementDecided(underlying, expiry, price, byGovernance, seq, runningHash);
        lanes.setSettlementPrice(underlying, expiry, price);
    }

    function _recordSample(uint16 underlying, uint32 expiry, Samples memory taken) private {
        uint256 price = taken.price;
        uint256 covered = taken.coveredSeconds;
        uint256 weighted = taken.weightedPrice;
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(SettlementSampled.selector, underlying, expiry, price, covered, weighted))
        );
        emit SettlementSampled(underlying, expiry, price, covered, weighted, seq, runningHash);
    }
}
