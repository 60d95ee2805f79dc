// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IExpirySettlement} from "../interfaces/IExpirySettlement.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {ISignedLanes} from "../interfaces/ISignedLanes.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {CALL, InstrumentId, Leg} from "../types/Instrument.sol";

/// @title ExpirySettlement
/// @notice Turns expired legs into cash at the price that the lane fixed. The price of a settlement never changes, so
/// who calls, when, and for whom decides nothing; it works in every mode, for it needs no live price.
contract ExpirySettlement is IExpirySettlement, AuditTrail {
    IMarginAccounts public immutable accounts;
    ISignedLanes public immutable lanes;

    constructor(IMarginAccounts accounts_, ISignedLanes lanes_) {
        accounts = accounts_;
        lanes = lanes_;
    }

    /// @inheritdoc IExpirySettlement
    function settle(uint64[] calldata accounts_) external returns (uint256 legs) {
        for (uint256 i = 0; i < accounts_.length; ++i) {
            legs += _settleAccount(accounts_[i]);
        }
    }

    /// @inheritdoc IExpirySettlement
    function payoffOf(InstrumentId instrument) external view returns (uint256) {
        uint32 expiry = instrument.expiry();
        if (!_isExpired(instrument)) revert NotExpired(expiry, block.timestamp);
        uint256 price = lanes.settlementPrice(instrument.underlying(), expiry);
        if (price == 0) revert SettlementPriceNotFixed(instrument.underlying(), expiry);
        return _payoff(instrument, price);
    }

    function _settleAccount(uint64 account) private returns (uint256 legs) {
        Leg[] memory held = accounts.legsOf(account);
        for (uint256 i = 0; i < held.length; ++i) {
            InstrumentId instrument = held[i].instrument;
            if (!_isExpired(instrument)) continue;
            uint256 price = lanes.settlementPrice(instrument.underlying(), instrument.expiry());
            if (price == 0) continue;
            _settleLeg(account, instrument, _payoff(instrument, price));
            ++legs;
        }
    }

    function _settleLeg(uint64 account, InstrumentId instrument, uint256 payoff) private {
        int256 cashChange = accounts.closeExpired(account, instrument, payoff);
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(LegSettled.selector, account, instrument, payoff, cashChange)));
        emit LegSettled(account, InstrumentId.unwrap(instrument), payoff, cashChange, seq, runningHash);
    }

    function _isExpired(InstrumentId instrument) private view returns (bool) {
        return !instrument.isPerpetual() && instrument.expiry() <= block.timestamp;
    }

    function _payoff(InstrumentId instrument, uint256 price) private pure returns (uint256) {
        uint256 strike = instrument.strikeWad();
        if (instrument.kind() == CALL) return price > strike ? price - strike : 0;
        return strike > price ? strike - price : 0;
    }
}
