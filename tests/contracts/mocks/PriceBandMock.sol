// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId} from "../../../contracts/types/Instrument.sol";

/// @notice One band for every instrument, any price until a test sets it; and how often credit prices were marked.
contract PriceBandMock {
    uint256 private _low;
    uint256 private _high = type(uint256).max;

    function set(uint256 low, uint256 high) external {
        (_low, _high) = (low, high);
    }

    mapping(uint16 underlying => uint256) public marks;

    function marginTerms() external view returns (PriceBandMock) {
        return this;
    }

    function mark(uint16 underlying) external {
        ++marks[underlying];
    }

    function bandOf(InstrumentId) external view returns (uint256 low, uint256 high) {
        return (_low, _high);
    }
}
