// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Exit, IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

/// @title Shares that enter at once and leave by a queue
/// @notice A queued share is a share: it bears every loss until it is claimed, and earns every fee.
abstract contract ExitQueue is IInsuranceFund, ERC4626, AuditTrail {
    /// @inheritdoc IInsuranceFund
    /// @dev Longer than any loss can be seen coming: leaving before it is a matter of foresight, not of speed.
    uint64 public constant exitDelay = 14 days;
    /// @inheritdoc IInsuranceFund
    uint64 public constant exitWindow = 3 days;

    uint256 private _exitCount;
    mapping(uint256 id => Exit) private _exits;

    /// @inheritdoc IInsuranceFund
    function requestExit(uint256 shares, address receiver) external returns (uint256 id) {
        if (receiver == address(0) || shares == 0) revert EmptyExit(receiver, shares);
        _transfer(msg.sender, address(this), shares);
        id = ++_exitCount;
        uint64 claimableAt = uint64(block.timestamp) + exitDelay;
        _exits[id] = Exit(msg.sender, claimableAt, receiver, shares);
        (uint64 seq, bytes24 runningHash) = _advance(
            keccak256(abi.encode(ExitRequested.selector, id, msg.sender, receiver, shares, claimableAt))
        );
        emit ExitRequested(id, msg.sender, receiver, shares, claimableAt, seq, runningHash);
    }

    /// @inheritdoc IInsuranceFund
    function claimExit(uint256 id) external returns (uint256 assets) {
        Exit memory queued = _queued(id);
        uint256 lapsesAt = queued.claimableAt + exitWindow;
        if (block.timestamp > lapsesAt) revert ExitLapsed(id, lapsesAt, block.timestamp);
        if (block.timestamp < queued.claimableAt) revert ExitNotDue(id, queued.claimableAt, block.timestamp);
        _requireNoLossPending();
        assets = previewRedeem(queued.shares);
        delete _exits[id];
        _burn(address(this), queued.shares);
        _payOut(queued.receiver, assets);
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(ExitClaimed.selector, id, queued.receiver, queued.shares, assets)));
        emit ExitClaimed(id, queued.receiver, queued.shares, assets, seq, runningHash);
        emit Withdraw(msg.sender, queued.receiver, address(this), assets, queued.shares);
    }

    /// @inheritdoc IInsuranceFund
    function returnExit(uint256 id) external {
        Exit memory queued = _queued(id);
        uint256 lapsesAt = queued.claimableAt + exitWindow;
        if (block.timestamp <= lapsesAt) revert ExitNotLapsed(id, lapsesAt, block.timestamp);
        delete _exits[id];
        _transfer(address(this), queued.owner, queued.shares);
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(ExitReturned.selector, id, queued.owner, queued.shares)));
        emit ExitReturned(id, queued.owner, queued.shares, seq, runningHash);
    }

    /// @inheritdoc IInsuranceFund
    function exitOf(uint256 id) external view returns (Exit memory) {
        return _exits[id];
    }

    /// @dev Nothing leaves at once.
    function maxWithdraw(address) public pure override(ERC4626, IERC4626) returns (uint256) {
        return 0;
    }

    /// @dev Nothing leaves at once.
    function maxRedeem(address) public pure override(ERC4626, IERC4626) returns (uint256) {
        return 0;
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        _takeIn(caller, assets);
        _mint(receiver, shares);
        emit Deposit(caller, receiver, assets, shares);
        (uint64 seq, bytes24 runningHash) =
            _advance(keccak256(abi.encode(Entered.selector, caller, receiver, assets, shares)));
        emit Entered(caller, receiver, assets, shares, seq, runningHash);
    }

    function _withdraw(address, address, address, uint256, uint256) internal pure override {
        revert ExitsAreQueued();
    }

    function _queued(uint256 id) private view returns (Exit memory queued) {
        queued = _exits[id];
        if (queued.claimableAt == 0) revert NoExit(id);
    }

    function _requireNoLossPending() internal view virtual;
    function _takeIn(address from, uint256 amount) internal virtual;
    function _payOut(address receiver, uint256 amount) internal virtual;
}
