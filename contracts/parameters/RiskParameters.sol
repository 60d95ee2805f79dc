// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

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
import {CorridorRatio} from "../libraries/CorridorRatio.sol";
import {PriceTerms} from "../libraries/PriceTerms.sol";
import {PackedGrid} from "../libraries/PackedGrid.sol";
import {Covariance} from "./Covariance.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {ParameterStore} from "./ParameterStore.sol";

/// @title The parameters in force
/// @notice Unset parameters are zero: rounds, trades and withdrawals are refused until all are set.
contract RiskParameters is ParameterStore, AccessManaged {
    constructor(address authority) AccessManaged(authority) {
        _updateDigest();
    }

    // ---- listing ----

    /// @inheritdoc IRiskParameters
    /// @dev A new underlying starts with independent factors of 100% standard deviation, so that it is never
    /// margined as riskless before `setCovariance` is called.
    function setUnderlying(uint16 underlying, UnderlyingConfig calldata config) external restricted {
        uint256 count = _underlyings.length;
        if (underlying == 0 || underlying > count + 1) revert UnlistedUnderlying(underlying);
        ParameterBounds.within("underlyings", underlying, uint256(1), ParameterBounds.MAX_UNDERLYINGS);
        ParameterBounds.check(config);
        if (underlying == count + 1) {
            _underlyings.push();
            _setLoadings(Covariance.withIndependentFactors(_loadings));
        }
        _underlyings[underlying - 1] = config;
        _listForPrices(underlying, config.fundingRate);
        _updateDigest();
        _recordUnderlying(underlying, config);
    }

    /// @inheritdoc IRiskParameters
    function setPriceOnly(uint16 underlying, uint64 ageVolatility) external restricted {
        uint256 count = _priceOnly.length;
        uint256 first = ParameterBounds.FIRST_PRICE_ONLY;
        if (underlying < first || underlying > first + count) revert UnlistedUnderlying(underlying);
        ParameterBounds.within("priceOnly", underlying - first + 1, 1, ParameterBounds.MAX_PRICE_ONLY);
        ParameterBounds.checkAgeVolatility(ageVolatility);
        if (underlying == first + count) _priceOnly.push();
        _priceOnly[underlying - first] = ageVolatility;
        _listForPrices(underlying, 0);
        _updateDigest();
        _recordUnderlying(underlying, underlyingConfig(underlying));
    }

    /// @inheritdoc IRiskParameters
    /// @dev Expired ones leave `listedExpiries` here, but stay listed for their settlement.
    function listExpiry(uint32 expiry) external restricted {
        uint256 earliest = block.timestamp + 1;
        ParameterBounds.within(
            "expiry", expiry, earliest, block.timestamp + ParameterBounds.MAX_TIME_TO_EXPIRY
        );
        ParameterBounds.within("expiryTimeOfDay", expiry % 1 days, uint256(8 hours), 8 hours);
        ParameterBounds.within("expiryAlreadyListed", _expiryListed[expiry] ? 1 : 0, uint256(0), 0);
        _dropExpired();
        _expiryListed[expiry] = true;
        _expiries.push(expiry);
        ParameterBounds.within(
            "liveExpiries", _expiries.length, uint256(1), ParameterBounds.MAX_LIVE_EXPIRIES
        );
        _updateDigest();
        _recordExpiry(expiry);
    }

    // ---- margin, lanes, auctions ----

    /// @inheritdoc IRiskParameters
    function setCovariance(int256[] calldata loadings_) external restricted {
        _replaceLoadings(loadings_);
    }

    /// @inheritdoc IRiskParameters
    function setScenarioGrid(ScenarioPoint[] calldata points) external restricted {
        ParameterBounds.within("gridPoints", points.length, uint256(1), ParameterBounds.MAX_GRID_POINTS);
        delete _grid;
        for (uint256 index; index < points.length; ++index) {
            ParameterBounds.check(points[index]);
            _grid.push(points[index]);
        }
        _packedGrid = SSTORE2.write(abi.encodePacked(PackedGrid.pack(points)));
        _updateDigest();
        for (uint256 index; index < points.length; ++index) {
            _recordPoint(uint8(index), points[index]);
        }
    }

    /// @inheritdoc IRiskParameters
    function setMarginModel(MarginModel calldata model) external restricted {
        ParameterBounds.check(model);
        _marginModel = model;
        _ratioRules = CorridorRatio.rulesOf(model, _laneLimits);
        _updateDigest();
        _recordMarginModel(keccak256(abi.encode(model)), model);
    }

    /// @inheritdoc IRiskParameters
    function setLaneLimits(LaneLimits calldata limits) external restricted {
        ParameterBounds.check(limits);
        _laneLimits = limits;
        _ratioRules = CorridorRatio.rulesOf(_marginModel, limits);
        _updateDigest();
        _recordLaneLimits(keccak256(abi.encode(limits)), limits);
    }

    /// @inheritdoc IRiskParameters
    function setAuctionCurve(AuctionCurve calldata curve) external restricted {
        ParameterBounds.check(curve);
        _auctionCurve = curve;
        _updateDigest();
        _recordAuctionCurve(keccak256(abi.encode(curve)), curve);
    }

    /// @inheritdoc IRiskParameters
    function noteAnnex(bytes32 settingsDigest) external restricted {
        uint256 count = _annexes.length;
        uint256 place;
        while (place < count && _annexes[place].module != msg.sender) ++place;
        if (place == count) {
            ParameterBounds.within("annexes", count + 1, uint256(1), ParameterBounds.MAX_ANNEXES);
            _annexes.push(Annex(msg.sender, settingsDigest));
        } else {
            _annexes[place].settingsDigest = settingsDigest;
        }
        _updateDigest();
        _recordAnnex(msg.sender, settingsDigest);
    }

    // ---- market state ----

    /// @inheritdoc IMarketState
    function updateCovariance(int256[] calldata loadings_) external restricted {
        _replaceLoadings(loadings_);
    }

    /// @inheritdoc IMarketState
    function setPerpetualState(uint16 underlying, int64 premium, int120 fundingPerYear, uint32 life)
        external
        restricted
    {
        if (underlying == 0 || underlying > _underlyings.length) {
            revert UnlistedUnderlying(underlying);
        }
        _setPerpetualState(underlying, premium, fundingPerYear, life);
    }

    /// @inheritdoc IMarketState
    function setBorrowPremium(uint64 premium) external restricted {
        _setBorrowPremium(premium);
    }

    // ---- storage ----

    function _listForPrices(uint16 underlying, int64 fundingRate) private {
        uint256 slot = PriceTerms.slotOf(underlying);
        _priceTerms[slot] = PriceTerms.list(_priceTerms[slot], underlying, fundingRate);
    }

    function _replaceLoadings(int256[] calldata loadings_) private {
        uint256 expected = Covariance.loadingCount(_underlyings.length);
        if (loadings_.length != expected) revert CovarianceSize(loadings_.length, expected);
        _setLoadings(loadings_);
    }

    function _setLoadings(int256[] memory loadings_) private {
        _covariance = Covariance.fromLoadings(loadings_, 2 * _underlyings.length);
        _loadings = loadings_;
        uint256 position;
        for (uint256 row; row < 2 * _underlyings.length; ++row) {
            for (uint256 column; column <= row; ++column) {
                _recordLoading(uint8(row), uint8(column), loadings_[position++]);
            }
        }
    }

    function _dropExpired() private {
        uint256 kept;
        for (uint256 index; index < _expiries.length; ++index) {
            if (_expiries[index] > block.timestamp) _expiries[kept++] = _expiries[index];
        }
        while (_expiries.length > kept) _expiries.pop();
    }
}
