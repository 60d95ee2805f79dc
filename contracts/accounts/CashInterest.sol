// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IInterestRates} from "../interfaces/IInterestRates.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {Accrual} from "../types/Interest.sol";

/// @title Indices of debt and of positive cash, and the totals they multiply
/// @notice What they grow by is computed by `IInterestRates`; without one nothing bears interest.
abstract contract CashInterest is IMarginAccounts, AuditTrail {
    uint128 internal constant INDEX_ONE = 1e27;

    /// @dev Four slots.
    Accrual private _stored = Accrual(INDEX_ONE, 0, 0, INDEX_ONE, 0, 0, 0);

    /// @inheritdoc IMarginAccounts
    function totalPositiveCash() external view returns (uint256) {
        return _stored.totalPositive;
    }

    /// @notice Product of all factors of positive cash up to the last accrual: factor x 1e-27 x 1e-9^generation.
    function survival() external view returns (uint256 factor, uint64 generation) {
        return (_stored.supplyFactor, _stored.generation);
    }

    /// @inheritdoc IMarginAccounts
    function interestNow() external view returns (Accrual memory) {
        return _accrued();
    }

    /// @inheritdoc IMarginAccounts
    function accrueInterest() external returns (uint256 reserve) {
        Accrual memory state = _accrue();
        reserve = state.reserve;
        // Where only time has passed no event says so, and nothing is written.
        if (reserve == 0 && state.totalDebt == 0) return 0;
        state.reserve = 0;
        _store(state);
        if (reserve != 0) _creditReserve(_rates().fundAccount(), reserve);
    }

    /// @dev Supply factor and its generation, and the debt index where it is asked for, of now; of three slots what is needed.
    function _indices(bool owes) internal view returns (uint128, uint64, uint128) {
        if (_stored.accruedAt == block.timestamp || _stored.totalDebt == 0) {
            return (_stored.supplyFactor, _stored.generation, owes ? _stored.debtIndex : 0);
        }
        Accrual memory state = _accrued();
        return (state.supplyFactor, state.generation, state.debtIndex);
    }

    /// @dev Interest up to now, for the record; the caller changes the totals and stores the state.
    function _accrue() internal returns (Accrual memory state) {
        uint64 accruedAt = _stored.accruedAt;
        state = _accrued();
        if (state.accruedAt == accruedAt || state.totalDebt == 0) return state;
        bytes32 digest = keccak256(
            abi.encode(
                InterestAccrued.selector,
                state.debtIndex,
                state.supplyFactor,
                state.totalDebt,
                state.totalPositive,
                state.reserve
            )
        );
        (uint64 seq, bytes24 hash) = _advance(digest);
        emit InterestAccrued(
            state.debtIndex,
            state.supplyFactor,
            state.totalDebt,
            state.totalPositive,
            state.reserve,
            seq,
            hash
        );
    }

    /// @dev Interest up to now, as if it had been booked.
    function _accrued() private view returns (Accrual memory state) {
        state = _stored;
        if (state.accruedAt == block.timestamp) return state;
        IInterestRates rates = _rates();
        if (state.totalDebt != 0 && address(rates) != address(0)) return rates.accrued(state);
        state.accruedAt = uint64(block.timestamp);
    }

    function _store(Accrual memory state) internal {
        _stored = state;
    }

    function _creditReserve(uint64 account, uint256 amount) internal virtual;

    /// @dev Zero where none is set.
    function _rates() internal view virtual returns (IInterestRates);
}
