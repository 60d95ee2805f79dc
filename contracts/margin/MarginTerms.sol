// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {RiskTerms} from "../types/RiskTerms.sol";

/// @title Terms of margin by underlying
contract MarginTerms is IMarginTerms, SettingsAnnex {
    RiskTerms[] private _terms; // underlying u at index u - 1

    constructor(IRiskParameters parameters_, address authority)
        AccessManaged(authority)
        SettingsAnnex(parameters_)
    {}

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
                    terms.priceBandBps
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
            seq,
            hash
        );
    }

    /// @inheritdoc IMarginTerms
    /// @dev All zero where none were set.
    function riskTerms(uint16 underlying) external view returns (RiskTerms memory terms) {
        if (underlying != 0 && underlying <= _terms.length) terms = _terms[underlying - 1];
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
    }
}
