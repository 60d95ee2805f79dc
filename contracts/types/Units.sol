// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev A year, wherever a rate, a volatility or a time to expiry is annual.
uint256 constant YEAR = 365 days;
