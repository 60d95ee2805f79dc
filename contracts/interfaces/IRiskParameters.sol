// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RatioRules} from "../types/Attestation.sol";

/// @notice One point of the scenario grid.
/// @param spotShockBps relative move of index and forwards, > -10_000
/// @param volatilityShockBps relative move of the 30-day volatility; an expiry at T moves by this times its term weight
/// @param weightBps share of the loss that counts, 10_000 except at dampened tail points
struct ScenarioPoint {
    int32 spotShockBps;
    int32 volatilityShockBps;
    uint32 weightBps;
}

/// @notice Constants of the contract's own requirement and of the corridor around it.
/// @param valueAtRiskMultiplier, expectedShortfallMultiplier WAD, of the delta-gamma-vega standard deviation
/// @param ratioFloorBps, ratioCapBps corridor of attested ratios
/// @param staleInitialRatioBps initial ratio without a fresh attestation, above 10_000
/// @param attestationDecaySeconds time in which a last attested maintenance ratio above 1 decays to 1
/// @param cureBufferBps a liquidation stops at maintenance x (1 + buffer)
/// @param shortOptionChargeBps of index price, per unit of short option
/// @param minimumNotionalBps least own requirement as a share of gross notional (sum of |quantity| x index)
/// @param termFloorDays shortest time for the volatility term weight sqrt(30 d / max(T, floor))
struct MarginModel {
    uint64 valueAtRiskMultiplier;
    uint64 expectedShortfallMultiplier;
    uint16 ratioFloorBps;
    uint16 ratioCapBps;
    uint16 staleInitialRatioBps;
    uint32 attestationDecaySeconds;
    uint16 cureBufferBps;
    uint16 shortOptionChargeBps;
    uint16 minimumNotionalBps;
    uint16 termFloorDays;
}

/// @notice Freshness limits of the lanes and the box around what they may say.
/// @param reduceOnlyAge price age in seconds from which only risk reduction passes
/// @param haltAge price or surface age from which only deposits pass
/// @param attestationMaxAge seconds for which an attested margin row counts
/// @param maxTimeToLive longest validUntil - observedAt of any message
/// @param basisBandBps |forward / index - 1| of a surface row
/// @param maxVolatilityBps highest at-the-money implied volatility of a surface row (10_000 is 100%)
/// @param minVolatilityBps lowest
/// @param riseGraceSeconds time before a rise of an attested maintenance ratio begins to count
/// @param riseSeconds time in which it then rises by 1 (10_000 basis points)
/// @param volatilityStepBps relative move of a surface's volatilities against the last accepted surface, at once
/// @param volatilitySpeedBps and besides for each hour between them
/// @param referenceBandBps relative distance of the volatility at the money from its slow reference
/// @param referenceSeconds time constant of that reference
struct LaneLimits {
    uint32 reduceOnlyAge;
    uint32 haltAge;
    uint32 attestationMaxAge;
    uint32 maxTimeToLive;
    uint16 basisBandBps;
    uint32 maxVolatilityBps;
    uint32 minVolatilityBps;
    uint24 riseGraceSeconds;
    uint24 riseSeconds;
    uint32 volatilityStepBps;
    uint32 volatilitySpeedBps;
    uint32 referenceBandBps;
    uint32 referenceSeconds;
}

/// @notice The Dutch auction's curve, snapshotted when an auction starts. Discounts are shares of the
/// requirement proven by the worst witness, paid to the bidder in proportion to the part taken.
/// @param durationSeconds time from first to last discount
/// @param startDiscountBps, endDiscountBps discount at the start and at the end
/// @param insuranceFeeBps share of the same base paid to the insurance fund while the account is solvent
/// @param dustRequirement own requirement in WAD below which an account may be taken over whole
/// @param rewardBps share of the proven bound paid to whoever starts an auction, out of the account's equity
/// @param mostReward the same in whole quote units, at most
struct AuctionCurve {
    uint32 durationSeconds;
    uint16 startDiscountBps;
    uint16 endDiscountBps;
    uint16 insuranceFeeBps;
    uint128 dustRequirement;
    uint16 rewardBps;
    uint32 mostReward;
}

/// @notice A listed underlying.
/// @param ageVolatility annual volatility (WAD) by which a price interval widens with sqrt(age)
/// @param fundingRate yearly funding of perpetuals as a share of index, in 1e-12, longs pay when positive
/// @param lotSize smallest quantity step, WAD
struct UnderlyingConfig {
    bool listed;
    uint64 ageVolatility;
    int64 fundingRate;
    uint96 lotSize;
}

/// @notice Settings that a contract of the system keeps itself.
struct Annex {
    address module;
    bytes32 settingsDigest;
}

/// @title Parameters of margin, lanes and auctions
/// @notice All setters are restricted by the access manager and revert, never clamp, when out of bounds.
/// Trust: holders of the parameter role can change margins within the bounds below; every change but that of the
/// covariance, which is market state, alters `parametersDigest`, so nothing signed before it is valid after it.
interface IRiskParameters {
    error ParameterOutOfBounds(bytes32 parameter, int256 value, int256 least, int256 most);
    error UnlistedUnderlying(uint16 underlying);
    error UnlistedExpiry(uint32 expiry);
    error CovarianceSize(uint256 given, uint256 expected);

