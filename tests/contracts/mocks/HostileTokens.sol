// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {DecimalsTokenMock} from "./LedgerMocks.sol";

/// @notice Charges a share of every transfer, once the fee is switched on.
contract FeeOnTransferToken is DecimalsTokenMock(18) {
    uint256 public feeBps;

    function setFee(uint256 bps) external {
        feeBps = bps;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value * feeBps / 10_000);
    }
}

/// @notice Balances are shares of a supply that its issuer moves up and down.
contract RebasingToken is DecimalsTokenMock(18) {
    uint256 public indexWad = 1e18;

    function rebase(uint256 wad) external {
        indexWad = wad;
    }

    function balanceOf(address who) public view override returns (uint256) {
        return super.balanceOf(who) * indexWad / 1e18;
    }
}

/// @notice Refuses transfers from and to listed addresses.
contract BlacklistToken is DecimalsTokenMock(6) {
    mapping(address who => bool) public blocked;

    error Blocked(address who);

    function block_(address who, bool isBlocked) external {
        blocked[who] = isBlocked;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @notice Says false where others revert, once broken.
contract FalseToken is DecimalsTokenMock(8) {
    bool public broken;

    function breakIt() external {
        broken = true;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return broken ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return broken ? false : super.transferFrom(from, to, value);
    }
}

/// @notice The part of ERC-20 that the vault uses, with transfers that return nothing.
contract SilentToken {
    uint8 public constant decimals = 6;
    mapping(address who => uint256) public balanceOf;
    mapping(address who => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Calls whoever asked for it before and after each transfer, as ERC-777 hooks do.
contract HookToken is DecimalsTokenMock(18) {
    address public target;
    bytes public payload;
    bool public isBefore;
    uint256 public calls;
    bool public succeeded;
    bytes4 public reason;

    function arm(address target_, bytes calldata payload_, bool isBefore_) external {
        (target, payload, isBefore, calls) = (target_, payload_, isBefore_, 0);
        (succeeded, reason) = (false, bytes4(0));
    }

    function disarm() external {
        target = address(0);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isBefore) _hook();
        super._update(from, to, value);
        if (!isBefore) _hook();
    }

    function _hook() private {
        if (target == address(0) || calls != 0) return;
        ++calls;
        bytes memory answer;
        (succeeded, answer) = target.call(payload);
        if (!succeeded) reason = bytes4(answer);
    }
}
