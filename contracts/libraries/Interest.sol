// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Accrual, InterestModel} from "../types/Interest.sol";
import {YEAR} from "../types/Units.sol";

/// @title Interest between negative and positive cash
/// @notice Linear within one accrual. Debt grows rounded up, what lenders receive is rounded down, and what is shared out never
/// exceeds what debtors owe more: `totalDebt` is a lower bound of the debts, `totalPositive` an upper one of the cash.
/// Nothing here reverts: at the ends of their ranges the indices stand still.
library Interest {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev WAD per 1e-6.
    uint256 private constant MICRO = 1e12;

    /// @notice Yearly rate on debt, WAD, rounded up.
    function rate(InterestModel memory model, uint256 premium, uint256 totalDebt, uint256 totalPositive)
        internal
        pure
        returns (uint256)
    {
        uint256 used = WAD;
        if (totalDebt < totalPositive) used = FixedPointMathLib.fullMulDivUp(totalDebt, WAD, totalPositive);
        uint256 kink = uint256(model.kinkBps) * WAD / BPS;
        uint256 base = uint256(model.baseMicros) * MICRO + premium;
        if (used <= kink) return base + _sloped(model.slopeMicros, used, kink);
        uint256 steep = _sloped(model.steepSlopeMicros, used - kink, WAD - kink);
        return base + uint256(model.slopeMicros) * MICRO + steep;
    }

    /// @notice The state at `time`; unchanged but for the time where nothing is owed or no rate is set.
    function accrue(Accrual memory state, InterestModel memory model, uint256 premium, uint256 time)
        internal
        pure
    {
        uint256 elapsed = time - state.accruedAt;
        state.accruedAt = uint64(time);
        if (elapsed == 0 || state.totalDebt == 0) return;
        uint256 yearly = rate(model, premium, state.totalDebt, state.totalPositive);
        uint256 growth = FixedPointMathLib.divUp(yearly * elapsed, YEAR);
        uint256 index = state.debtIndex;
        uint256 next = index + FixedPointMathLib.fullMulDivUp(index, growth, WAD);
        if (growth == 0 || next > type(uint128).max) return;
        uint256 interest = FixedPointMathLib.fullMulDiv(state.totalDebt, next - index, index);
        state.debtIndex = uint128(next);
        state.totalDebt += interest;
        // Lenders earn at most the rate of the debt, also where debt is above all positive cash.
        uint256 most = FixedPointMathLib.fullMulDiv(state.totalPositive, growth, WAD);
        uint256 paid = FixedPointMathLib.min(interest - interest * model.reserveBps / BPS, most);
        uint256 kept = _pay(state, paid) ? interest - paid : interest;
        state.reserve = uint128(FixedPointMathLib.min(state.reserve + kept, type(uint128).max));
    }

    /// @dev Pays `amount` to all positive cash, rounded down; false where there is none or the factor is at its end.
    function _pay(Accrual memory state, uint256 amount) private pure returns (bool) {
        uint256 total = state.totalPositive;
        if (total == 0) return false;
        uint256 factor = state.supplyFactor;
        uint256 next = FixedPointMathLib.fullMulDiv(factor, total + amount, total);
        if (next > type(uint128).max) return false;
        state.supplyFactor = uint128(next);
        state.totalPositive = FixedPointMathLib.fullMulDivUp(total, next, factor);
        return true;
    }

    function _sloped(uint256 micros, uint256 part, uint256 whole) private pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(micros * MICRO, part, whole);
    }
}
