// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Accrual} from "../types/Interest.sol";
import {CashInterest} from "./CashInterest.sol";

/// @title Cash of the accounts, the interest between them and the losses they share
/// @notice A socialised loss multiplies all positive cash by one factor, interest by another. Both are applied lazily: the ledger
/// keeps the product of all factors, and each account the product as it stood when its cash was last written, so
///   effective cash = floor(written cash x factor now / factor then) for positive cash,
///   effective cash = -ceil(|written cash| x debt index now / debt index then) for negative cash.
/// Rounding: factors of positive cash are floored, `totalPositiveCash` is never below the exact sum of positive cash and
/// `totalDebt` never above that of debts, hence what a loss takes from the accounts, what debtors owe more and the dust already
/// held cover what is credited.
/// Precision: the factor starts at 1e27; below 1e18 it is scaled up by 1e9 and `generation` counts it, so its
/// relative error stays below 1e-18 per change. Cash is assumed below 1e27 quote units (1e45).
abstract contract CashLedger is CashInterest {
    /// @dev Reasons of `CashChanged`; 6 to 8, 10 and 11 are given by the liquidation, 13 and 14 by trading and sales.
    uint8 internal constant REASON_DEPOSIT = 0;
    uint8 internal constant REASON_WITHDRAWAL = 1;
    uint8 internal constant REASON_TRADE = 2;
    uint8 internal constant REASON_FUNDING = 3;
    uint8 internal constant REASON_PERPETUAL_CLOSED = 4;
    uint8 internal constant REASON_EXPIRY = 5;
    uint8 internal constant REASON_SOCIALISED = 9;
    uint8 internal constant REASON_RESERVE = 12;

    uint256 internal constant WAD = 1e18;
    uint256 private constant GENERATION_SCALE = 1e9;
    /// @dev From this many generations on nothing is left: 1e45 x 1e9 / 1e54 is one unit of 1e-18 at most.
    uint64 private constant GENERATIONS_TO_NOTHING = 6;

    /// @param index supply factor when cash was positive, debt index when it was negative
    struct WrittenCash {
        int256 cash;
        uint128 index;
        uint64 generation;
    }

    mapping(uint64 account => WrittenCash) private _written;

    /// @dev Cash after socialised losses and interest, before funding that has not been booked.
    function _cash(uint64 account) internal view returns (int256) {
        int256 written = _written[account].cash;
        if (written == 0) return 0;
        (uint128 factor, uint64 generation, uint128 debtIndex) = _indices(written < 0);
        return _effective(_written[account], factor, generation, debtIndex);
    }

    /// @dev Books a change of cash; nothing happens when it is zero.
    function _changeCash(uint64 account, int256 change, uint8 reason) internal {
        if (change == 0) return;
        Accrual memory state = _accrue();
        int256 before = _effective(_written[account], state.supplyFactor, state.generation, state.debtIndex);
        int256 afterwards = before + change;
        state.totalPositive = state.totalPositive - _positive(before) + _positive(afterwards);
        // A debt is rounded up where it is read: the total may already hold less of it.
        state.totalDebt =
            FixedPointMathLib.zeroFloorSub(state.totalDebt, _positive(-before)) + _positive(-afterwards);
        _store(state);
        _written[account] = afterwards < 0
            ? WrittenCash(afterwards, state.debtIndex, 0)
            : WrittenCash(afterwards, state.supplyFactor, state.generation);
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(CashChanged.selector, account, reason, change, afterwards)));
        emit CashChanged(account, reason, change, afterwards, seq, hash);
    }

    /// @dev Writes off the account's negative cash against all positive cash, as far as that reaches; the rest
    /// stays with the account, so that cash is conserved, and can be written off later.
    function _socialiseCash(uint64 account) internal returns (uint256 loss) {
        Accrual memory state = _accrue();
        _store(state);
        uint256 total = state.totalPositive;
        loss = FixedPointMathLib.min(_positive(-_cash(account)), total);
        if (loss == 0) return 0;
        uint256 factorWad = FixedPointMathLib.fullMulDiv(total - loss, WAD, total);
        _survive(state, factorWad);
        // Up, and yet at most total - loss because the factor was floored.
        state.totalPositive = FixedPointMathLib.fullMulDivUp(total, factorWad, WAD);
        _store(state);
        _changeCash(account, int256(loss), REASON_SOCIALISED);
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(LossSocialised.selector, loss, factorWad, total)));
        emit LossSocialised(loss, factorWad, total, seq, hash);
    }

    function _creditReserve(uint64 account, uint256 amount) internal override {
        _changeCash(account, int256(amount), REASON_RESERVE);
    }

    function _survive(Accrual memory state, uint256 factorWad) private pure {
        if (factorWad == 0) {
            (state.supplyFactor, state.generation) = (INDEX_ONE, state.generation + GENERATIONS_TO_NOTHING);
            return;
        }
        uint256 product = uint256(state.supplyFactor) * factorWad;
        while (product < WAD * WAD) {
            product *= GENERATION_SCALE;
            ++state.generation;
        }
        state.supplyFactor = uint128(product / WAD);
    }

    function _effective(WrittenCash storage written, uint128 factor, uint64 generation, uint128 debtIndex)
        private
        view
        returns (int256 cash)
    {
        cash = written.cash;
        if (cash > 0) {
            return
                int256(_afterFactors(uint256(cash), written.index, factor, generation - written.generation));
        }
        if (cash == 0 || written.index == debtIndex) return cash;
        // At most 1e45 x 3.4e11, which fits.
        return -int256(FixedPointMathLib.fullMulDivUp(uint256(-cash), debtIndex, written.index));
    }

    function _afterFactors(uint256 cash, uint128 then, uint128 factor, uint64 generations)
        private
        pure
        returns (uint256)
    {
        if (generations == 0 && factor == then) return cash;
        if (generations >= GENERATIONS_TO_NOTHING) return 0;
        // At most 3.4e38 x 1e45, which fits.
        uint256 divisor = uint256(then) * GENERATION_SCALE ** generations;
        return FixedPointMathLib.fullMulDiv(cash, factor, divisor);
    }

    function _positive(int256 cash) private pure returns (uint256) {
        return cash > 0 ? uint256(cash) : 0;
    }
}
