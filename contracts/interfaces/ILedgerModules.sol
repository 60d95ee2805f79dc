// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "./ICollateralVault.sol";
import {IInterestRates} from "./IInterestRates.sol";
import {ILiquidation} from "./ILiquidation.sol";
import {IMarginEngine} from "./IMarginEngine.sol";
import {IPayouts} from "./IPayouts.sol";

/// @title The modules the ledger asks: margin engine, liquidation, collateral vault; and where its payouts go
/// @notice Trust: the holder of the governing role chooses them. A new engine must go on from the
/// old one's funding indices, for open perpetuals keep their snapshots.
interface ILedgerModules {
    error ModuleNotSet();
    /// @notice The collateral vault is set once, for another one would not know what accounts hold; so are the interest rates.
    error ModuleAlreadySet(address module);
    /// @notice The token took a fee or moved something other than what was asked.
    error UnsupportedToken(uint256 asked, uint256 received);
    error TooManyDecimals(uint8 decimals, uint8 most);
    error FractionAboveOne(uint256 fraction);
    error NoPosition(uint256 account, uint104 instrument);

    event LiquidationModuleSet(address indexed liquidation, uint64 seq, bytes24 runningHash);
    event CollateralVaultSet(address indexed vault, uint64 seq, bytes24 runningHash);

    event InterestRatesSet(address indexed rates, uint64 seq, bytes24 runningHash);

    function setLiquidation(address liquidation) external;
    /// @notice Once; an `IInterestRates`.
    function setInterestRates(address rates) external;
    function setCollateralVault(address vault) external;
    function marginEngine() external view returns (IMarginEngine);
    /// @notice Zero until set: then no account is in liquidation.
    function liquidation() external view returns (ILiquidation);
    /// @notice Zero until set: then nothing bears interest.
    function interestRates() external view returns (IInterestRates);
    /// @notice Zero until set: then no account has collateral and the quote token counts at par.
    function collateral() external view returns (ICollateralVault);
    /// @notice Where withdrawn tokens wait for their recipients.
    function payouts() external view returns (IPayouts);
}
