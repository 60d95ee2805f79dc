// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILedgerTerms} from "../interfaces/ILedgerTerms.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {TradeTerms} from "../types/Trading.sol";

/// @title Terms of trading
contract LedgerTerms is ILedgerTerms, SettingsAnnex {
    /// @inheritdoc ILedgerTerms
    uint64 public immutable fundAccount;

    TradeTerms[] private _terms; // underlying u at index u - 1

    constructor(IInsuranceFund insurance, IRiskParameters parameters_, address authority)
        AccessManaged(authority)
        SettingsAnnex(parameters_)
    {
        fundAccount = insurance.fundAccount();
    }

    /// @inheritdoc ILedgerTerms
    function setTradeTerms(uint16 underlying, TradeTerms calldata terms) external restricted {
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
                    TradeTermsSet.selector,
                    underlying,
                    terms.depth,
                    terms.openInterestBps,
                    terms.perpetualFeeBps,
                    terms.optionFeeBps
                )
            )
        );
        emit TradeTermsSet(
            underlying,
            terms.depth,
            terms.openInterestBps,
            terms.perpetualFeeBps,
            terms.optionFeeBps,
            seq,
            hash
        );
    }

    /// @inheritdoc ILedgerTerms
    /// @dev All zero where none were set.
    function tradeTerms(uint16 underlying) external view returns (TradeTerms memory terms) {
        if (underlying != 0 && underlying <= _terms.length) terms = _terms[underlying - 1];
    }

    function settingsDigest() public view override(ILedgerTerms, SettingsAnnex) returns (bytes32) {
        return keccak256(abi.encode(_terms));
    }

    function _check(TradeTerms calldata terms) private pure {
        _requireWithin("depth", terms.depth, 0, 1e30);
        // a hundred times what the venues take at once
        _requireWithin("openInterestBps", terms.openInterestBps, 0, 1_000_000);
        // one percent of a perpetual's notional, a tenth of a premium
        _requireWithin("perpetualFeeBps", terms.perpetualFeeBps, 0, 100);
        _requireWithin("optionFeeBps", terms.optionFeeBps, 0, 1_000);
    }
}
