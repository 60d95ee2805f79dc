// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInterestRates} from "../interfaces/IInterestRates.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {InstrumentId, Leg, PERPETUAL, Instruments} from "../types/Instrument.sol";
import {CashLedger} from "./CashLedger.sol";
import {LedgerModules} from "./LedgerModules.sol";
import {PackedLegs} from "./PackedLegs.sol";

/// @title Positions of the accounts, with the entry value and funding of their perpetuals
/// @notice A perpetual's funding is booked to cash whenever its quantity changes; until then `cashOf` adds it in
/// the same rounding. What an account pays is rounded up and what it receives down, so the house keeps the dust.
abstract contract PositionLedger is CashLedger, LedgerModules {
    using PackedLegs for uint256[];
    using SafeCast for int256;

    uint256 internal constant MOST_LEGS = 128;

    struct Portfolio {
        uint64 nonce;
        uint256[] legs;
    }

    /// @param entryValue WAD quote paid for the position since it was last flat
    /// @param fundingSnapshot engine's funding index when funding was last booked
    struct PerpetualState {
        int256 entryValue;
        int256 fundingSnapshot;
    }

    mapping(uint64 account => Portfolio) private _portfolios;
    mapping(uint64 account => mapping(uint16 underlying => PerpetualState)) private _perpetuals;

    /// @inheritdoc IMarginAccounts
    mapping(uint16 underlying => uint256) public openInterest;

    /// @inheritdoc IMarginAccounts
    function legsOf(uint64 account) external view returns (Leg[] memory) {
        return PackedLegs.toLegs(_portfolios[account].legs);
    }

    /// @inheritdoc IMarginAccounts
    function hasLegs(uint64 account) external view returns (bool) {
        return _portfolios[account].legs.length != 0;
    }

    /// @inheritdoc IMarginAccounts
    function entryValueOf(uint64 account, uint16 underlying) external view returns (int256) {
        return _perpetuals[account][underlying].entryValue;
    }

    /// @inheritdoc IMarginAccounts
    function portfolioNonce(uint64 account) external view returns (uint64) {
        return _portfolios[account].nonce;
    }

    /// @inheritdoc IMarginAccounts
    function cashOf(uint64 account)
        public
        view
        override(IMarginAccounts, LedgerModules)
        returns (int256 cash)
    {
        return _cashAfterFunding(account, _portfolios[account].legs);
    }

    /// @inheritdoc IMarginAccounts
    function portfolioOf(uint64 account, int256 cashChange)
        external
        view
        returns (int256 creditLow, int256 creditHigh, uint64 nonce, uint256[] memory packedLegs)
    {
        Portfolio storage portfolio = _portfolios[account];
        (nonce, packedLegs) = (portfolio.nonce, portfolio.legs);
        (creditLow, creditHigh) = _credit(account, _cashAfterFunding(account, packedLegs) + cashChange);
    }

    function _rates() internal view override returns (IInterestRates) {
        return interestRates;
    }

    function _cashAfterFunding(uint64 account, uint256[] memory legs) private view returns (int256 cash) {
        cash = _cash(account);
        uint256 count = legs.length;
        for (uint256 i; i < count; ++i) {
            if (!PackedLegs.isPerpetual(legs[i])) continue;
            (InstrumentId instrument, int128 quantity) = PackedLegs.unpack(legs[i]);
            cash -= _fundingOwed(_perpetuals[account][instrument.underlying()], instrument, quantity);
        }
    }

    function _legs(uint64 account) internal view returns (uint256[] memory) {
        return _portfolios[account].legs;
    }

    function _quantityOf(uint64 account, InstrumentId instrument) internal view returns (int128 quantity) {
        // slither-disable-next-line unused-return the place is not asked for
        (, quantity) = _portfolios[account].legs.find(instrument);
    }

    function _entryValue(uint64 account, InstrumentId instrument) internal view returns (int256) {
        return _perpetuals[account][instrument.underlying()].entryValue;
    }

    /// @dev Adds to a leg and, for a perpetual, to its entry value; books funding first and, when the position
    /// becomes flat, its profit last.
    function _changeLeg(uint64 account, InstrumentId instrument, int256 change, int256 entryChange) internal {
        if (change == 0) return;
        uint256[] storage legs = _portfolios[account].legs;
        (uint256 place, int128 before) = legs.find(instrument);
        if (before == 0 && legs.length == MOST_LEGS) revert TooManyLegs(account, MOST_LEGS);
        int128 quantity = (before + change).toInt128();
        legs.set(place, instrument, quantity);
        _changeOpenInterest(instrument.underlying(), before, quantity);
        int256 entryValue;
        if (instrument.isPerpetual()) {
            entryValue = _changePerpetual(account, instrument, before, quantity, entryChange);
        }
        _emitPosition(account, instrument, quantity, entryValue);
    }

    function _changeOpenInterest(uint16 underlying, int128 before, int128 quantity) private {
        uint256 closed = before > 0 ? uint256(int256(before)) : 0;
        uint256 opened = quantity > 0 ? uint256(int256(quantity)) : 0;
        if (opened != closed) openInterest[underlying] = openInterest[underlying] + opened - closed;
    }

    function _changePerpetual(
        uint64 account,
        InstrumentId instrument,
        int128 before,
        int128 quantity,
        int256 entryChange
    ) private returns (int256 entryValue) {
        PerpetualState storage state = _perpetuals[account][instrument.underlying()];
        if (before == 0) {
            state.fundingSnapshot = _engine().fundingIndex(instrument.underlying());
        } else {
            _bookFunding(account, state, instrument, before);
        }
        entryValue = state.entryValue + entryChange;
        if (quantity == 0) {
            _changeCash(account, -entryValue, REASON_PERPETUAL_CLOSED);
            entryValue = 0;
        }
        state.entryValue = entryValue;
    }

    function _bookFunding(
        uint64 account,
        PerpetualState storage state,
        InstrumentId instrument,
        int128 quantity
    ) private {
        int256 index = _engine().fundingIndex(instrument.underlying());
        int256 owed = SignedWad.mulCeil(quantity, index - state.fundingSnapshot);
        state.fundingSnapshot = index;
        _changeCash(account, -owed, REASON_FUNDING);
    }

    /// @dev Longs owe the rise of the index, shorts receive it.
    function _fundingOwed(PerpetualState storage state, InstrumentId instrument, int128 quantity)
        private
        view
        returns (int256)
    {
        int256 index = _engine().fundingIndex(instrument.underlying());
        return SignedWad.mulCeil(quantity, index - state.fundingSnapshot);
    }

    function _emitPosition(uint64 account, InstrumentId instrument, int128 quantity, int256 entryValue)
        private
    {
        uint64 nonce = ++_portfolios[account].nonce;
        uint104 id = InstrumentId.unwrap(instrument);
        (uint64 seq, bytes24 hash) = _advance(
            keccak256(abi.encode(PositionChanged.selector, account, id, quantity, entryValue, nonce))
        );
        emit PositionChanged(account, id, quantity, entryValue, nonce, seq, hash);
    }
}
