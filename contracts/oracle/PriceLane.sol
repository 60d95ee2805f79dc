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
        // slither-disable-next-line unused-return the whole row is read with the others
        (uint16 first,,) = RoundRows.price(rows, 0);
        uint256 slot = PriceTerms.slotOf(first);
        (bytes32 parametersDigest, uint256 terms) = parameters.termsOfPrices(uint64(slot));
        uint256 trail = _verify(LANE_PRICES, header, rowsHash, quorum, parametersDigest);
        _publishAll(rows, count, header.observedAt, slot, terms);
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

    /// @param slot, terms of the first row
    function _publishAll(bytes calldata rows, uint256 count, uint64 observedAt, uint256 slot, uint256 terms)
        private
    {
        bool isFree = _isFarFromExpiry(observedAt);
        uint256 previous;
        for (uint256 index; index < count; index = _next(index)) {
            (uint16 underlying, uint256 next) = _priceAt(rows, index, observedAt);
            if (index != 0 && underlying <= previous) revert RowsNotAscending(index);
            previous = underlying;
            if (PriceTerms.slotOf(underlying) != slot) {
                slot = PriceTerms.slotOf(underlying);
                terms = _termsOf(slot);
            }
            _publish(underlying, next, _rateOf(terms, underlying), isFree);
        }
    }

    /// @dev The row packed, its funding and standing left 0.
    function _priceAt(bytes calldata rows, uint256 index, uint64 observedAt)
        private
        pure
        returns (uint16 underlying, uint256 next)
    {
        uint96 price;
        uint96 confidence;
        (underlying, price, confidence) = RoundRows.price(rows, index);
        if (PackedPrice.isOutOfBounds(price, confidence)) {
            revert PriceOutOfBounds(underlying, price, confidence);
        }
        next = PackedPrice.pack(price, confidence, observedAt);
    }

    function _termsOf(uint256 slot) private view returns (uint256 terms) {
        // slither-disable-next-line unused-return the digest is known
        (, terms) = parameters.termsOfPrices(uint64(slot));
    }

    function _rateOf(uint256 terms, uint16 underlying) private pure returns (int256 rate) {
        bool isListed;
        (isListed, rate) = PriceTerms.read(terms, underlying);
        if (!isListed) revert IRiskParameters.UnlistedUnderlying(underlying);
    }

    function _publish(uint16 underlying, uint256 next, int256 rate, bool isFree) private {
        Kept storage kept = _prices[underlying];
        uint256 last = kept.word;
        if (last != 0) {
            bool isQuiet = isFree && rate == 0 && PackedPrice.followsQuietly(last, next);
            next = isQuiet ? PackedPrice.withFundingOf(last, next) : _succeed(underlying, last, next, rate);
        }
        kept.word = next;
    }

    /// @dev `next` with what follows from its predecessor `last`: funding, the settlement average, its standing.
    function _succeed(uint16 underlying, uint256 last, uint256 next, int256 rate) private returns (uint256) {
        (uint64 since, uint64 observedAt) = (PackedPrice.observedAtOf(last), PackedPrice.observedAtOf(next));
        if (observedAt < since) revert ObservedBackwards(observedAt, since);
        unchecked {
            int256 funding = _accrued(last, rate, observedAt - since);
            _observe(underlying, PackedPrice.priceOf(last), since, observedAt);
            return PackedPrice.completed(next, funding, _follow(underlying, last, next));
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
