// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Settlement prices set by the test.
contract SettlementPricesMock {
    mapping(uint16 underlying => mapping(uint32 expiry => uint96)) public settlementPrice;

    function fix(uint16 underlying, uint32 expiry, uint96 price) external {
        settlementPrice[underlying][expiry] = price;
    }
}
