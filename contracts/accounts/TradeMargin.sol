// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {ILedgerTerms} from "../interfaces/ILedgerTerms.sol";
import {IMarginTerms} from "../interfaces/IMarginTerms.sol";
import {IPriceBand} from "../interfaces/IPriceBand.sol";
import {ITradeSettlement} from "../interfaces/ITradeSettlement.sol";
import {Action, Modes} from "../libraries/Modes.sol";
import {SignedWad} from "../libraries/SignedWad.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";
import {MarginState, Mode} from "../types/Margin.sol";
import {TradeTerms} from "../types/Trading.sol";

/// @title Executes a trade on the ledger and judges both sides' margin after it
/// @notice A side passes when creditedEquity >= initial requirement, or when the trade reduces its risk:
///   equityLow' - maintenance' >= equityLow - maintenance, both at the ratio in force after the trade,
/// and, if it ends below maintenance, equityLow' >= equityLow: otherwise an account under water could close at a price
/// far from the market, hand the maintenance it releases to an accomplice and leave the debt to the insurance fund. Its
/// price must lie in the instrument's band (`IPriceBand`), for the same reason above maintenance.
/// A trade voids the attestation of the portfolio it changes, so the ratio after it is the fallback; measuring the state
/// before with an attested ratio would let the change of ratio, not the trade, decide. The state before is rebuilt from
/// the state after with `whatIf` and the opposite change, which is exact (see `_before`), so that a trade
/// meeting the initial requirement pays for one valuation per side only.
abstract contract TradeMargin {
    uint8 private constant REASON_FEE = 13;
    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;

    IMarginAccounts public immutable accounts;
    ILedgerTerms public immutable terms;
    IPriceBand public immutable band;
    IMarginTerms public immutable marginTerms;

    /// @dev One side of a trade: what its leg gained and what it paid, fee included; the seller's payment is negative.
    struct Side {
        uint64 account;
        InstrumentId instrument;
        int128 quantity;
        int256 paid;
    }

    constructor(address accounts_, address terms_, IPriceBand band_) {
        accounts = IMarginAccounts(accounts_);
        terms = ILedgerTerms(terms_);
        band = band_;
        marginTerms = band_.marginTerms();
    }

    function _trade(uint64 buyer, uint64 seller, InstrumentId instrument, uint128 quantity, uint96 price)
        internal
    {
        IMarginEngine engine = ILedgerModules(address(accounts)).marginEngine();
        Mode mode = engine.mode();
        if (!Modes.allows(mode, Action.REDUCING_TRADE)) {
            revert ITradeSettlement.NotAllowedInMode(uint8(mode));
        }
        TradeTerms memory rules = terms.tradeTerms(instrument.underlying());
        marginTerms.mark(instrument.underlying());
        _settle(buyer, seller, instrument, quantity, price, rules);
        uint256 fee = _charge(buyer, seller, instrument, quantity, price, rules);
        // Cannot cut: a quantity above int128 has been refused by the ledger.
        bool isReducing = _requireMargin(engine, mode, _side(buyer, instrument, int128(quantity), price, fee));
        if (_requireMargin(engine, mode, _side(seller, instrument, -int128(quantity), price, fee))) {
            isReducing = true;
        }
        if (isReducing) _requireInBand(instrument, price);
    }

    function _side(uint64 account, InstrumentId instrument, int128 quantity, uint256 price, uint256 fee)
        private
        pure
        returns (Side memory)
    {
        int256 paid = SignedWad.mulCeil(quantity, int256(price)) + int256(fee);
        return Side(account, instrument, quantity, paid);
    }

    function _requireInBand(InstrumentId instrument, uint256 price) private view {
        (uint256 low, uint256 high) = band.bandOf(instrument);
        if (price < low || price > high) revert ITradeSettlement.PriceOutsideBand(price, low, high);
    }

    /// @dev Open interest that does not grow is never refused, so that a lowered cap locks nobody in.
    function _settle(
        uint64 buyer,
        uint64 seller,
        InstrumentId instrument,
        uint128 quantity,
        uint96 price,
        TradeTerms memory rules
    ) private {
        uint16 underlying = instrument.underlying();
        uint256 before = accounts.openInterest(underlying);
        accounts.settleTrade(buyer, seller, instrument, quantity, price);
        uint256 open = accounts.openInterest(underlying);
        if (open <= before) return;
        uint256 cap = uint256(rules.depth) * rules.openInterestBps / BPS;
        if (open > cap) revert ITradeSettlement.OpenInterestAboveCap(underlying, open, cap);
    }

    /// @dev Takes the fee from both sides and says how much each paid.
    function _charge(
        uint64 buyer,
        uint64 seller,
        InstrumentId instrument,
        uint128 quantity,
        uint96 price,
        TradeTerms memory rules
    ) private returns (uint256 fee) {
        uint256 rate = instrument.isPerpetual() ? rules.perpetualFeeBps : rules.optionFeeBps;
        if (rate == 0) return 0;
        fee = FixedPointMathLib.fullMulDivUp(uint256(quantity) * price, rate, BPS * WAD);
        uint64 fund = terms.fundAccount();
        accounts.moveCash(buyer, fund, fee, REASON_FEE);
        accounts.moveCash(seller, fund, fee, REASON_FEE);
    }

    /// @return isReducing whether it passes only because it reduces risk
    function _requireMargin(IMarginEngine engine, Mode mode, Side memory side)
        private
        view
        returns (bool isReducing)
    {
        MarginState memory margin = engine.marginOf(side.account);
        bool mayOpen = Modes.allows(mode, Action.OPEN_TRADE);
        if (mayOpen && margin.creditedEquity >= int256(margin.initialRequirement)) return false;
        if (_reducesRisk(engine, side, margin)) return true;
        if (!mayOpen) revert ITradeSettlement.NotAllowedInMode(uint8(mode));
        revert IMarginAccounts.InsufficientMargin(
            side.account, margin.creditedEquity, margin.initialRequirement
        );
    }

    function _reducesRisk(IMarginEngine engine, Side memory side, MarginState memory margin)
        private
        view
        returns (bool)
    {
        (int256 equityBefore, int256 bufferBefore) = _before(engine, side, margin.maintenanceRatioBps);
        int256 buffer = margin.equityLow - int256(margin.maintenanceRequirement);
        return buffer >= bufferBefore && (buffer >= 0 || margin.equityLow >= equityBefore);
    }

    /// @dev equityLow, and equityLow - maintenance, before the trade, at the given ratio. Taking the leg's change back and
    /// returning what was paid restores both exactly: an option's premium is cash, a perpetual's price is
    /// entry value, which counts against equity like cash, also when the trade closed the position and
    /// turned the entry value into cash; funding booked by the trade was in `cashOf` before, rounded alike.
    function _before(IMarginEngine engine, Side memory side, uint256 ratioBps)
        private
        view
        returns (int256 equity, int256 buffer)
    {
        Leg[] memory changes = new Leg[](1);
        changes[0] = Leg(side.instrument, -side.quantity);
        MarginState memory margin = engine.whatIf(side.account, changes, side.paid);
        equity = margin.equityLow;
        buffer = equity - int256(FixedPointMathLib.fullMulDivUp(margin.ownRequirement, ratioBps, BPS));
    }
}
