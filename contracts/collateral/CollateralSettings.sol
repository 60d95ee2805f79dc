// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ILedgerModules} from "../interfaces/ILedgerModules.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {CollateralConfig} from "../types/Collateral.sol";
import {SettingsAnnex} from "../libraries/SettingsAnnex.sol";

/// @title Which tokens count as collateral, and how
abstract contract CollateralSettings is ICollateralVault, SettingsAnnex {
    uint256 internal constant BPS = 10_000;
    uint8 private constant WAD_DECIMALS = 18;
    /// @dev Each is valued in every check of an account that holds it.
    uint256 internal constant MOST_TOKENS = 16;

    address private immutable _quoteToken;

    address[] private _tokens;
    CollateralConfig[] private _configs;
    uint8[] private _decimals;
    mapping(address token => uint256) private _placePlusOne;

    /// @inheritdoc ICollateralVault
    uint16 public quoteFeed;

    constructor(address quoteToken) {
        _quoteToken = quoteToken;
    }

    /// @inheritdoc ICollateralVault
    function setCollateral(address token, CollateralConfig calldata config) external restricted {
        _check(token, config);
        uint256 place = _placePlusOne[token];
        if (place == 0) place = _list(token, config);
        else _configs[place - 1] = config;
        _noteSettings();
        _recordCollateral(token, uint8(place - 1), config);
    }

    /// @inheritdoc ICollateralVault
    function setQuoteFeed(uint16 underlying) external restricted {
        if (underlying != 0) _requireListed(underlying);
        quoteFeed = underlying;
        _noteSettings();
        (uint64 seq, bytes24 hash) = _advance(keccak256(abi.encode(QuoteFeedSet.selector, underlying)));
        emit QuoteFeedSet(underlying, seq, hash);
    }

    /// @inheritdoc ICollateralVault
    function tokens() public view returns (address[] memory) {
        return _tokens;
    }

    /// @inheritdoc ICollateralVault
    function configOf(address token) external view returns (CollateralConfig memory) {
        return _configs[_placeOf(token)];
    }

    function settingsDigest() public view override(ICollateralVault, SettingsAnnex) returns (bytes32) {
        return keccak256(abi.encode(_tokens, _configs, quoteFeed));
    }

    function _placeOf(address token) internal view returns (uint256 place) {
        place = _placePlusOne[token];
        if (place == 0) revert UnknownToken(token);
        --place;
    }

    function _config(uint256 place) internal view returns (CollateralConfig memory) {
        return _configs[place];
    }

    function _token(uint256 place) internal view returns (address) {
        return _tokens[place];
    }

    /// @dev Token units of one whole token.
    function _unit(uint256 place) internal view returns (uint256) {
        return 10 ** _decimals[place];
    }

    function _check(address token, CollateralConfig calldata config) private view {
        if (token == _quoteToken) revert TokenIsQuote(token);
        _requireListed(config.underlying);
        // above all of it there is nothing to take off
        _requireWithin("haircutBps", config.haircutBps, config.maintenanceHaircutBps, BPS);
        // token units: below it no product with a price overflows
        _requireWithin("cap", config.cap, 0, 1e36);
    }

    function _requireListed(uint16 underlying) private view {
        if (!parameters.underlyingConfig(underlying).listed) {
            revert IRiskParameters.UnlistedUnderlying(underlying);
        }
    }

    function _list(address token, CollateralConfig calldata config) private returns (uint256 placePlusOne) {
        if (_tokens.length == MOST_TOKENS) revert TooManyTokens(MOST_TOKENS);
        uint8 decimals = IERC20Metadata(token).decimals();
        if (decimals > WAD_DECIMALS) revert ILedgerModules.TooManyDecimals(decimals, WAD_DECIMALS);
        _tokens.push(token);
        _configs.push(config);
        _decimals.push(decimals);
        placePlusOne = _tokens.length;
        _placePlusOne[token] = placePlusOne;
    }

    function _recordCollateral(address token, uint8 place, CollateralConfig calldata c) private {
        bytes32 digest = keccak256(
            abi.encode(
                CollateralSet.selector,
                token,
                place,
                _decimals[place],
                c.underlying,
                c.haircutBps,
                c.maintenanceHaircutBps,
                c.cap
            )
        );
        (uint64 seq, bytes24 hash) = _advance(digest);
        emit CollateralSet(
            token,
            place,
            _decimals[place],
            c.underlying,
            c.haircutBps,
            c.maintenanceHaircutBps,
            c.cap,
            seq,
            hash
        );
    }
}
