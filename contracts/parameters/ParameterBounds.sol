// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    AuctionCurve,
    IRiskParameters,
    LaneLimits,
    MarginModel,
    ScenarioPoint,
    UnderlyingConfig
} from "../interfaces/IRiskParameters.sol";

import {YEAR} from "../types/Units.sol";

/// @title Hard bounds of every parameter
/// @notice No role can move a parameter outside these. A value outside is refused with its bound, never clamped.
library ParameterBounds {
    int256 private constant ONE_BPS = 10_000;

    /// @dev A full covariance of 8 underlyings is 16 x 16; the joint variance loop stays affordable.
    uint256 internal constant MAX_UNDERLYINGS = 8;
    /// @dev Ids from here on are listed for prices alone: they have no row in the covariance, which is what bounds the
    /// others, and cost the digest one word each.
    uint256 internal constant FIRST_PRICE_ONLY = 256;
    uint256 internal constant MAX_PRICE_ONLY = 64;
    /// @dev Expiries alive at once: a year of weeklies and quarterlies; bounds the cost of the digest.
    uint256 internal constant MAX_LIVE_EXPIRIES = 64;
    /// @dev Contracts that keep settings of their own; bounds the cost of the digest.
    uint256 internal constant MAX_ANNEXES = 16;
    /// @dev Longest option: the volatility term structure is not quoted beyond three years.
    uint256 internal constant MAX_TIME_TO_EXPIRY = 3 * YEAR;
    /// @dev Every account is revalued at each point: 32 points keep 64 legs within a block.
    uint256 internal constant MAX_GRID_POINTS = 32;
    /// @dev A loading, like a standard deviation over the horizon, is at most 300%: covariances then fit 64 bits.
    int256 internal constant MAX_LOADING = 3e18;
    int256 internal constant MAX_VARIANCE = 9e18;
    /// @dev (0.1%)^2: no factor may be declared riskless.
    int256 internal constant MIN_VARIANCE = 1e12;

    function within(bytes32 name, int256 value, int256 least, int256 most) internal pure {
        if (value < least || value > most) {
            revert IRiskParameters.ParameterOutOfBounds(name, value, least, most);
        }
    }

    function within(bytes32 name, uint256 value, uint256 least, uint256 most) internal pure {
        // every unsigned parameter is at most 128 bits wide
        within(name, int256(value), int256(least), int256(most));
    }

    function check(UnderlyingConfig calldata config) internal pure {
        // open positions need their underlying for ever, so listing cannot be taken back
        within("listed", config.listed ? 1 : 0, uint256(1), 1);
        checkAgeVolatility(config.ageVolatility);
        // at most ten times the index a year, either way
        within("fundingRate", int256(config.fundingRate), -10e12, 10e12);
        within("lotSize", config.lotSize, uint256(1), 1e24);
    }

    function checkAgeVolatility(uint64 ageVolatility) internal pure {
        // 1% to 1000% a year: zero would stop a stale price from widening
        within("ageVolatility", ageVolatility, uint256(0.01e18), 10e18);
    }

    function check(ScenarioPoint calldata point) internal pure {
        // a price cannot fall by all of itself; eleven-fold is beyond any recorded day
        within("spotShockBps", int256(point.spotShockBps), -9_999, 100_000);
        within("volatilityShockBps", int256(point.volatilityShockBps), -ONE_BPS, 100_000);
        within("weightBps", point.weightBps, uint256(1), 10_000);
    }

    function check(MarginModel calldata model) internal pure {
        // least one standard deviation; by Cantelli's inequality no distribution has a 99% quantile above 9.95
        within("valueAtRiskMultiplier", model.valueAtRiskMultiplier, uint256(1e18), 10e18);
        // a tail mean is never below its quantile
        within(
            "expectedShortfallMultiplier",
            model.expectedShortfallMultiplier,
            uint256(model.valueAtRiskMultiplier),
            10e18
        );
        // the quorum may at most halve the own requirement, and at most multiply it by five
        within("ratioFloorBps", model.ratioFloorBps, uint256(5_000), 10_000);
        within("ratioCapBps", model.ratioCapBps, uint256(10_001), 50_000);
        within("staleInitialRatioBps", model.staleInitialRatioBps, uint256(10_001), model.ratioCapBps);
        // a divisor; a month is the longest a verdict may linger
        within("attestationDecaySeconds", model.attestationDecaySeconds, uint256(1), 30 days);
        // a liquidation must leave some distance to the next one
        within("cureBufferBps", model.cureBufferBps, uint256(1), 5_000);
        within("shortOptionChargeBps", model.shortOptionChargeBps, uint256(0), 1_000);
        // above zero: leverage is never unlimited; half: nobody is forced below two-fold leverage
        within("minimumNotionalBps", model.minimumNotionalBps, uint256(1), 5_000);
        // a divisor; the volatility factors are 30-day ones
        within("termFloorDays", model.termFloorDays, uint256(1), 30);
    }

    function check(LaneLimits calldata limits) internal pure {
        // one day: older prices are history
        within("reduceOnlyAge", limits.reduceOnlyAge, uint256(1), 1 days);
        within("haltAge", limits.haltAge, uint256(limits.reduceOnlyAge), 2 days);
        within("attestationMaxAge", limits.attestationMaxAge, uint256(1), 7 days);
        // a signed round is withheld for a day at most; a minute, which `RoundGate` relies on, is always allowed
        within("maxTimeToLive", limits.maxTimeToLive, uint256(1 minutes), 1 days);
        within("basisBandBps", limits.basisBandBps, uint256(1), 5_000);
        // 1% to 1000%: zero volatility has no Greeks
        within("minVolatilityBps", limits.minVolatilityBps, uint256(100), 100_000);
        // a day's notice is the longest; a week the longest for a rise by 1, and at least a minute: none is instant
        within("riseGraceSeconds", limits.riseGraceSeconds, uint256(0), 1 days);
        within("riseSeconds", limits.riseSeconds, uint256(1 minutes), 7 days);
        // 1% lets any surface move; eleven-fold is beyond any recorded hour
        within("volatilityStepBps", limits.volatilityStepBps, uint256(100), 100_000);
        within("volatilitySpeedBps", limits.volatilitySpeedBps, uint256(100), 1_000_000);
        // a tenth either way, up to a hundred-fold; the reference follows within a month
        within("referenceBandBps", limits.referenceBandBps, uint256(1_000), 1_000_000);
        within("referenceSeconds", limits.referenceSeconds, uint256(1 hours), 30 days);
        within("maxVolatilityBps", limits.maxVolatilityBps, uint256(limits.minVolatilityBps), 100_000);
    }

    function check(AuctionCurve calldata curve) internal pure {
        // a divisor; a minute is a few blocks for a second bidder, a week is the longest a loss may stay open
        within("durationSeconds", curve.durationSeconds, uint256(1 minutes), 7 days);
        within("startDiscountBps", curve.startDiscountBps, uint256(0), curve.endDiscountBps);
        // discount and fee come out of the requirement held for this purpose
        within("insuranceFeeBps", curve.insuranceFeeBps, uint256(0), 1_000);
        within(
            "endDiscountBps",
            curve.endDiscountBps,
            uint256(curve.startDiscountBps),
            10_000 - curve.insuranceFeeBps
        );
        // a large account is never dust
        within("dustRequirement", curve.dustRequirement, uint256(0), 100_000e18);
        // gas and effort, not a prize; the discount is the bidders'
        within("rewardBps", curve.rewardBps, uint256(0), 200);
        within("mostReward", curve.mostReward, uint256(0), 10_000);
    }
}
