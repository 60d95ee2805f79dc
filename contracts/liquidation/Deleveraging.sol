// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IBidValuation} from "../interfaces/IBidValuation.sol";
import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {Action} from "../libraries/Modes.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";
import {MarginState} from "../types/Margin.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title Legs that nobody bids for, closed against those who hold the other side
/// @notice At the mark, so nobody's equity changes there; pro rata over the accounts named, so nobody named is preferred;
/// and nobody is named whom it would bring below maintenance.
abstract contract Deleveraging is Waterfall {
    using FixedPointMathLib for uint256;

    uint8 private constant REASON_DELEVERAGE = 11;
    /// @dev Bounds the cost of one call; a leg of more holders takes several.
    uint256 private constant MOST_COUNTERPARTIES = 32;
    /// @dev The curve has run, and its last discount stood as long again.
    uint256 private constant PATIENCE_DURATIONS = 2;

    IBidValuation public immutable valuation;

    constructor(IBidValuation valuation_) {
        valuation = valuation_;
    }

    /// @inheritdoc ILiquidation
    // slither-disable-next-line reentrancy-no-eth ledger and fund move entries of their books here: no token, no owner is called
    function deleverage(uint64 account, InstrumentId instrument, uint64[] calldata counterparties)
        external
        when(Action.BID)
        returns (uint256 closed)
    {
        Auction memory auction = _running(account);
        _requireUnbid(account, auction);
        int256 held = _held(account, instrument);
        uint256[] memory parts = _parts(account, instrument, held, counterparties);
        for (uint256 i; i < parts.length; ++i) {
            if (parts[i] == 0) continue;
            closed += parts[i];
            int256 moved = held < 0 ? -int256(parts[i]) : int256(parts[i]);
            _closeAgainst(account, auction.id, counterparties[i], Leg(instrument, int128(moved)));
        }
        if (_isEmpty(account)) _endEmpty(account, auction.id);
    }

    /// @dev What remains of the leg over what remains of the sizes: each part within its size, their sum exact.
    function _parts(uint64 account, InstrumentId instrument, int256 held, uint64[] calldata counterparties)
        private
        view
        returns (uint256[] memory parts)
    {
        uint256 total;
        (parts, total) = _sizes(account, instrument, held, counterparties);
        uint256 toClose = FixedPointMathLib.abs(held).min(total);
        for (uint256 i; i < parts.length; ++i) {
            uint256 size = parts[i];
            parts[i] = toClose.fullMulDivUp(size, total);
            (toClose, total) = (toClose - parts[i], total - size);
        }
    }

    /// @dev Nobody is led into liquidation by losing a hedge; who is insolvent on auction has nothing to lose.
    function _requireUnharmed(uint64 counterparty) private view {
        MarginState memory margin = engine.marginOf(counterparty);
        if (margin.equityLow >= int256(margin.maintenanceRequirement)) return;
        if (margin.equityHigh < 0 && inLiquidation(counterparty)) return;
        revert CounterpartyEndangered(counterparty, margin.equityLow, margin.maintenanceRequirement);
    }

    function _requireUnbid(uint64 account, Auction memory auction) private view {
        uint256 patience = PATIENCE_DURATIONS * auction.curve.durationSeconds;
        uint256 elapsed = _elapsed(auction);
        if (elapsed < patience) revert StillOnOffer(account, elapsed, patience);
        int256 equityHigh = engine.marginOf(account).equityHigh;
        if (equityHigh >= 0) revert NotInsolvent(account, equityHigh);
    }

    function _held(uint64 account, InstrumentId instrument) private view returns (int256) {
        Leg[] memory legs = accounts.legsOf(account);
        for (uint256 i; i < legs.length; ++i) {
            if (InstrumentId.unwrap(legs[i].instrument) == InstrumentId.unwrap(instrument)) {
                return legs[i].quantity;
            }
        }
        return 0;
    }

    /// @dev Sizes of the opposite legs. Ascending accounts, each with a leg of the other sign: none counts twice.
    function _sizes(uint64 account, InstrumentId instrument, int256 held, uint64[] calldata counterparties)
        private
        view
        returns (uint256[] memory sizes, uint256 total)
    {
        if (counterparties.length > MOST_COUNTERPARTIES) {
            revert TooManyCounterparties(counterparties.length, MOST_COUNTERPARTIES);
        }
        sizes = new uint256[](counterparties.length);
        for (uint256 i; i < sizes.length; ++i) {
            int256 opposite = _held(counterparties[i], instrument);
            bool ascends = i == 0 || counterparties[i] > counterparties[i - 1];
            bool isOpposite = held < 0 ? opposite > 0 : held > 0 && opposite < 0;
            if (!ascends || !isOpposite) revert NotACounterparty(account, counterparties[i], opposite);
            sizes[i] = FixedPointMathLib.abs(opposite);
            total += sizes[i];
        }
    }

    function _closeAgainst(uint64 account, uint64 id, uint64 counterparty, Leg memory leg) private {
        Leg[] memory legs = new Leg[](1);
        legs[0] = leg;
        int256 value = valuation.reader().valueOf(account, legs);
        accounts.moveLegs(account, counterparty, legs);
        _settleCash(account, counterparty, value, REASON_DELEVERAGE);
        _requireUnharmed(counterparty);
        _emitDeleveraged(account, id, counterparty, leg.instrument, leg.quantity, value);
    }
}
