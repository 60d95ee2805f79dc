// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {OutflowRate} from "./OutflowRate.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";

/// @title Claims on withdrawn tokens
/// @notice See IPayouts. A credit needs tokens that are here and owed to nobody, which no claim of another can lose by.
contract Payouts is OutflowRate, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IPayouts
    mapping(address token => uint256) public owed;

    /// @inheritdoc IPayouts
    mapping(address token => mapping(address recipient => uint256)) public claimOf;

    constructor(address authority, IRiskParameters parameters)
        AccessManaged(authority)
        SettingsAnnex(parameters)
    {}

    /// @inheritdoc IPayouts
    function credit(address token, address recipient, uint256 amount) external nonReentrant {
        if (recipient == address(0)) revert ZeroRecipient();
        _noteOut(msg.sender, token, amount, IERC20(token).balanceOf(msg.sender) + amount);
        uint256 claimAfter = claimOf[token][recipient] + amount;
        claimOf[token][recipient] = claimAfter;
        owed[token] += amount;
        _requireCovered(token);
        (uint64 seq, bytes24 hash) = _advance(
            keccak256(abi.encode(ClaimCredited.selector, recipient, token, msg.sender, amount, claimAfter))
        );
        emit ClaimCredited(recipient, token, msg.sender, amount, claimAfter, seq, hash);
    }

    /// @inheritdoc IPayouts
    function noteInflow(address token, uint256 amount) external {
        _noteIn(msg.sender, token, amount);
    }

    /// @inheritdoc IPayouts
    function claim(address token, address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0)) revert ZeroRecipient();
        amount = claimOf[token][msg.sender];
        if (amount == 0) revert NothingToClaim(token, msg.sender);
        _requireCovered(token);
        claimOf[token][msg.sender] = 0;
        owed[token] -= amount;
        (uint64 seq, bytes24 hash) =
            _advance(keccak256(abi.encode(ClaimPaid.selector, msg.sender, token, to, amount)));
        emit ClaimPaid(msg.sender, token, to, amount, seq, hash);
        IERC20(token).safeTransfer(to, amount);
    }

    function _requireCovered(address token) private view {
        uint256 held = IERC20(token).balanceOf(address(this));
        if (held < owed[token]) revert TokenShort(token, held, owed[token]);
    }
}
