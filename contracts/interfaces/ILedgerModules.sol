// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "./ILiquidation.sol";
import {IMarginEngine} from "./IMarginEngine.sol";

/// @title The modules the ledger asks: the margin engine and the liquidation
/// @notice Trust: the holder of the governing role chooses them. A new engine must go on from the
/// old one's funding indices, for open perpetuals keep their snapshots.
interface ILedgerModules {
    error ModuleNotSet();
    /// @notice The token took a fee or moved something other than what was asked.
    error UnsupportedToken(uint256 asked, uint256 received);
    error TooManyDecimals(uint8 decimals, uint8 most);
    error FractionAboveOne(uint256 fraction);
    error NoPosition(uint256 account, uint104 instrument);

    event LiquidationModuleSet(address indexed liquidation, uint64 seq, bytes24 runningHash);

    function setLiquidation(address liquidation) external;
    function marginEngine() external view returns (IMarginEngine);
    /// @notice Zero until set: then no account is in liquidation.
    function liquidation() external view returns (ILiquidation);
}
