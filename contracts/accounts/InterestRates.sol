// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IInterestRates} from "../interfaces/IInterestRates.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Interest} from "../libraries/Interest.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";
import {Accrual, InterestModel} from "../types/Interest.sol";

/// @title The rates of interest, beside the ledger that books it
contract InterestRates is IInterestRates, SettingsAnnex {
    IMarginAccounts public immutable accounts;
    /// @inheritdoc IInterestRates
    uint64 public immutable fundAccount;

    InterestModel private _model;

    constructor(
        IMarginAccounts accounts_,
        IInsuranceFund insurance,
        IRiskParameters parameters_,
        address authority
    ) AccessManaged(authority) SettingsAnnex(parameters_) {
        accounts = accounts_;
        fundAccount = insurance.fundAccount();
    }

    /// @inheritdoc IInterestRates
    function setInterestModel(InterestModel calldata model) external restricted {
        _check(model);
        // slither-disable-next-line unused-return the ledger has booked the reserve
        accounts.accrueInterest();
        _model = model;
        _noteSettings();
        _record(model);
    }

    /// @inheritdoc IInterestRates
    function interestModel() external view returns (InterestModel memory) {
        return _model;
    }

    /// @inheritdoc IInterestRates
    function premium() public view returns (uint256) {
        uint256 given = IMarketState(address(parameters)).borrowPremium();
        return FixedPointMathLib.min(given, _model.mostPremium);
    }

    /// @inheritdoc IInterestRates
    function accrued(Accrual memory state) external view returns (Accrual memory) {
        Interest.accrue(state, _model, premium(), block.timestamp);
        return state;
    }

    function settingsDigest() public view override returns (bytes32) {
        return keccak256(abi.encode(_model));
    }

    function _check(InterestModel calldata model) private pure {
        // a fifth, the whole and twice the debt a year: with the premium at most 420%, so that indices last for years
        _requireWithin("baseMicros", model.baseMicros, 0, 200_000);
        _requireWithin("slopeMicros", model.slopeMicros, 0, 1_000_000);
        _requireWithin("steepSlopeMicros", model.steepSlopeMicros, model.slopeMicros, 2_000_000);
        // both slopes divide by a part of it
        _requireWithin("kinkBps", model.kinkBps, 1_000, 9_900);
        // lenders earn at least half
        _requireWithin("reserveBps", model.reserveBps, 0, 5_000);
        _requireWithin("mostPremium", model.mostPremium, 0, 1e18);
    }

    function _record(InterestModel calldata m) private {
        bytes32 digest = settingsDigest();
        (uint64 seq, bytes24 hash) = _advance(
            keccak256(
                abi.encode(
                    InterestModelSet.selector,
                    digest,
                    m.baseMicros,
                    m.slopeMicros,
                    m.steepSlopeMicros,
                    m.kinkBps,
                    m.reserveBps,
                    m.mostPremium
                )
            )
        );
        emit InterestModelSet(
            digest,
            m.baseMicros,
            m.slopeMicros,
            m.steepSlopeMicros,
            m.kinkBps,
            m.reserveBps,
            m.mostPremium,
            seq,
            hash
        );
    }
}
