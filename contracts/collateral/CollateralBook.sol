// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LibBit} from "solady/utils/LibBit.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {CollateralSettings} from "./CollateralSettings.sol";

/// @title Who has deposited how much of which token
/// @notice Counts are changed by deposits, withdrawals and moves alone; the vault's token balance is only compared with them.
abstract contract CollateralBook is CollateralSettings {
    uint8 internal constant REASON_DEPOSIT = 0;
    uint8 internal constant REASON_WITHDRAWAL = 1;
    uint8 internal constant REASON_MOVED = 2;

    /// @dev Bit i of `places` is set while the account holds some of the token at place i.
    struct Holdings {
        uint256 places;
        mapping(uint256 place => uint256) amounts;
    }

    mapping(uint64 account => Holdings) private _holdings;
    mapping(uint256 place => uint256) private _totals;
    /// @dev Bit i is set while the vault was last seen to hold less of the token at place i than it owes.
    uint256 private _short;

    /// @inheritdoc ICollateralVault
    function balanceOf(uint64 account, address token) external view returns (uint256) {
        return _holdings[account].amounts[_placeOf(token)];
    }

    /// @inheritdoc ICollateralVault
    function totalOf(address token) external view returns (uint256) {
        return _totals[_placeOf(token)];
    }

    /// @inheritdoc ICollateralVault
    function holdsAny(uint64 account) external view returns (bool) {
        return _holdings[account].places != 0;
    }

    /// @inheritdoc ICollateralVault
    function isShort(address token) external view returns (bool) {
        return _isShort(_placeOf(token));
    }

    /// @inheritdoc ICollateralVault
    function holdingsOf(uint64 account)
        external
        view
        returns (address[] memory list, uint256[] memory amounts)
    {
        uint256 left = _holdings[account].places;
        list = new address[](LibBit.popCount(left));
        amounts = new uint256[](list.length);
        for (uint256 i; left != 0; ++i) {
            uint256 place = LibBit.ffs(left);
            left &= left - 1;
            (list[i], amounts[i]) = (_token(place), _holdings[account].amounts[place]);
        }
    }

    function _places(uint64 account) internal view returns (uint256) {
        return _holdings[account].places;
    }

    function _amount(uint64 account, uint256 place) internal view returns (uint256) {
        return _holdings[account].amounts[place];
    }

    function _isShort(uint256 place) internal view returns (bool) {
        return _short >> place & 1 != 0;
    }

    function _add(uint64 account, uint256 place, uint256 amount, uint8 reason) internal {
        Holdings storage holdings = _holdings[account];
        uint256 held = holdings.amounts[place] + amount;
        holdings.amounts[place] = held;
        if (held != 0) holdings.places |= 1 << place;
        uint256 total = _totals[place] + amount;
        _totals[place] = total;
        _recordChange(account, place, reason, int256(amount), [held, total]);
    }

    function _take(uint64 account, uint256 place, uint256 amount, uint8 reason) internal {
        Holdings storage holdings = _holdings[account];
        uint256 before = holdings.amounts[place];
        if (amount > before) revert InsufficientCollateral(account, _token(place), amount, before);
        uint256 held = before - amount;
        holdings.amounts[place] = held;
        if (held == 0) holdings.places &= ~(1 << place);
        uint256 total = _totals[place] - amount;
        _totals[place] = total;
        _recordChange(account, place, reason, -int256(amount), [held, total]);
    }

    function _requireBelowCap(uint256 place) internal view {
        uint256 cap = _config(place).cap;
        if (_totals[place] > cap) revert CapExceeded(_token(place), _totals[place], cap);
    }

    /// @dev Reverts where the vault holds less than it owes, for the caller would take or add what others lack.
    function _requireCovered(uint256 place) internal view {
        (uint256 held, uint256 owed) = _heldAndOwed(place);
        if (held < owed) revert VaultShortOf(_token(place), held, owed);
    }

    function _updateShortage(uint256 place) internal returns (bool short) {
        (uint256 held, uint256 owed) = _heldAndOwed(place);
        short = held < owed;
        if (short == _isShort(place)) return short;
        _short ^= 1 << place;
        bytes32 digest = keccak256(abi.encode(ShortageChanged.selector, _token(place), short, held, owed));
        (uint64 seq, bytes24 hash) = _advance(digest);
        emit ShortageChanged(_token(place), short, held, owed, seq, hash);
    }

    function _heldAndOwed(uint256 place) private view returns (uint256 held, uint256 owed) {
        return (IERC20(_token(place)).balanceOf(address(this)), _totals[place]);
    }

    /// @param afterwards what the account holds, and what all accounts hold
    function _recordChange(
        uint64 account,
        uint256 place,
        uint8 reason,
        int256 change,
        uint256[2] memory afterwards
    ) private {
        address token = _token(place);
        bytes32 digest = keccak256(
            abi.encode(
                CollateralChanged.selector, account, token, reason, change, afterwards[0], afterwards[1]
            )
        );
        (uint64 seq, bytes24 hash) = _advance(digest);
        emit CollateralChanged(account, token, reason, change, afterwards[0], afterwards[1], seq, hash);
    }
}
