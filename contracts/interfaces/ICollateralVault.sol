// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CollateralConfig} from "../types/Collateral.sol";

/// @title Collateral besides the quote token
/// @notice Amounts are in token units and are kept by internal count: what a token sends, mints or burns at the vault behind
/// its back changes nobody's equity. Value of an amount at a price p of its underlying, WAD quote, rounded down:
///   amount x p / 10^decimals x (1 - haircut).
/// For new risk p is the low end of the interval, for the liquidation test the high end with the lower haircut. A token
/// whose price is older than `LaneLimits.haltAge`, or of which the vault is short, counts nothing for new risk; one without any usable
/// price counts nothing at all, and the mode is then HALTED, in which nobody is liquidated.
/// The quote token may have a price too: above one it counts as one; below, positive cash is credited that share
/// of its amount. Debt always counts in full.
/// Trust: the holder of the collateral role sets haircuts and caps within the bounds of `CollateralSettings`. Deposits ask no module
/// and no price, so they pass in every mode. Tokens that charge on transfer are refused when they do.
/// A token that shrinks balances is detected at the next call that touches it, or by `reportShortage`: its withdrawals and deposits stop
/// until the vault holds again what it owes. Other tokens are not touched.
interface ICollateralVault {
    error UnknownToken(address token);
    error TooManyTokens(uint256 most);
    error TokenIsQuote(address token);
    error CapExceeded(address token, uint256 totalAfter, uint256 cap);
    error InsufficientCollateral(uint256 account, address token, uint256 asked, uint256 held);
    /// @notice The vault holds less of the token than it owes.
    error VaultShortOf(address token, uint256 held, uint256 owed);

    event CollateralSet(
        address indexed token,
        uint8 indexed place,
        uint8 decimals,
        uint16 underlying,
        uint16 haircutBps,
        uint16 maintenanceHaircutBps,
        uint128 cap,
        uint64 seq,
        bytes24 runningHash
    );
    event QuoteFeedSet(uint16 indexed underlying, uint64 seq, bytes24 runningHash);
    /// @param reason 0 deposit, 1 withdrawal, 2 moved by a module
    event CollateralChanged(
        uint64 indexed account,
        address indexed token,
        uint8 indexed reason,
        int256 change,
        uint256 heldAfter,
        uint256 totalAfter,
        uint64 seq,
        bytes24 runningHash
    );
    event ShortageChanged(
        address indexed token, bool isShort, uint256 held, uint256 owed, uint64 seq, bytes24 runningHash
    );

    // ---- owners ----
    /// @notice Anyone may deposit for any account, in any mode.
    function deposit(uint64 account, address token, uint256 amount) external;
    /// @notice Passes only if creditedEquity after it is at least the initial requirement; mode must be NORMAL. `to` pulls the
    /// tokens from `IPayouts`.
    function withdraw(uint64 account, address token, uint256 amount, address to) external;
    /// @notice Compares what the vault holds of a token with what it owes; anyone may ask.
    function reportShortage(address token) external returns (bool isShort);

    // ---- modules ----
    /// @notice Moves collateral of an account to another one; no token moves. Restricted, for the liquidation: the caller judges
    /// whether it may. Reverts only for an unlisted token, an unknown account or more than `from` holds; works in every mode, also
    /// while the vault is short of the token. `from` may equal `to`.
    function moveCollateral(uint64 from, uint64 to, address token, uint256 amount) external;

    // ---- settings, restricted ----
    /// @notice Lists a token or changes how a listed one counts. Once listed a token stays listed.
    function setCollateral(address token, CollateralConfig calldata config) external;
    /// @notice Sets whose index is the price of the quote token; 0 for none.
    function setQuoteFeed(uint16 underlying) external;

    // ---- views ----
    /// @notice Value of the account's collateral for new risk and for the liquidation test, WAD quote. Never reverts.
    function valueOf(uint64 account) external view returns (int256 low, int256 high);
    /// @notice The same with `cash` of the quote token added as it counts.
    function creditOf(uint64 account, int256 cash) external view returns (int256 low, int256 high);
    /// @notice Value of `amount` of a token at low end, signed price and high end, before haircut; all zero without a price.
    function quote(address token, uint256 amount)
        external
        view
        returns (uint256 low, uint256 price, uint256 high);
    function balanceOf(uint64 account, address token) external view returns (uint256);
    /// @notice Whether the account holds any collateral.
    function holdsAny(uint64 account) external view returns (bool);
    /// @notice The account's tokens and amounts, in order of listing.
    function holdingsOf(uint64 account)
        external
        view
        returns (address[] memory tokens, uint256[] memory amounts);
    function tokens() external view returns (address[] memory);
    function configOf(address token) external view returns (CollateralConfig memory);
    function totalOf(address token) external view returns (uint256);
    function isShort(address token) external view returns (bool);
    function quoteFeed() external view returns (uint16);
    /// @notice keccak256(abi.encode(tokens, configs, quoteFeed)); part of `IRiskParameters.parametersDigest`.
    function settingsDigest() external view returns (bytes32);
}
