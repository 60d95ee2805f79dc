// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, UnderlyingConfig} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {PriceWidth} from "../libraries/PriceWidth.sol";
import {RoundHash} from "../libraries/RoundHash.sol";
import {PriceInterval} from "../types/Margin.sol";
import {SignedPrice} from "../types/Prices.sol";
import {YEAR} from "../types/Units.sol";
import {Header, LANE_PRICES, PriceRow, QuorumSignature} from "../types/Wire.sol";
import {SettlementAverage} from "./SettlementAverage.sol";

/// @title Lane 0: index prices, their intervals, and the funding they accrue
abstract contract PriceLane is SettlementAverage {
    /// @dev One slot.
    struct Price {
        uint96 price;
        uint96 confidence;
        uint64 observedAt;
    }

    int256 private constant FUNDING_RATE_SCALE = 1e12;
    /// @dev A price known no better than to a half is no price: confidence is at most price / 2.
    uint256 private constant LEAST_PRICE_PER_CONFIDENCE = 2;

    mapping(uint16 underlying => Price) private _prices;
    /// @inheritdoc ISignedLanes
    mapping(uint16 underlying => int256) public fundingIndex;

    /// @inheritdoc ISignedLanes
    function publishPrices(Header calldata header, PriceRow[] calldata rows, QuorumSignature calldata quorum)
        external
    {
        _accept(LANE_PRICES, header, RoundHash.ofPrices(rows), rows.length, quorum);
        for (uint256 index; index < rows.length; ++index) {
            if (index != 0 && rows[index].underlying <= rows[index - 1].underlying) {
                revert RowsNotAscending(index);
            }
            _publishPrice(rows[index], header);
        }
    }

    /// @inheritdoc ISignedLanes
    function priceInterval(uint16 underlying) external view returns (PriceInterval memory) {
        Price memory last = _prices[underlying];
        if (last.observedAt == 0) revert NoPrice(underlying);
        uint64 volatility = parameters.underlyingConfig(underlying).ageVolatility;
        return PriceWidth.widen(last.price, last.confidence, last.observedAt, volatility);
    }

    /// @inheritdoc ISignedLanes
    function signedPrice(uint16 underlying) external view returns (SignedPrice memory signed) {
        Price memory last = _prices[underlying];
        (signed.price, signed.confidence, signed.observedAt) = (last.price, last.confidence, last.observedAt);
    }

    function _publishPrice(PriceRow calldata row, Header calldata header) private {
        UnderlyingConfig memory config = parameters.underlyingConfig(row.underlying);
        if (!config.listed) revert IRiskParameters.UnlistedUnderlying(row.underlying);
        if (row.price == 0 || uint256(row.confidence) * LEAST_PRICE_PER_CONFIDENCE > row.price) {
            revert PriceOutOfBounds(row.underlying, row.price, row.confidence);
        }
        Price memory last = _prices[row.underlying];
        if (last.observedAt != 0) {
            _accrueFunding(row.underlying, config.fundingRate, last, header.observedAt);
            _observe(row.underlying, last.price, last.observedAt, row.price, header.observedAt);
        }
        _prices[row.underlying] = Price(row.price, row.confidence, header.observedAt);
        _recordPrice(row, header.seq);
    }

    /// @dev index += rate x last price x time / year, rounded toward zero, at the rate in force now.
    function _accrueFunding(uint16 underlying, int64 rate, Price memory last, uint64 observedAt) private {
        int256 elapsed = int256(uint256(observedAt - last.observedAt));
        int256 accrued =
            (int256(rate) * int256(uint256(last.price)) * elapsed) / (FUNDING_RATE_SCALE * int256(YEAR));
        if (accrued != 0) fundingIndex[underlying] += accrued;
    }

    function _recordPrice(PriceRow calldata row, uint64 laneSeq) private {
        int256 index = fundingIndex[row.underlying];
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(
                abi.encode(PricePublished.selector, row.underlying, laneSeq, row.price, row.confidence, index)
            )
        );
        emit PricePublished(row.underlying, laneSeq, row.price, row.confidence, index, seq, runningHash);
    }
}
