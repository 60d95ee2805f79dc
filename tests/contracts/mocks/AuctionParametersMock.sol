// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuctionCurve, MarginModel} from "../../../contracts/interfaces/IRiskParameters.sol";

/// @notice Serves an auction curve and a cure buffer.
contract AuctionParametersMock {
    AuctionCurve private _curve = AuctionCurve(1800, 100, 3000, 100, 1e18, 50, 100);

    function setAuctionCurve(AuctionCurve calldata curve) external {
        _curve = curve;
    }

    function auctionCurve() external view returns (AuctionCurve memory) {
        return _curve;
    }

    function marginModel() external pure returns (MarginModel memory model) {
        model.cureBufferBps = 500;
    }
}
