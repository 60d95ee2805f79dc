// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {ILiquidation} from "../interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";
import {Exit, ExitQueue} from "./ExitQueue.sol";

/// @title InsuranceFund
/// @notice Needs the ledger role to move its own account's cash; `cover` is restricted to the liquidation module.
contract InsuranceFund is ExitQueue, AccessManaged {
    using SafeERC20 for IERC20;

    uint8 private constant REASON_INSURANCE_PAYMENT = 8;
    uint8 private constant WAD_DECIMALS = 18;
    /// @dev Virtual shares per token unit are 10 to the power of this.
    uint8 private constant SHARE_DECIMALS_MORE = 6;

    IMarginAccounts public immutable accounts;
    /// @inheritdoc IInsuranceFund
    uint64 public immutable fundAccount;
    /// @dev WAD per token unit.
    uint256 private immutable _scale;

    constructor(IMarginAccounts accounts_, address authority)
        ERC20("Tailguard Insurance Fund", "TGIF")
        ERC4626(IERC20(accounts_.token()))
        AccessManaged(authority)
    {
        accounts = accounts_;
        fundAccount = accounts_.create(address(this));
        _scale = 10 ** (WAD_DECIMALS - IERC20Metadata(accounts_.token()).decimals());
    }

    /// @inheritdoc IInsuranceFund
    function contribute(uint256 amount) external {
        _takeIn(msg.sender, amount);
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(Contributed.selector, msg.sender, amount)));
        emit Contributed(msg.sender, amount, seq, runningHash);
    }

    /// @inheritdoc IInsuranceFund
    /// @dev An empty fund pays 0 and does not revert: the caller is on the path of an insolvent account.
    function cover(uint64 account, uint256 shortfall) external restricted returns (uint256 paid) {
        if (shortfall == 0) revert NothingToPay();
        uint256 held = balance();
        paid = shortfall < held ? shortfall : held;
        if (paid != 0) accounts.moveCash(fundAccount, account, paid, REASON_INSURANCE_PAYMENT);
        uint256 left = held - paid;
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(ShortfallPaid.selector, account, shortfall, paid, left)));
        emit ShortfallPaid(account, shortfall, paid, left, seq, runningHash);
    }

    /// @inheritdoc IInsuranceFund
    function balance() public view returns (uint256) {
        int256 cash = accounts.cashOf(fundAccount);
        return cash > 0 ? uint256(cash) : 0;
    }

    /// @dev The ledger's cash, not the tokens that lie here: those are nobody's and change no price.
    function totalAssets() public view override(ERC4626, IERC4626) returns (uint256) {
        return balance() / _scale;
    }

    function _takeIn(address from, uint256 amount) internal override {
        IERC20 token = IERC20(asset());
        token.safeTransferFrom(from, address(this), amount);
        token.forceApprove(address(accounts), amount);
        accounts.deposit(fundAccount, amount);
    }

    function _requireNoLossPending() internal view override {
        ILiquidation liquidation = ILedgerModules(address(accounts)).liquidation();
        if (address(liquidation) == address(0)) return;
        uint256 deficit = liquidation.totalDeficit();
        if (deficit != 0) revert LossPending(deficit);
    }

    /// @dev The ledger asks the mode and the exit gate.
    function _payOut(address receiver, uint256 amount) internal override {
        if (amount != 0) accounts.withdraw(fundAccount, amount, receiver);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return SHARE_DECIMALS_MORE;
    }
}
