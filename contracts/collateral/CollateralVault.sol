// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";
import {IPriceIntervals} from "../interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MarginState} from "../types/Margin.sol";
import {CollateralSettings} from "./CollateralSettings.sol";
import {CollateralValue} from "./CollateralValue.sol";
import {Action, Modes} from "../libraries/Modes.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";

/// @title The vault of collateral tokens
/// @notice See ICollateralVault for what each function promises.
contract CollateralVault is CollateralValue, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IMarginAccounts public immutable accounts;
    IPayouts public immutable payouts;

    constructor(
        IMarginAccounts accounts_,
        IPriceIntervals prices_,
        IRiskParameters parameters_,
        address authority_
    )
        AccessManaged(authority_)
        SettingsAnnex(parameters_)
        CollateralSettings(accounts_.token())
        CollateralValue(prices_)
    {
        accounts = accounts_;
        payouts = ILedgerModules(address(accounts_)).payouts();
    }

    modifier onlyExisting(uint64 account) {
        if (!accounts.exists(account)) revert IMarginAccounts.UnknownAccount(account);
        _;
    }

    /// @inheritdoc ICollateralVault
    function deposit(uint64 account, address token, uint256 amount)
        external
        nonReentrant
        onlyExisting(account)
    {
        uint256 place = _placeOf(token);
        if (amount == 0) revert IMarginAccounts.ZeroAmount();
        _requireCovered(place);
        uint256 held = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - held;
        if (received != amount) revert ILedgerModules.UnsupportedToken(amount, received);
        _add(account, place, amount, REASON_DEPOSIT);
        _requireBelowCap(place);
        payouts.noteInflow(token, amount);
    }

    /// @inheritdoc ICollateralVault
    function withdraw(uint64 account, address token, uint256 amount, address to)
        external
        nonReentrant
        onlyExisting(account)
    {
        uint256 place = _placeOf(token);
        if (!accounts.isAuthorised(account, msg.sender)) {
            revert IMarginAccounts.NotAuthorised(account, msg.sender);
        }
        if (amount == 0) revert IMarginAccounts.ZeroAmount();
        _requireCovered(place);
        _take(account, place, amount, REASON_WITHDRAWAL);
        _requireInitialMargin(account);
        IERC20(token).safeTransfer(address(payouts), amount);
        payouts.credit(token, to, amount);
    }

    /// @inheritdoc ICollateralVault
    function reportShortage(address token) external nonReentrant returns (bool) {
        return _updateShortage(_placeOf(token));
    }

    /// @inheritdoc ICollateralVault
    function moveCollateral(uint64 from, uint64 to, address token, uint256 amount)
        external
        restricted
        onlyExisting(to)
    {
        uint256 place = _placeOf(token);
        _take(from, place, amount, REASON_MOVED);
        _add(to, place, amount, REASON_MOVED);
    }

    function _requireInitialMargin(uint64 account) private view {
        ILedgerModules modules = ILedgerModules(address(accounts));
        ILiquidation liquidation = modules.liquidation();
        if (address(liquidation) != address(0)) {
            if (liquidation.inLiquidation(account)) revert IMarginAccounts.AccountInLiquidation(account);
            // Or cash would leave as collateral bought with it.
            if (liquidation.exitGateClosed()) revert IMarginAccounts.ExitGateClosed();
        }
        IMarginEngine engine = modules.marginEngine();
        if (address(engine) == address(0)) revert ILedgerModules.ModuleNotSet();
        if (!Modes.allows(engine.mode(), Action.WITHDRAW_COLLATERAL)) revert IMarginAccounts.Halted();
        MarginState memory margin = engine.marginOf(account);
        if (margin.creditedEquity < int256(margin.initialRequirement)) {
            revert IMarginAccounts.InsufficientMargin(
                account, margin.creditedEquity, margin.initialRequirement
            );
        }
    }
}
