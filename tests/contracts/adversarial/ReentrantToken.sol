// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MockToken} from "../mocks/MockToken.sol";

/// @notice A token that, once armed, calls out in the middle of the next transfer and remembers how that went.
contract ReentrantToken is MockToken {
    address public target;
    bytes public payload;
    bool public called;
    bool public succeeded;
    bytes4 public reason;

    function arm(address target_, bytes calldata payload_) external {
        (target, payload, called, succeeded, reason) = (target_, payload_, false, false, bytes4(0));
    }

    function _update(address from, address to, uint256 value) internal virtual override {
        super._update(from, to, value);
        if (target == address(0) || called) return;
        called = true;
        bytes memory answer;
        (succeeded, answer) = target.call(payload);
        if (!succeeded) reason = bytes4(answer);
    }
}
