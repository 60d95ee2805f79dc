// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IInterestRates} from "../interfaces/IInterestRates.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title The ledger's links to the modules it asks
abstract contract LedgerModules is IMarginAccounts, ILedgerModules, AccessManaged, AuditTrail {
    /// @inheritdoc ILedgerModules
    IMarginEngine public marginEngine;

    /// @inheritdoc ILedgerModules
    ILiquidation public liquidation;

    /// @inheritdoc ILedgerModules
    ICollateralVault public collateral;

    /// @inheritdoc ILedgerModules
    IInterestRates public interestRates;

    /// @inheritdoc ILedgerModules
    IPayouts public immutable payouts;

    constructor(IPayouts payouts_) {
        payouts = payouts_;
    }

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

    /// @inheritdoc ILedgerModules
    function setCollateralVault(address vault) external restricted {
        if (address(collateral) != address(0)) revert ModuleAlreadySet(address(collateral));
        collateral = ICollateralVault(vault);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(CollateralVaultSet.selector, vault)));
        emit CollateralVaultSet(vault, seq, hash);
    }

    /// @inheritdoc ILedgerModules
    function setInterestRates(address rates) external restricted {
        if (address(interestRates) != address(0)) revert ModuleAlreadySet(address(interestRates));
        interestRates = IInterestRates(rates);
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(InterestRatesSet.selector, rates)));
        emit InterestRatesSet(rates, seq, hash);
    }

    /// @inheritdoc IMarginAccounts
    function collateralValueOf(uint64 account) external view returns (int256 low, int256 high) {
        ICollateralVault vault = collateral;
        return address(vault) == address(0) ? (int256(0), int256(0)) : vault.valueOf(account);
    }

    /// @inheritdoc IMarginAccounts
    function holdsCollateral(uint64 account) public view returns (bool) {
        ICollateralVault vault = collateral;
        return address(vault) != address(0) && vault.holdsAny(account);
    }

    /// @inheritdoc IMarginAccounts
    function creditOf(uint64 account, int256 cashChange) external view returns (int256 low, int256 high) {
        return _credit(account, cashOf(account) + cashChange);
    }

    /// @inheritdoc IMarginAccounts
    function cashOf(uint64 account) public view virtual returns (int256);

    function _credit(uint64 account, int256 cash) internal view returns (int256 low, int256 high) {
        ICollateralVault vault = collateral;
        return address(vault) == address(0) ? (cash, cash) : vault.creditOf(account, cash);
    }

    function _engine() internal view returns (IMarginEngine engine) {
        engine = marginEngine;
        if (address(engine) == address(0)) revert ModuleNotSet();
    }

    /// @dev While known deficits exceed what the fund can pay nobody leaves before the loss.
    function _requireExitOpen() internal view {
        ILiquidation module = liquidation;
        if (address(module) != address(0) && module.exitGateClosed()) revert ExitGateClosed();
    }

    function _requireNotInLiquidation(uint64 account) internal view {
        ILiquidation module = liquidation;
        if (address(module) != address(0) && module.inLiquidation(account)) {
            revert AccountInLiquidation(account);
        }
    }
}
