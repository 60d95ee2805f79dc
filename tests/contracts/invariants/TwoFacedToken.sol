// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ReentrantToken} from "../adversarial/ReentrantToken.sol";

/// @notice A token that calls out in the middle of a transfer, or keeps a share of what is sent, whenever it is told to.
contract TwoFacedToken is ReentrantToken {
    uint256 public feeBps;

    function setFee(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        uint256 fee = value * feeBps / 10_000;
        if (fee != 0 && from != address(0) && to != address(0)) super._update(to, address(0xFEE), fee);
    }
}
