// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    AuctionCurve,
    LaneLimits,
    MarginModel,
    ScenarioPoint,
    UnderlyingConfig
} from "contracts/interfaces/IRiskParameters.sol";
import {RiskParameters} from "contracts/parameters/RiskParameters.sol";

/// @notice Valid parameters, and the call that sets them all.
library ParameterFixtures {
    function underlying() internal pure returns (UnderlyingConfig memory) {
        return UnderlyingConfig({listed: true, ageVolatility: 0.8e18, fundingRate: 0.1e12, lotSize: 0.01e18});
    }

    function marginModel() internal pure returns (MarginModel memory) {
        return MarginModel({
            valueAtRiskMultiplier: 2.5e18,
            expectedShortfallMultiplier: 3e18,
            ratioFloorBps: 8_000,
            ratioCapBps: 20_000,
            staleInitialRatioBps: 12_000,
            attestationDecaySeconds: 1 days,
            cureBufferBps: 500,
            shortOptionChargeBps: 50,
            minimumNotionalBps: 100,
            termFloorDays: 7
        });
    }

    function laneLimits() internal pure returns (LaneLimits memory) {
        return LaneLimits({
            reduceOnlyAge: 10 minutes,
            haltAge: 1 hours,
            attestationMaxAge: 2 hours,
            maxTimeToLive: 15 minutes,
            basisBandBps: 1_000,
            maxVolatilityBps: 50_000,
            minVolatilityBps: 500,
            riseGraceSeconds: 15 minutes,
            riseSeconds: 2 hours,
            volatilityStepBps: 5_000,
            volatilitySpeedBps: 20_000,
            referenceBandBps: 40_000,
            referenceSeconds: 1 days
        });
    }

    function auctionCurve() internal pure returns (AuctionCurve memory) {
        return AuctionCurve({
            durationSeconds: 1 hours,
            startDiscountBps: 100,
            endDiscountBps: 5_000,
            insuranceFeeBps: 100,
            dustRequirement: 50e18,
            rewardBps: 20,
            mostReward: 200
        });
    }

    /// @dev Two underlyings: spot moves of 6% and 8% with correlation, volatility moves of 15% and 12%.
    function loadings() internal pure returns (int256[] memory l) {
        l = new int256[](10);
        l[0] = 0.06e18;
        (l[1], l[2]) = (-0.05e18, 0.15e18);
        (l[3], l[4], l[5]) = (0.05e18, 0, 0.06e18);
        (l[6], l[7], l[8], l[9]) = (-0.03e18, 0.08e18, -0.02e18, 0.09e18);
    }

    function grid() internal pure returns (ScenarioPoint[] memory points) {
        points = new ScenarioPoint[](3);
        points[0] = ScenarioPoint(-1_500, 3_000, 10_000);
        points[1] = ScenarioPoint(0, -2_500, 10_000);
        points[2] = ScenarioPoint(4_500, 0, 3_500);
    }

    /// @notice Everything but expiries; the caller holds the parameter role.
    function setAll(RiskParameters parameters) internal {
        parameters.setUnderlying(1, underlying());
        parameters.setUnderlying(2, underlying());
        parameters.setCovariance(loadings());
        parameters.setScenarioGrid(grid());
        parameters.setMarginModel(marginModel());
        parameters.setLaneLimits(laneLimits());
        parameters.setAuctionCurve(auctionCurve());
    }
}
