// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {AuctionClock} from "./AuctionClock.sol";

/// @title Known deficits of accounts on auction, and the gate they close
/// @notice A deficit is proven at the better price end, so it is never overstated at its proof; anyone may prove it again.
/// While all of them exceed the fund by more than a material part of everyone's cash, nobody leaves before the loss.
abstract contract ExitGate is AuctionClock {
    uint256 private constant BPS = 10_000;
    /// @dev What a socialised loss may take unannounced: 0.1% of all positive cash. More than that closes the gate.
    uint256 private constant MATERIAL_BPS = 10;

    IMarginAccounts public immutable accounts;
    IInsuranceFund public immutable insurance;

    /// @inheritdoc ILiquidation
    mapping(uint64 account => uint256) public deficitOf;
    /// @inheritdoc ILiquidation
    uint256 public totalDeficit;

    constructor(IMarginAccounts accounts_, IMarginEngine engine_, IInsuranceFund insurance_)
        AuctionClock(engine_)
    {
        accounts = accounts_;
        insurance = insurance_;
    }

    /// @inheritdoc ILiquidation
    function exitGateClosed() external view returns (bool) {
        uint256 deficit = totalDeficit;
        if (deficit == 0) return false;
        uint256 material = FixedPointMathLib.fullMulDiv(accounts.totalPositiveCash(), MATERIAL_BPS, BPS);
        return deficit > insurance.balance() + material;
    }

    function _noteDeficit(uint64 account, int256 equityHigh) internal {
        uint256 before = deficitOf[account];
        uint256 deficit = equityHigh < 0 ? uint256(-equityHigh) : 0;
        if (deficit == before) return;
        deficitOf[account] = deficit;
        uint256 total = totalDeficit - before + deficit;
        totalDeficit = total;
        _emitDeficit(account, deficit, total);
    }
}
