// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    AuctionCurve,
    IRiskParameters,
    LaneLimits,
    MarginModel,
    ScenarioPoint,
    UnderlyingConfig
} from "../../contracts/interfaces/IRiskParameters.sol";
import {ICollateralVault} from "../../contracts/interfaces/ICollateralVault.sol";
import {IMarginAccounts} from "../../contracts/interfaces/IMarginAccounts.sol";
import {IMarketState} from "../../contracts/interfaces/IMarketState.sol";
import {StateLimits} from "../../contracts/interfaces/IStateLane.sol";

import {ILedgerTerms} from "../../contracts/interfaces/ILedgerTerms.sol";
import {RiskTerms} from "../../contracts/types/RiskTerms.sol";
import {TradeTerms} from "../../contracts/types/Trading.sol";
import {CollateralConfig, OutflowLimit} from "../../contracts/types/Collateral.sol";

/// @notice A realistic parameter set for bitcoin and ether, and which functions each role may call.
library SystemParameters {
    function bitcoin() internal pure returns (UnderlyingConfig memory) {
        return UnderlyingConfig(true, 0.8e18, 0.1e12, 0.001e18);
    }

    function ether_() internal pure returns (UnderlyingConfig memory) {
        return UnderlyingConfig(true, 1e18, 0.1e12, 0.01e18);
    }

    /// @dev Daily moves: bitcoin 4%, ether 5% with correlation 0.9; 30-day volatility 10% a day, against spot.
    function loadings() internal pure returns (int256[] memory list) {
        list = new int256[](10);
        list[0] = 0.04e18;
        (list[1], list[2]) = (-0.05e18, 0.0866e18);
        (list[3], list[4], list[5]) = (0.045e18, 0, 0.0218e18);
        (list[6], list[7], list[8], list[9]) = (-0.04e18, 0.07e18, 0, 0.059e18);
    }

    /// @dev Spot -20%, 0, +20% by volatility -25%, 0, +50%, and two far points at 35% weight.
    function grid() internal pure returns (ScenarioPoint[] memory points) {
        points = new ScenarioPoint[](11);
        int32[3] memory spot = [int32(-2000), 0, 2000];
        int32[3] memory volatility = [int32(-2500), 0, 5000];
        for (uint256 i = 0; i < 9; ++i) {
            points[i] = ScenarioPoint(spot[i / 3], volatility[i % 3], 10_000);
        }
        points[9] = ScenarioPoint(-5000, 0, 3500);
        points[10] = ScenarioPoint(5000, 0, 3500);
    }

    function marginModel() internal pure returns (MarginModel memory) {
        return MarginModel({
            valueAtRiskMultiplier: 2.33e18,
            expectedShortfallMultiplier: 2.67e18,
            ratioFloorBps: 8000,
            ratioCapBps: 20_000,
            staleInitialRatioBps: 13_000,
            attestationDecaySeconds: 1 hours,
            cureBufferBps: 500,
            shortOptionChargeBps: 50,
            minimumNotionalBps: 200,
            termFloorDays: 7
        });
    }

    function laneLimits() internal pure returns (LaneLimits memory) {
        return LaneLimits({
            reduceOnlyAge: 5 minutes,
            haltAge: 15 minutes,
            attestationMaxAge: 10 minutes,
            maxTimeToLive: 2 minutes,
            basisBandBps: 500,
            maxVolatilityBps: 50_000,
            minVolatilityBps: 500,
            riseGraceSeconds: 1 minutes,
            riseSeconds: 1 minutes,
            volatilityStepBps: 100_000,
            volatilitySpeedBps: 1_000_000,
            referenceBandBps: 1_000_000,
            referenceSeconds: 1 days
        });
    }

    /// @dev 1% to 30% of the requirement within half an hour, 1% to the insurance fund, dust at 50 quote; the starter
    /// gets 0.2%, at most 200 quote.
    function auctionCurve() internal pure returns (AuctionCurve memory) {
        return AuctionCurve(30 minutes, 100, 3000, 100, 50e18, 20, 200);
    }

    /// @dev All of it within a day: a limit that never binds but is always counted.
    function outflowLimit() internal pure returns (OutflowLimit memory) {
        return OutflowLimit(1 days, 10_000);
    }

    /// @dev A fifth off for new risk, a tenth for the liquidation test.
    function collateral(uint16 underlying, uint128 cap) internal pure returns (CollateralConfig memory) {
        return CollateralConfig(underlying, 2000, 1000, cap);
    }

    /// @dev No fee, and more open interest than any test needs.
    function tradeTerms() internal pure returns (TradeTerms memory) {
        return TradeTerms(1e30, 1_000_000, 0, 0);
    }

    /// @dev No charge beyond the model's, and a trade that reduces risk within 5% of the marks.
    function riskTerms() internal pure returns (RiskTerms memory) {
        return RiskTerms(0, 0, 0, 0, 500, 0, 0);
    }

    function termsSelectors() internal pure returns (bytes4[] memory list) {
        list = new bytes4[](1);
        list[0] = ILedgerTerms.setTradeTerms.selector;
    }

    function vaultSelectors() internal pure returns (bytes4[] memory list) {
        list = new bytes4[](2);
        list[0] = ICollateralVault.setCollateral.selector;
        list[1] = ICollateralVault.setQuoteFeed.selector;
    }

    /// @dev One-day deviations within 1% to 40% (spot) and 2% to 80% (volatility), 10% an hour.
    function stateLimits() internal pure returns (StateLimits memory) {
        return StateLimits({
            leastSpotDeviation: 0.01e18,
            mostSpotDeviation: 0.4e18,
            leastVolatilityDeviation: 0.02e18,
            mostVolatilityDeviation: 0.8e18,
            deviationSpeed: 0.1e18,
            correlationSpeed: 0.1e18,
            dailyLoosening: 0.5e18,
            weeklyLoosening: 1e18,
            mostPremium: 0.02e18,
            mostFundingRate: 2e18,
            mostBorrowPremium: 0.3e18,
            borrowPremiumSpeed: 0.02e18,
            premiumAverageSeconds: 2 hours,
            fundingPeriodSeconds: 8 hours,
            fundingLifeSeconds: 1 days,
            mostElapsedSeconds: 1 hours
        });
    }

    function stateSelectors() internal pure returns (bytes4[] memory list) {
        list = new bytes4[](3);
        list[0] = IMarketState.updateCovariance.selector;
        list[1] = IMarketState.setPerpetualState.selector;
        list[2] = IMarketState.setBorrowPremium.selector;
    }

    function ledgerSelectors() internal pure returns (bytes4[] memory list) {
        list = new bytes4[](6);
        list[5] = IMarginAccounts.moveLegs.selector;
        list[0] = IMarginAccounts.settleTrade.selector;
        list[1] = IMarginAccounts.takeOver.selector;
        list[2] = IMarginAccounts.moveCash.selector;
        list[3] = IMarginAccounts.closeExpired.selector;
        list[4] = IMarginAccounts.socialise.selector;
    }

    function parameterSelectors() internal pure returns (bytes4[] memory list) {
        list = new bytes4[](8);
        list[0] = IRiskParameters.setUnderlying.selector;
        list[1] = IRiskParameters.listExpiry.selector;
        list[2] = IRiskParameters.setCovariance.selector;
        list[3] = IRiskParameters.setScenarioGrid.selector;
        list[4] = IRiskParameters.setMarginModel.selector;
        list[5] = IRiskParameters.setLaneLimits.selector;
        list[6] = IRiskParameters.setAuctionCurve.selector;
        list[7] = IRiskParameters.setPriceOnly.selector;
    }
}
