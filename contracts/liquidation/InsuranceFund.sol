// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title InsuranceFund
/// @notice Needs the ledger role to move its own account's cash; `cover` is restricted to the liquidation module.
/// Warning: there is no way out for contributions; they are a gift to the system's solvency.
contract InsuranceFund is IInsuranceFund, AuditTrail, AccessManaged {
    using SafeERC20 for IERC20;

    uint8 private constant REASON_INSURANCE_PAYMENT = 8;

    IMarginAccounts public immutable accounts;
    /// @inheritdoc IInsuranceFund
    uint64 public immutable fundAccount;

    constructor(IMarginAccounts accounts_, address authority) AccessManaged(authority) {
        accounts = accounts_;
        fundAccount = accounts_.create(address(this));
    }

    /// @inheritdoc IInsuranceFund
    function contribute(uint256 amount) external {
        IERC20 token = IERC20(accounts.token());
        token.safeTransferFrom(msg.sender, address(this), amount);
        token.forceApprove(address(accounts), amount);
        accounts.deposit(fundAccount, amount);
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
}
