// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title Cash of the accounts and the losses they share
/// @notice A socialised loss multiplies all positive cash by one factor. It is applied lazily: the ledger keeps the
/// product of all factors, `survival`, and each account the product as it stood when its cash was last written, so
///   effective cash = floor(written cash x survival now / survival then) for positive cash.
/// Rounding: the factor and the effective cash are floored, `totalPositiveCash` is never below the exact sum of
/// positive cash, hence what a loss takes from the accounts and the rounding dust already held cover it.
/// Precision: `survival` starts at 1e27; below 1e18 it is scaled up by 1e9 and `generation` counts it, so its
/// relative error stays below 1e-18 per loss. Cash is assumed below 1e27 quote units (1e45).
abstract contract CashLedger is IMarginAccounts, AuditTrail {
    /// @dev Reasons of `CashChanged`; 6 to 8 are given by the liquidation.
    uint8 internal constant REASON_DEPOSIT = 0;
    uint8 internal constant REASON_WITHDRAWAL = 1;
    uint8 internal constant REASON_TRADE = 2;
    uint8 internal constant REASON_FUNDING = 3;
    uint8 internal constant REASON_PERPETUAL_CLOSED = 4;
    uint8 internal constant REASON_EXPIRY = 5;
    uint8 internal constant REASON_SOCIALISED = 9;

    uint256 internal constant WAD = 1e18;
    uint128 private constant SURVIVAL_ONE = 1e27;
    uint256 private constant GENERATION_SCALE = 1e9;
    /// @dev From this many generations on nothing is left: 1e45 x 1e9 / 1e54 is one unit of 1e-18 at most.
    uint64 private constant GENERATIONS_TO_NOTHING = 6;

    struct Survival {
        uint128 factor;
        uint64 generation;
    }

    struct WrittenCash {
        int256 cash;
        Survival survival;
    }

    mapping(uint64 account => WrittenCash) private _written;
    Survival private _survival = Survival(SURVIVAL_ONE, 0);

    /// @inheritdoc IMarginAccounts
    uint256 public totalPositiveCash;

    /// @notice Product of all socialised-loss factors: factor x 1e-27 x 1e-9^generation.
    function survival() external view returns (uint256 factor, uint64 generation) {
        return (_survival.factor, _survival.generation);
    }

    /// @dev Cash after socialised losses, before funding that has not been booked.
    function _cash(uint64 account) internal view returns (int256 cash) {
        WrittenCash storage written = _written[account];
        cash = written.cash;
        if (cash > 0) cash = int256(_afterLosses(uint256(cash), written.survival));
    }

    /// @dev Books a change of cash; nothing happens when it is zero.
    function _changeCash(uint64 account, int256 change, uint8 reason) internal {
        if (change == 0) return;
        int256 before = _cash(account);
        int256 afterwards = before + change;
        totalPositiveCash = totalPositiveCash - _positive(before) + _positive(afterwards);
        _written[account] = WrittenCash(afterwards, _survival);
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(CashChanged.selector, account, reason, change, afterwards)));
        emit CashChanged(account, reason, change, afterwards, seq, hash);
    }

    /// @dev Writes off the account's negative cash against all positive cash, as far as that reaches; the rest
    /// stays with the account, so that cash is conserved, and can be written off later.
    function _socialiseCash(uint64 account) internal returns (uint256 loss) {
        uint256 total = totalPositiveCash;
        loss = FixedPointMathLib.min(_positive(-_cash(account)), total);
        if (loss == 0) return 0;
        uint256 factorWad = FixedPointMathLib.fullMulDiv(total - loss, WAD, total);
        _survive(factorWad);
        // Up, and yet at most total - loss because the factor was floored.
        totalPositiveCash = FixedPointMathLib.fullMulDivUp(total, factorWad, WAD);
        _changeCash(account, int256(loss), REASON_SOCIALISED);
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(LossSocialised.selector, loss, factorWad, total)));
        emit LossSocialised(loss, factorWad, total, seq, hash);
    }

    function _survive(uint256 factorWad) private {
        Survival memory s = _survival;
        if (factorWad == 0) {
            _survival = Survival(SURVIVAL_ONE, s.generation + GENERATIONS_TO_NOTHING);
            return;
        }
        uint256 product = uint256(s.factor) * factorWad;
        while (product < WAD * WAD) {
            product *= GENERATION_SCALE;
            ++s.generation;
        }
        _survival = Survival(uint128(product / WAD), s.generation);
    }

    function _afterLosses(uint256 cash, Survival memory then) private view returns (uint256) {
        Survival memory current = _survival;
        uint64 generations = current.generation - then.generation;
        if (generations == 0 && current.factor == then.factor) return cash;
        if (generations >= GENERATIONS_TO_NOTHING) return 0;
        // At most 1e27 x 1e45, which fits.
        uint256 divisor = uint256(then.factor) * GENERATION_SCALE ** generations;
        return FixedPointMathLib.fullMulDiv(cash, current.factor, divisor);
    }

    function _positive(int256 cash) private pure returns (uint256) {
        return cash > 0 ? uint256(cash) : 0;
    }
}
