// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    Annex,
    AuctionCurve,
    IRiskParameters,
    LaneLimits,
    MarginModel,
    ScenarioPoint,
    UnderlyingConfig
} from "../interfaces/IRiskParameters.sol";
import {IMarketState} from "../interfaces/IMarketState.sol";
import {PriceTerms} from "../libraries/PriceTerms.sol";
import {RatioRules} from "../types/Attestation.sol";
import {MarketState} from "./MarketState.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {ParameterRecord} from "./ParameterRecord.sol";

/// @title What is stored of the parameters, how it is read, and its digest
abstract contract ParameterStore is ParameterRecord, MarketState {
    /// @inheritdoc IRiskParameters
    bytes32 public parametersDigest;

    UnderlyingConfig[] internal _underlyings; // underlying u at index u - 1
    uint64[] internal _priceOnly; // age volatility of underlying FIRST_PRICE_ONLY + index
    mapping(uint256 slot => uint256) internal _priceTerms;
    uint32[] internal _expiries;
    mapping(uint32 expiry => bool) internal _expiryListed;
    int256[] internal _loadings;
    int64[] internal _covariance;
    ScenarioPoint[] internal _grid;
    /// @dev `PackedGrid` as the code of a contract that cannot be called: one cold read for all of it.
    address internal _packedGrid;
    MarginModel internal _marginModel;
    LaneLimits internal _laneLimits;
    /// @dev What of both verdicts are judged by, in one slot.
    RatioRules internal _ratioRules;
    AuctionCurve internal _auctionCurve;
    Annex[] internal _annexes;

    /// @inheritdoc IRiskParameters
    function annexes() external view returns (Annex[] memory) {
        return _annexes;
    }

    /// @inheritdoc IRiskParameters
    function priceOnly() external view returns (uint64[] memory) {
        return _priceOnly;
    }

    /// @inheritdoc IRiskParameters
    /// @dev The dispatcher compares selectors in ascending order: this one and the next, which rounds ask, come first.
    function attestationRules() external view returns (RatioRules memory) {
        return _ratioRules;
    }

    /// @inheritdoc IRiskParameters
    function termsOfPrices(uint64 slot) external view returns (bytes32 digest, uint256 terms) {
        digest = parametersDigest;
        if (slot != PriceTerms.NO_SLOT) terms = _priceTerms[slot];
    }

    /// @inheritdoc IRiskParameters
    function underlyingCount() external view returns (uint16) {
        return uint16(_underlyings.length);
    }

    /// @inheritdoc IRiskParameters
    /// @dev All zero, `listed` false, for an underlying that is not listed.
    function underlyingConfig(uint16 underlying) public view returns (UnderlyingConfig memory config) {
        if (underlying != 0 && underlying <= _underlyings.length) return _underlyings[underlying - 1];
        uint256 first = ParameterBounds.FIRST_PRICE_ONLY;
        if (underlying >= first && underlying < first + _priceOnly.length) {
            config.ageVolatility = _priceOnly[underlying - first];
        }
    }

    /// @inheritdoc IRiskParameters
    function isExpiryListed(uint32 expiry) external view returns (bool) {
        return _expiryListed[expiry];
    }

    /// @inheritdoc IRiskParameters
    function listedExpiries() external view returns (uint32[] memory) {
        return _expiries;
    }

    /// @inheritdoc IRiskParameters
    function covariance() external view returns (int256[] memory matrix) {
        matrix = new int256[](_covariance.length);
        // four entries to a slot, the first lowest
        assembly ("memory-safe") {
            mstore(0x00, _covariance.slot)
            let slot := keccak256(0x00, 0x20)
            let end := add(add(matrix, 0x20), shl(5, mload(matrix)))
            let word := 0
            for { let place := add(matrix, 0x20) } lt(place, end) { place := add(place, 0x20) } {
                switch and(sub(place, matrix), 0x60)
                case 0x20 {
                    word := sload(slot)
                    slot := add(slot, 1)
                }
                default { word := shr(64, word) }
                mstore(place, signextend(7, word))
            }
        }
    }

    /// @inheritdoc IRiskParameters
    function loadings() external view returns (int256[] memory) {
        return _loadings;
    }

    /// @inheritdoc IRiskParameters
    function scenarioGrid() external view returns (ScenarioPoint[] memory) {
        return _grid;
    }

    /// @inheritdoc IRiskParameters
    function packedGrid() external view returns (uint256[] memory words) {
        address from = _packedGrid;
        if (from == address(0)) return words;
        words = new uint256[]((from.code.length - 1) / 32);
        assembly ("memory-safe") {
            extcodecopy(from, add(words, 0x20), 1, shl(5, mload(words)))
        }
    }

    /// @inheritdoc IRiskParameters
    /// @dev Code has zeros behind its end.
    function gridWord(uint256 place) external view returns (uint256 word) {
        address from = _packedGrid;
        uint256 start = 1 + 32 * place;
        assembly ("memory-safe") {
            extcodecopy(from, 0x00, start, 0x20)
            word := mload(0x00)
        }
    }

    /// @inheritdoc IRiskParameters
    function marginModel() external view returns (MarginModel memory) {
        return _marginModel;
    }

    /// @inheritdoc IRiskParameters
    function laneLimits() external view returns (LaneLimits memory) {
        return _laneLimits;
    }

    /// @inheritdoc IRiskParameters
    function haltAge() external view returns (uint32) {
        return _laneLimits.haltAge;
    }

    /// @inheritdoc IRiskParameters
    function auctionCurve() external view returns (AuctionCurve memory) {
        return _auctionCurve;
    }

    /// @inheritdoc IMarketState
    function stateDigest() external view returns (bytes32) {
        return keccak256(abi.encode(_loadings, _marketDigest(uint16(_underlyings.length))));
    }

    /// @dev keccak256(abi.encode(underlyings, price-only age volatilities, live expiries, grid, model, limits, curve,
    /// annexes)); what the state lane sets is left out.
    function _updateDigest() internal {
        parametersDigest = keccak256(
            abi.encode(
                _underlyings, _priceOnly, _expiries, _grid, _marginModel, _laneLimits, _auctionCurve, _annexes
            )
        );
    }
}
