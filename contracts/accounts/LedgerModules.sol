// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title The ledger's links to the margin engine and the liquidation
abstract contract LedgerModules is IMarginAccounts, ILedgerModules, AccessManaged, AuditTrail {
    /// @inheritdoc ILedgerModules
    IMarginEngine public marginEngine;

    /// @inheritdoc ILedgerModules
    ILiquidation public liquidation;

    /// @inheritdoc IMarginAccounts
    function setMarginEngine(address engine) external restricted {
        marginEngine = IMarginEngine(engine);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(MarginEngineSet.selector, engine)));
        emit MarginEngineSet(engine, seq, hash);
    }

    /// @inheritdoc ILedgerModules
    function setLiquidation(address module) external restricted {
        liquidation = ILiquidation(module);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(LiquidationModuleSet.selector, module)));
        emit LiquidationModuleSet(module, seq, hash);
    }

    function _engine() internal view returns (IMarginEngine engine) {
        engine = marginEngine;
        if (address(engine) == address(0)) revert ModuleNotSet();
    }

    function _requireNotInLiquidation(uint64 account) internal view {
        ILiquidation module = liquidation;
        if (address(module) != address(0) && module.inLiquidation(account)) {
            revert AccountInLiquidation(account);
        }
    }
}
