// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import "contracts/interfaces/IRiskParameters.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";
import {ParametersFixture} from "./ParametersFixture.sol";

/// @notice Each end of each field: accepted, and one more refused with the values that decide.
contract RiskParameterBoundsTest is ParametersFixture {
    // ---- bounds: each end of each field ----

    function test_underlyingBounds() public {
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        config.ageVolatility = 0.01e18 - 1;
        _expectOutOfBounds("ageVolatility", 0.01e18 - 1, 0.01e18, 10e18);
        parameters.setUnderlying(1, config);
        config = ParameterFixtures.underlying();
        config.fundingRate = -10e12 - 1;
        _expectOutOfBounds("fundingRate", -10e12 - 1, -10e12, 10e12);
        parameters.setUnderlying(1, config);
        config = ParameterFixtures.underlying();
        config.lotSize = 0;
        _expectOutOfBounds("lotSize", 0, 1, 1e24);
        parameters.setUnderlying(1, config);
    }

    function test_gridBounds() public {
        ScenarioPoint[] memory points = new ScenarioPoint[](0);
        _expectOutOfBounds("gridPoints", 0, 1, 32);
        parameters.setScenarioGrid(points);
        points = new ScenarioPoint[](33);
        _expectOutOfBounds("gridPoints", 33, 1, 32);
        parameters.setScenarioGrid(points);
        points = ParameterFixtures.grid();
        points[1].spotShockBps = -10_000;
        _expectOutOfBounds("spotShockBps", -10_000, -9_999, 100_000);
        parameters.setScenarioGrid(points);
        points = ParameterFixtures.grid();
        points[2].volatilityShockBps = -10_001;
        _expectOutOfBounds("volatilityShockBps", -10_001, -10_000, 100_000);
        parameters.setScenarioGrid(points);
        points = ParameterFixtures.grid();
        points[2].weightBps = 10_001;
        _expectOutOfBounds("weightBps", 10_001, 1, 10_000);
        parameters.setScenarioGrid(points);
        assertEq(abi.encode(parameters.scenarioGrid()), abi.encode(ParameterFixtures.grid()), "untouched");
    }

    function test_marginModelMultipliers() public {
        MarginModel memory model = ParameterFixtures.marginModel();
        model.valueAtRiskMultiplier = 1e18 - 1;
        _expectModel(model, "valueAtRiskMultiplier", 1e18 - 1, 1e18, 10e18);
        model.valueAtRiskMultiplier = 3e18;
        model.expectedShortfallMultiplier = 3e18 - 1;
        _expectModel(model, "expectedShortfallMultiplier", 3e18 - 1, 3e18, 10e18);
    }

    function test_marginModelCorridorHoldsOne() public {
        MarginModel memory model = ParameterFixtures.marginModel();
        model.ratioFloorBps = 10_001;
        _expectModel(model, "ratioFloorBps", 10_001, 5_000, 10_000);
        model.ratioFloorBps = 4_999;
        _expectModel(model, "ratioFloorBps", 4_999, 5_000, 10_000);
        model.ratioFloorBps = 10_000;
        model.ratioCapBps = 10_000;
        _expectModel(model, "ratioCapBps", 10_000, 10_001, 50_000);
        model.ratioCapBps = 11_999;
        _expectModel(model, "staleInitialRatioBps", 12_000, 10_001, 11_999);
        model.staleInitialRatioBps = 10_000;
        _expectModel(model, "staleInitialRatioBps", 10_000, 10_001, 11_999);
    }

    function test_marginModelRest() public {
        MarginModel memory model = ParameterFixtures.marginModel();
        model.attestationDecaySeconds = 0;
        _expectModel(model, "attestationDecaySeconds", 0, 1, 30 days);
        model = ParameterFixtures.marginModel();
        model.cureBufferBps = 5_001;
        _expectModel(model, "cureBufferBps", 5_001, 1, 5_000);
        model = ParameterFixtures.marginModel();
        model.shortOptionChargeBps = 1_001;
        _expectModel(model, "shortOptionChargeBps", 1_001, 0, 1_000);
        model = ParameterFixtures.marginModel();
        model.minimumNotionalBps = 0;
        _expectModel(model, "minimumNotionalBps", 0, 1, 5_000);
        model = ParameterFixtures.marginModel();
        model.termFloorDays = 0;
        _expectModel(model, "termFloorDays", 0, 1, 30);
    }

    function test_laneLimits() public {
        LaneLimits memory limits = ParameterFixtures.laneLimits();
        limits.reduceOnlyAge = 0;
        _expectLimits(limits, "reduceOnlyAge", 0, 1, 1 days);
        limits.reduceOnlyAge = 1 hours + 1;
        _expectLimits(limits, "haltAge", 1 hours, 1 hours + 1, 2 days);
        limits = ParameterFixtures.laneLimits();
        limits.attestationMaxAge = 7 days + 1;
        _expectLimits(limits, "attestationMaxAge", 7 days + 1, 1, 7 days);
        limits = ParameterFixtures.laneLimits();
        limits.maxTimeToLive = 59;
        _expectLimits(limits, "maxTimeToLive", 59, 60, 1 days);
        limits = ParameterFixtures.laneLimits();
        limits.basisBandBps = 5_001;
        _expectLimits(limits, "basisBandBps", 5_001, 1, 5_000);
        limits = ParameterFixtures.laneLimits();
        limits.minVolatilityBps = 99;
        _expectLimits(limits, "minVolatilityBps", 99, 100, 100_000);
        limits.minVolatilityBps = 50_001;
        _expectLimits(limits, "maxVolatilityBps", 50_000, 50_001, 100_000);
    }

    function test_auctionCurve() public {
        AuctionCurve memory curve = ParameterFixtures.auctionCurve();
        curve.durationSeconds = 59;
        _expectCurve(curve, "durationSeconds", 59, 60, 7 days);
        curve = ParameterFixtures.auctionCurve();
        curve.startDiscountBps = 5_001;
        _expectCurve(curve, "startDiscountBps", 5_001, 0, 5_000);
        curve = ParameterFixtures.auctionCurve();
        curve.insuranceFeeBps = 1_001;
        _expectCurve(curve, "insuranceFeeBps", 1_001, 0, 1_000);
        curve = ParameterFixtures.auctionCurve();
        curve.endDiscountBps = 9_901;
        _expectCurve(curve, "endDiscountBps", 9_901, 100, 9_900);
        curve = ParameterFixtures.auctionCurve();
        curve.dustRequirement = 100_000e18 + 1;
        _expectCurve(curve, "dustRequirement", 100_000e18 + 1, 0, 100_000e18);
        curve = ParameterFixtures.auctionCurve();
        curve.rewardBps = 201;
        _expectCurve(curve, "rewardBps", 201, 0, 200);
        curve = ParameterFixtures.auctionCurve();
        curve.mostReward = 10_001;
        _expectCurve(curve, "mostReward", 10_001, 0, 10_000);
    }

    function testFuzz_anAcceptedMarginModelHasACorridorAroundOne(MarginModel memory model) public {
        model = _nearlyValid(model);
        try parameters.setMarginModel(model) {
            assertLe(model.ratioFloorBps, 10_000);
            assertGe(model.ratioCapBps, model.staleInitialRatioBps);
            assertGt(model.staleInitialRatioBps, 10_000);
            assertGe(model.expectedShortfallMultiplier, model.valueAtRiskMultiplier);
            assertEq(abi.encode(parameters.marginModel()), abi.encode(model), "never clamped");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IRiskParameters.ParameterOutOfBounds.selector);
            assertEq(
                abi.encode(parameters.marginModel()), abi.encode(ParameterFixtures.marginModel()), "kept"
            );
        }
    }

    function testFuzz_anAcceptedCurveIsReadBackUnclamped(AuctionCurve memory curve) public {
        curve.durationSeconds = uint32(bound(curve.durationSeconds, 0, 8 days));
        curve.startDiscountBps = uint16(bound(curve.startDiscountBps, 0, 10_001));
        curve.endDiscountBps = uint16(bound(curve.endDiscountBps, 0, 10_001));
        curve.insuranceFeeBps = uint16(bound(curve.insuranceFeeBps, 0, 1_100));
        curve.dustRequirement = uint128(bound(curve.dustRequirement, 0, 110_000e18));
        curve.rewardBps = uint16(bound(curve.rewardBps, 0, 220));
        curve.mostReward = uint32(bound(curve.mostReward, 0, 11_000));
        try parameters.setAuctionCurve(curve) {
            assertLe(curve.startDiscountBps, curve.endDiscountBps);
            assertLe(uint256(curve.endDiscountBps) + curve.insuranceFeeBps, 10_000);
            assertEq(abi.encode(parameters.auctionCurve()), abi.encode(curve), "never clamped");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IRiskParameters.ParameterOutOfBounds.selector);
        }
    }

    // ---- helpers ----

    /// @dev The fields that decide are drawn a little wider than their bounds, so that both outcomes are met.
    function _nearlyValid(MarginModel memory model) private pure returns (MarginModel memory near) {
        near = ParameterFixtures.marginModel();
        near.valueAtRiskMultiplier = uint64(bound(model.valueAtRiskMultiplier, 0.9e18, 6e18));
        near.expectedShortfallMultiplier = uint64(bound(model.expectedShortfallMultiplier, 3e18, 10.1e18));
        near.ratioFloorBps = uint16(bound(model.ratioFloorBps, 4_500, 10_500));
        near.ratioCapBps = uint16(bound(model.ratioCapBps, 9_500, 51_000));
        near.staleInitialRatioBps = uint16(bound(model.staleInitialRatioBps, 9_000, 30_000));
    }

    function _expectModel(MarginModel memory model, bytes32 name, int256 value, int256 least, int256 most)
        private
    {
        _expectOutOfBounds(name, value, least, most);
        parameters.setMarginModel(model);
    }

    function _expectLimits(LaneLimits memory limits, bytes32 name, int256 value, int256 least, int256 most)
        private
    {
        _expectOutOfBounds(name, value, least, most);
        parameters.setLaneLimits(limits);
    }

    function _expectCurve(AuctionCurve memory curve, bytes32 name, int256 value, int256 least, int256 most)
        private
    {
        _expectOutOfBounds(name, value, least, most);
        parameters.setAuctionCurve(curve);
    }
}
