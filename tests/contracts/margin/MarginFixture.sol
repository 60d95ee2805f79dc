// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {
    IRiskParameters,
    LaneLimits,
    MarginModel,
    ScenarioPoint
} from "../../../contracts/interfaces/IRiskParameters.sol";
import {IMarginTerms} from "../../../contracts/interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../../../contracts/interfaces/IPriceIntervals.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {IMarginWitness} from "../../../contracts/interfaces/IMarginWitness.sol";
import {MarginEngine} from "../../../contracts/margin/MarginEngine.sol";
import {MarginWitness} from "../../../contracts/margin/MarginWitness.sol";
import {HandLanes, HandLedger, HandParameters, HandTerms} from "../mocks/MarginMocks.sol";

/// @dev An engine over hand-set interfaces.
abstract contract MarginFixture is Test {
    HandLedger internal ledger;
    HandLanes internal lanes;
    HandParameters internal parameters;
    HandTerms internal terms;
    MarginEngine internal engine;

    function setUp() public virtual {
        ledger = new HandLedger();
        lanes = new HandLanes();
        parameters = new HandParameters();
        terms = new HandTerms();
        IMarginWitness witnesses = new MarginWitness(
            IMarginAccounts(address(ledger)),
            ISignedLanes(address(lanes)),
            IRiskParameters(address(parameters)),
            IPriceIntervals(address(lanes)),
            IMarginTerms(address(terms))
        );
        engine = new MarginEngine(
            IMarginAccounts(address(ledger)),
            ISignedLanes(address(lanes)),
            IRiskParameters(address(parameters)),
            IPriceIntervals(address(lanes)),
            IMarginTerms(address(terms)),
            witnesses
        );
        parameters.setLimits(_limits());
    }

    function _limits() internal pure returns (LaneLimits memory) {
        return LaneLimits({
            reduceOnlyAge: 300,
            haltAge: 900,
            attestationMaxAge: 600,
            maxTimeToLive: 600,
            basisBandBps: 2_000,
            maxVolatilityBps: 50_000,
            minVolatilityBps: 100,
            riseGraceSeconds: 0,
            riseSeconds: 1 minutes,
            volatilityStepBps: 100_000,
            volatilitySpeedBps: 1_000_000,
            referenceBandBps: 1_000_000,
            referenceSeconds: 1 days
        });
    }

    function _model() internal pure returns (MarginModel memory) {
        return MarginModel({
            valueAtRiskMultiplier: 2.33e18,
            expectedShortfallMultiplier: 2.67e18,
            ratioFloorBps: 8_000,
            ratioCapBps: 20_000,
            staleInitialRatioBps: 15_000,
            attestationDecaySeconds: 3_600,
            cureBufferBps: 1_000,
            shortOptionChargeBps: 50,
            minimumNotionalBps: 200,
            termFloorDays: 1
        });
    }

    /// @dev 23 points: eleven spot moves at two volatility moves, and a dampened tail.
    function _grid() internal pure returns (ScenarioPoint[] memory points) {
        int24[11] memory spots =
            [int24(-4_500), -3_000, -2_000, -1_000, -500, 0, 500, 1_000, 2_000, 3_000, 4_500];
        points = new ScenarioPoint[](23);
        for (uint256 i; i < 11; ++i) {
            points[2 * i] = ScenarioPoint(spots[i], -2_500, 10_000);
            points[2 * i + 1] = ScenarioPoint(spots[i], 4_000, 10_000);
        }
        points[22] = ScenarioPoint(-7_000, 6_000, 3_500);
    }
}