    event UnderlyingListed(
        uint16 indexed underlying,
        uint64 ageVolatility,
        int64 fundingRate,
        uint96 lotSize,
        uint64 seq,
        bytes24 runningHash
    );
    event AnnexNoted(address indexed module, bytes32 settingsDigest, uint64 seq, bytes24 runningHash);
    event ExpiryListed(uint32 indexed expiry, uint64 seq, bytes24 runningHash);
    event LoadingSet(
        uint8 indexed row, uint8 indexed column, int256 loading, uint64 seq, bytes24 runningHash
    );
    event ScenarioPointSet(
        uint8 indexed index,
        int32 spotShockBps,
        int32 volatilityShockBps,
        uint32 weightBps,
        uint64 seq,
        bytes24 runningHash
    );
    event MarginModelSet(
        bytes32 indexed digest,
        uint64 valueAtRiskMultiplier,
        uint64 expectedShortfallMultiplier,
        uint16 ratioFloorBps,
        uint16 ratioCapBps,
        uint64 seq,
        bytes24 runningHash
    );
    event LaneLimitsSet(
        bytes32 indexed digest,
        uint32 reduceOnlyAge,
        uint32 haltAge,
        uint32 attestationMaxAge,
        uint32 maxTimeToLive,
        uint64 seq,
        bytes24 runningHash
    );
    event AuctionCurveSet(
        bytes32 indexed digest,
        uint32 durationSeconds,
        uint16 startDiscountBps,
        uint16 endDiscountBps,
        uint64 seq,
        bytes24 runningHash
    );

    /// @notice Lists the next underlying (ids run from 1) or changes one that is listed.
    function setUnderlying(uint16 underlying, UnderlyingConfig calldata config) external;

    /// @notice Lists an expiry (08:00 UTC, in the future).
    function listExpiry(uint32 expiry) external;

    /// @notice Sets the covariance S = L L' from its loadings, hence positive semidefinite by construction.
    /// Factors: 2(u-1) is the relative spot move of underlying u over the margin horizon, 2(u-1)+1 its relative
    /// move of 30-day volatility. `loadings` is L by rows, lower triangle included only (row i has i+1 entries), WAD.
    function setCovariance(int256[] calldata loadings) external;

    function setScenarioGrid(ScenarioPoint[] calldata points) external;
    function setMarginModel(MarginModel calldata model) external;
    function setLaneLimits(LaneLimits calldata limits) external;
    function setAuctionCurve(AuctionCurve calldata curve) external;

    /// @notice Records the digest of settings that the calling contract keeps, so that whatever was signed under other settings is
    /// void. Restricted to contracts of the system that keep settings.
    function noteAnnex(bytes32 settingsDigest) external;

    /// @notice Lists an id of `ParameterBounds.FIRST_PRICE_ONLY` and above for prices alone, or changes it: no positions, no
    /// covariance, no surface. Collateral and quote tokens are such.
    function setPriceOnly(uint16 underlying, uint64 ageVolatility) external;

    /// @notice keccak-256 over every parameter in force, without the market state (see IMarketState).
    function parametersDigest() external view returns (bytes32);

    /// @notice Digests of settings kept elsewhere, in the order in which their contracts first noted any.
    function annexes() external view returns (Annex[] memory);
    /// @notice Age volatilities of those listed for prices alone, from `ParameterBounds.FIRST_PRICE_ONLY` on.
    function priceOnly() external view returns (uint64[] memory);
    /// @notice What attested ratios are judged by and come into force by.
    function attestationRules() external view returns (RatioRules memory);
    /// @notice What a round is held to, in one call: the digest, and which underlyings are listed for prices with their funding
    /// rates, packed as `PriceTerms` says; no terms for `PriceTerms.NO_SLOT`.
    function termsOfPrices(uint64 slot) external view returns (bytes32 digest, uint256 terms);

    function underlyingCount() external view returns (uint16);
    /// @notice `listed` is false for one listed for prices alone, all else but `ageVolatility` zero.
    function underlyingConfig(uint16 underlying) external view returns (UnderlyingConfig memory);
    function isExpiryListed(uint32 expiry) external view returns (bool);
    function listedExpiries() external view returns (uint32[] memory);

    /// @notice The covariance matrix by rows, 2n x 2n, WAD.
    function covariance() external view returns (int256[] memory);
    function loadings() external view returns (int256[] memory);
    function scenarioGrid() external view returns (ScenarioPoint[] memory);
    /// @notice The grid as `PackedGrid` has it.
    function packedGrid() external view returns (uint256[] memory);
    /// @notice One word of it; 0 beyond the last.
    function gridWord(uint256 place) external view returns (uint256);
    function marginModel() external view returns (MarginModel memory);
    function laneLimits() external view returns (LaneLimits memory);
    /// @notice One of them: each price is held to it.
    function haltAge() external view returns (uint32);
    function auctionCurve() external view returns (AuctionCurve memory);
}
