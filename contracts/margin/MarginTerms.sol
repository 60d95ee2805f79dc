// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {CreditPrice} from "../libraries/CreditPrice.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {CreditMark} from "../types/CreditMark.sol";
import {RiskTerms} from "../types/RiskTerms.sol";

/// @title Terms of margin by underlying
contract MarginTerms is IMarginTerms, SettingsAnnex {
    IPriceIntervals public immutable prices;

    RiskTerms[] private _terms; // underlying u at index u - 1
    mapping(uint16 underlying => CreditMark) private _marks;

    constructor(IRiskParameters parameters_, IPriceIntervals prices_, address authority)
        AccessManaged(authority)
        SettingsAnnex(parameters_)
    {
        prices = prices_;
    }

    /// @inheritdoc IMarginTerms
    function setRiskTerms(uint16 underlying, RiskTerms calldata terms) external restricted {
        if (!parameters.underlyingConfig(underlying).listed) {
            revert IRiskParameters.UnlistedUnderlying(underlying);
        }
        _check(terms);
        while (_terms.length < underlying) _terms.push();
        _terms[underlying - 1] = terms;
        _noteSettings();
        (uint64 seq, bytes24 hash) = _advance(
            keccak256(
                abi.encode(
                    RiskTermsSet.selector,
                    underlying,
                    terms.depth,
                    terms.concentrationBps,
                    terms.basisBps,
                    terms.confidenceBps,
                    terms.priceBandBps,
                    terms.creditHalfLifeSeconds,
                    terms.offsetBps
                )
            )
        );
        emit RiskTermsSet(
            underlying,
            terms.depth,
            terms.concentrationBps,
            terms.basisBps,
            terms.confidenceBps,
            terms.priceBandBps,
            terms.creditHalfLifeSeconds,
            terms.offsetBps,
            seq,
            hash
        );
    }

    /// @inheritdoc IMarginTerms
    function mark(uint16 underlying) external {
        uint256 halfLife = riskTerms(underlying).creditHalfLifeSeconds;
        if (halfLife == 0) return;
        CreditMark memory last = _marks[underlying];
        uint256 price = prices.priceInterval(underlying).price;
        (uint256 low, uint256 high) = CreditPrice.marked(last, price, halfLife, block.timestamp);
        if (last.markedAt == block.timestamp && low == last.low && high == last.high) return;
        // both lie between prices, which are uint96
        (uint96 kept, uint96 keptHigh) = (uint96(low), uint96(high));
        _marks[underlying] = CreditMark(kept, keptHigh, uint40(block.timestamp));
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(CreditMarked.selector, underlying, kept, keptHigh)));
        emit CreditMarked(underlying, kept, keptHigh, seq, hash);
    }

    /// @inheritdoc IMarginTerms
    /// @dev All zero where none were set. The list never shortens, so behind its end lie zeros, and its length need not be read.
    function riskTerms(uint16 underlying) public view returns (RiskTerms memory terms) {
        if (underlying == 0) return terms;
        uint256 place = underlying - 1;
        RiskTerms storage kept;
        assembly ("memory-safe") {
            mstore(0x00, _terms.slot)
            kept.slot := add(keccak256(0x00, 0x20), place)
        }
        return kept;
    }

    /// @inheritdoc IMarginTerms
    function creditMark(uint16 underlying) external view returns (CreditMark memory) {
        return _marks[underlying];
    }

    /// @inheritdoc IMarginTerms
    function termsOf(uint16 underlying)
        external
        view
        returns (RiskTerms memory terms, CreditMark memory last)
    {
        terms = riskTerms(underlying);
        if (terms.creditHalfLifeSeconds != 0) last = _marks[underlying];
    }

    function settingsDigest() public view override(IMarginTerms, SettingsAnnex) returns (bytes32) {
        return keccak256(abi.encode(_terms));
    }

    function _check(RiskTerms calldata terms) private pure {
        // as wide as a field lets it be: more units than any underlying has
        _requireWithin("depth", terms.depth, 0, 1e28);
        // half of the notional: leverage of two is what the notional floor may ask at most
        _requireWithin("concentrationBps", terms.concentrationBps, 0, 5_000);
        // as far as the widest basis band goes, a year
        _requireWithin("basisBps", terms.basisBps, 0, 5_000);
        // the whole move: with more, a wider interval would raise the requirement beyond what it adds to equity
        _requireWithin("confidenceBps", terms.confidenceBps, 0, 10_000);
        _requireWithin("priceBandBps", terms.priceBandBps, 0, 5_000);
        // none, or at least a minute: an eighth of less is no time; a week is the longest that a gain may be withheld
        uint256 leastHalfLife = terms.creditHalfLifeSeconds == 0 ? 0 : 1 minutes;
        _requireWithin("creditHalfLifeSeconds", terms.creditHalfLifeSeconds, leastHalfLife, 7 days);
        // correlations are estimates, and rise when it matters: most of the sum stays
        _requireWithin("offsetBps", terms.offsetBps, 0, 3_000);
    }
}
