// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {MarginState} from "../types/Margin.sol";
import {AuctionBook} from "./AuctionBook.sol";
import {Action} from "../libraries/Modes.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";

/// @title How auctions end, and who bears what is left
abstract contract Waterfall is AuctionBook {
    using FixedPointMathLib for uint256;

    uint8 internal constant OUTCOME_CURED = 0;
    uint8 internal constant OUTCOME_EMPTIED = 1;
    uint8 internal constant OUTCOME_HEALTHY = 2;

    /// @inheritdoc ILiquidation
    function end(uint64 account) external when(Action.END_LIQUIDATION) {
        uint64 id = _running(account).id;
        if (_isEmpty(account)) return _endEmpty(account, id);
        MarginState memory margin = engine.marginOf(account);
        uint256 target = _cureTarget(margin.maintenanceRequirement);
        if (margin.equityLow < int256(target)) revert StillUnderWater(account, margin.equityLow, target);
        _end(account, id, OUTCOME_HEALTHY, margin.equityLow);
    }

    function _cureTarget(uint256 maintenance) internal view returns (uint256) {
        return AuctionMath.cureTarget(maintenance, parameters.marginModel().cureBufferBps);
    }

    function _hasLegs(uint64 account) internal view returns (bool) {
        return accounts.hasLegs(account);
    }

    /// @dev While collateral is left nobody else bears the debt.
    function _isEmpty(uint64 account) internal view returns (bool) {
        return !_hasLegs(account) && !accounts.holdsCollateral(account);
    }

    /// @param owed by `to` to the account, if positive
    function _settleCash(uint64 account, uint64 to, int256 owed, uint8 reason) internal {
        if (owed > 0) accounts.moveCash(to, account, uint256(owed), reason);
        if (owed < 0) accounts.moveCash(account, to, uint256(-owed), reason);
    }

    function _endIfDone(uint64 account, uint64 id) internal {
        if (_isEmpty(account)) return _endEmpty(account, id);
        MarginState memory margin = engine.marginOf(account);
        if (margin.equityLow >= int256(_cureTarget(margin.maintenanceRequirement))) {
            _end(account, id, OUTCOME_CURED, margin.equityLow);
        }
    }

    /// @dev Who bears the debt of an account without legs: the insurance fund, then everyone.
    function _endEmpty(uint64 account, uint64 id) internal {
        int256 cash = accounts.cashOf(account);
        if (cash < 0) {
            uint256 debt = uint256(-cash);
            uint256 paid = insurance.cover(account, debt);
            uint256 socialised = paid < debt ? accounts.socialise(account) : 0;
            _emitBadDebt(account, id, debt, paid, socialised);
        }
        _end(account, id, OUTCOME_EMPTIED, accounts.cashOf(account));
    }

    function _end(uint64 account, uint64 id, uint8 outcome, int256 equity) private {
        _remove(account);
        _noteDeficit(account, 0);
        _emitEnded(account, id, outcome, equity);
    }
}
