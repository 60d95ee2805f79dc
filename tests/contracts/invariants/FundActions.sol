// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LiquidationActions} from "./LiquidationActions.sol";

/// @notice People who put money into the insurance fund and queue for the way out, and what that did to the others' shares.
abstract contract FundActions is LiquidationActions {
    uint256 private constant SHARES = 1e18;

    uint256 public entered;
    uint256[] internal exits;
    /// @notice Enterings, queuings and claims after which a share was worth less.
    uint256 public diluted;
    /// @notice Claims paid while a deficit was known.
    uint256 public escapedExits;

    modifier undiluted() {
        uint256 before = fund.convertToAssets(SHARES);
        _;
        if (fund.convertToAssets(SHARES) < before) ++diluted;
    }

    function enterFund(uint256 who, uint256 amount) external audited undiluted {
        address owner = owners[person(who)];
        amount = _bound(amount, 1, 3000e6);
        token.mint(owner, amount);
        vm.startPrank(owner);
        token.approve(address(fund), amount);
        fund.deposit(amount, owner);
        vm.stopPrank();
        ++entered;
    }

    function queueExit(uint256 who, uint256 shares) external audited undiluted {
        address owner = _shareholder(who);
        shares = _bound(shares, 1, fund.balanceOf(owner)); // before the prank, which is for one call
        vm.prank(owner);
        exits.push(fund.requestExit(shares, owner));
    }

    /// @dev Every third waits for its day: weeks rarely pass otherwise.
    function claimExit(uint256 which) external audited undiluted {
        uint256 id = exits[which % exits.length];
        uint64 claimableAt = fund.exitOf(id).claimableAt;
        if (which % 3 == 0 && claimableAt > block.timestamp) {
            vm.warp(claimableAt);
            refresh(0.7e18);
        }
        uint256 deficit = liquidation.totalDeficit();
        fund.claimExit(id);
        if (deficit != 0) ++escapedExits;
    }

    /// @notice Everyone who queued leaves, at the end of a run. @return paid in token units
    function leaveFund() external returns (uint256 paid) {
        vm.warp(block.timestamp + fund.exitDelay());
        vm.recordLogs();
        refresh(0.7e18);
        for (uint256 i; i < exits.length; ++i) {
            if (fund.exitOf(exits[i]).claimableAt != 0) paid += _claimOrReturn(exits[i]);
        }
        verifier.follow(vm.getRecordedLogs());
    }

    /// @notice Shares in the queue by the exits, and by the fund's custody.
    function queued() external view returns (uint256 byExits, uint256 held) {
        for (uint256 i; i < exits.length; ++i) {
            byExits += fund.exitOf(exits[i]).shares;
        }
        held = fund.balanceOf(address(fund));
    }

    /// @notice What all shares are worth together, and the fund's cash, both in WAD.
    function fundWorth() external view returns (uint256 shares, uint256 cash) {
        return (fund.convertToAssets(fund.totalSupply()) * 1e12, fund.balance());
    }

    function _claimOrReturn(uint256 id) private returns (uint256) {
        if (block.timestamp <= fund.exitOf(id).claimableAt + fund.exitWindow()) return fund.claimExit(id);
        fund.returnExit(id);
        return 0;
    }

    /// @dev The first from `who` on who has shares, or `who` where nobody has.
    function _shareholder(uint256 who) private view returns (address) {
        for (uint256 i; i < PEOPLE; ++i) {
            address owner = owners[person(who % PEOPLE + i)];
            if (fund.balanceOf(owner) != 0) return owner;
        }
        return owners[person(who)];
    }
}
