// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TradeTerms} from "../../../contracts/types/Trading.sol";

/// @notice Terms that bind nothing until a test sets them.
contract TermsMock {
    uint64 public fundAccount;
    TradeTerms private _terms = TradeTerms(type(uint128).max, 10_000, 0, 0);

    function set(TradeTerms calldata terms, uint64 fund) external {
        (_terms, fundAccount) = (terms, fund);
    }

    function tradeTerms(uint16) external view returns (TradeTerms memory) {
        return _terms;
    }
}
