// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BidScene} from "../types/BidScene.sol";
import {Leg} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";
import {LegLimit} from "./ILiquidation.sol";

/// @title What a bid for named legs is judged by
interface IBidReader {
    /// @notice The account and the legs asked of it, each valued once at the mark and once by each witness that is a grid point.
    /// @param witnesses the auction's and the challenger's
    function sceneOf(uint64 account, LegLimit[] calldata asked, Witness[2] calldata witnesses)
        external
        view
        returns (BidScene memory);
    /// @notice Value at the signed price of legs that `account` holds, less their part of its entry values, rounded up.
    function valueOf(uint64 account, Leg[] calldata legs) external view returns (int256);
}
