// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {PackedPrice} from "../libraries/PackedPrice.sol";
import {PriceTerms} from "../libraries/PriceTerms.sol";
import {RoundRows} from "../libraries/RoundRows.sol";
import {PriceInterval} from "../types/Margin.sol";
import {SignedPrice} from "../types/Prices.sol";
import {YEAR} from "../types/Units.sol";
import {Header, LANE_PRICES, QuorumSignature} from "../types/Wire.sol";
import {PriceContinuity} from "./PriceContinuity.sol";
import {SettlementAverage} from "./SettlementAverage.sol";

/// @title Lane 0: index prices, their intervals, and the funding they accrue
abstract contract PriceLane is PriceContinuity, SettlementAverage {
    int256 private constant FUNDING_RATE_SCALE = 1e12;
    /// @dev A price known no better than to a half is no price: confidence is at most price / 2.
    uint256 private constant LEAST_PRICE_PER_CONFIDENCE = 2;
    uint256 private constant NO_SLOT = type(uint256).max;

    /// @dev Packed as `PackedPrice` says; zero before the first.
    struct Kept {
        uint256 word;
    }

    mapping(uint16 underlying => Kept) private _prices;

    /// @inheritdoc ISignedLanes
    function publishPrices(Header calldata header, bytes calldata rows, QuorumSignature calldata quorum)
        external
    {
        uint256 count = RoundRows.count(rows, RoundRows.PRICE_LENGTH);
        bytes32 rowsHash = keccak256(rows);
        uint256 trail = _verify(LANE_PRICES, header, rowsHash, quorum);
        _publishAll(rows, count, header.observedAt);
        _record(header, rowsHash, quorum.signerBitmap, trail);
        _keepOnRecord(header, rows);
    }

    /// @inheritdoc ISignedLanes
    function fundingIndex(uint16 underlying) external view returns (int256) {
        return PackedPrice.fundingIndexOf(_prices[underlying].word);
    }

    /// @inheritdoc ISignedLanes
    function priceInterval(uint16 underlying) external view returns (PriceInterval memory) {
        uint256 last = _prices[underlying].word;
        if (last == 0) revert NoPrice(underlying);
        return priceBox.widen(underlying, last);
    }

    /// @inheritdoc ISignedLanes
    function signedPrice(uint16 underlying) external view returns (SignedPrice memory signed) {
        uint256 last = _prices[underlying].word;
        signed.price = PackedPrice.priceOf(last);
        signed.confidence = uint96(PackedPrice.confidenceOf(last)); // at most half of a uint96, rounded up
        signed.observedAt = PackedPrice.observedAtOf(last);
        _addStanding(signed, underlying, last);
    }

    function _publishAll(bytes calldata rows, uint256 count, uint64 observedAt) private {
        uint256 previous;
        uint256 terms;
        uint256 slot = NO_SLOT;
        for (uint256 index; index < count; index = _next(index)) {
            (uint16 underlying, uint96 price, uint96 confidence) = RoundRows.price(rows, index);
            if (index != 0 && underlying <= previous) revert RowsNotAscending(index);
            previous = underlying;
            uint256 place = PriceTerms.slotOf(underlying);
            if (place != slot) (slot, terms) = (place, parameters.priceTerms(place));
            (bool isListed, int256 rate) = PriceTerms.read(terms, underlying);
            if (!isListed) revert IRiskParameters.UnlistedUnderlying(underlying);
            _publish(underlying, price, confidence, observedAt, rate);
        }
    }

    function _publish(uint16 underlying, uint96 price, uint96 confidence, uint64 observedAt, int256 rate)
        private
    {
        unchecked {
            if (price == 0 || uint256(confidence) * LEAST_PRICE_PER_CONFIDENCE > price) {
                revert PriceOutOfBounds(underlying, price, confidence);
            }
            Kept storage kept = _prices[underlying];
            uint256 last = kept.word;
            uint256 next = PackedPrice.pack(price, confidence, observedAt);
            if (last != 0) {
                uint64 since = PackedPrice.observedAtOf(last);
                if (observedAt < since) revert ObservedBackwards(observedAt, since);
                int256 funding = _accrued(last, rate, observedAt - since);
                _observe(underlying, PackedPrice.priceOf(last), since, observedAt);
                next = PackedPrice.completed(next, funding, _follow(underlying, last, next));
            }
            kept.word = next;
        }
    }

    function _lastPrice(uint16 underlying) internal view override returns (uint96 price, uint256 observedAt) {
        uint256 last = _prices[underlying].word;
        return (PackedPrice.priceOf(last), PackedPrice.observedAtOf(last));
    }

    function _next(uint256 index) private pure returns (uint256) {
        unchecked {
            return index + 1; // at most the bytes of a calldata
        }
    }

    /// @dev index + rate x last price x time / year, rounded toward zero, at the rate in force now.
    function _accrued(uint256 last, int256 rate, uint64 elapsed) private pure returns (int256) {
        if (rate == 0) return PackedPrice.fundingIndexOf(last);
        unchecked {
            // 50 bits x 96 bits x 40 bits
            int256 owed = rate * int256(uint256(PackedPrice.priceOf(last))) * int256(uint256(elapsed));
            return PackedPrice.fundingIndexOf(last) + owed / (FUNDING_RATE_SCALE * int256(YEAR));
        }
    }
}
