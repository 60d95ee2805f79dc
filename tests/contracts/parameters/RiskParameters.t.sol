// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import "contracts/interfaces/IRiskParameters.sol";
import {CorridorRatio} from "contracts/libraries/CorridorRatio.sol";
import {PackedGrid} from "contracts/libraries/PackedGrid.sol";
import {RiskParameters} from "contracts/parameters/RiskParameters.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";
import {ParametersFixture} from "./ParametersFixture.sol";

contract RiskParametersTest is ParametersFixture {
    // ---- who ----

    function test_strangersSetNothing() public {
        address stranger = makeAddr("stranger");
        bytes[] memory calls = new bytes[](7);
        calls[0] = abi.encodeCall(parameters.setUnderlying, (1, ParameterFixtures.underlying()));
        calls[1] = abi.encodeCall(parameters.listExpiry, (EXPIRY));
        calls[2] = abi.encodeCall(parameters.setCovariance, (ParameterFixtures.loadings()));
        calls[3] = abi.encodeCall(parameters.setScenarioGrid, (ParameterFixtures.grid()));
        calls[4] = abi.encodeCall(parameters.setMarginModel, (ParameterFixtures.marginModel()));
        calls[5] = abi.encodeCall(parameters.setLaneLimits, (ParameterFixtures.laneLimits()));
        calls[6] = abi.encodeCall(parameters.setAuctionCurve, (ParameterFixtures.auctionCurve()));
        for (uint256 index; index < calls.length; ++index) {
            vm.prank(stranger);
            (bool ok, bytes memory reason) = address(parameters).call(calls[index]);
            assertFalse(ok, "passed");
            assertEq(
                reason, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
            );
        }
    }

    // ---- read back ----

    function test_whatIsSetIsReadBack() public view {
        assertEq(parameters.underlyingCount(), 2, "count");
        assertEq(
            abi.encode(parameters.underlyingConfig(2)), abi.encode(ParameterFixtures.underlying()), "config"
        );
        assertEq(parameters.loadings(), ParameterFixtures.loadings(), "loadings");
        assertEq(abi.encode(parameters.scenarioGrid()), abi.encode(ParameterFixtures.grid()), "grid");
        assertEq(abi.encode(parameters.marginModel()), abi.encode(ParameterFixtures.marginModel()), "model");
        assertEq(abi.encode(parameters.laneLimits()), abi.encode(ParameterFixtures.laneLimits()), "limits");
        assertEq(abi.encode(parameters.auctionCurve()), abi.encode(ParameterFixtures.auctionCurve()), "curve");
    }

    function test_anUnlistedUnderlyingReadsAsUnlisted() public view {
        assertFalse(parameters.underlyingConfig(0).listed);
        assertFalse(parameters.underlyingConfig(3).listed);
    }

    function test_thePackedGridIsTheGrid() public {
        ScenarioPoint[] memory points = new ScenarioPoint[](9);
        for (uint256 i; i < points.length; ++i) {
            points[i] = ScenarioPoint(int32(int256(i)) * 500 - 2_000, 4_000, 10_000);
        }
        parameters.setScenarioGrid(points);
        uint256[] memory words = parameters.packedGrid();
        assertEq(abi.encode(words), abi.encode(PackedGrid.pack(points)));
        assertEq(words.length, 3, "four to a word");
        for (uint256 place; place < words.length; ++place) {
            assertEq(parameters.gridWord(place), words[place]);
        }
        assertEq(parameters.gridWord(words.length), 0, "none beyond");
    }

    function test_anUnsetGridIsEmpty() public {
        RiskParameters fresh = new RiskParameters(address(this));
        assertEq(fresh.packedGrid().length, 0);
        assertEq(fresh.gridWord(0), 0);
    }

    function test_whatVerdictsAreJudgedByFollowsModelAndLimits() public {
        MarginModel memory model = ParameterFixtures.marginModel();
        LaneLimits memory limits = ParameterFixtures.laneLimits();
        model.ratioCapBps += 1;
        parameters.setMarginModel(model);
        assertEq(abi.encode(parameters.attestationRules()), abi.encode(CorridorRatio.rulesOf(model, limits)));
        limits.attestationMaxAge += 1;
        parameters.setLaneLimits(limits);
        assertEq(abi.encode(parameters.attestationRules()), abi.encode(CorridorRatio.rulesOf(model, limits)));
        assertEq(parameters.haltAge(), limits.haltAge);
    }

    function test_aShorterGridReplacesALongerOne() public {
        ScenarioPoint[] memory one = new ScenarioPoint[](1);
        one[0] = ScenarioPoint(-9_999, -10_000, 1);
        parameters.setScenarioGrid(one);
        assertEq(abi.encode(parameters.scenarioGrid()), abi.encode(one));
    }

    // ---- digest ----

    function test_everyParameterIsPartOfTheDigest() public {
        bytes32[] memory seen = new bytes32[](7);
        seen[0] = parameters.parametersDigest();
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        config.lotSize += 1;
        parameters.setUnderlying(2, config);
        seen[1] = parameters.parametersDigest();
        parameters.listExpiry(EXPIRY);
        seen[2] = parameters.parametersDigest();
        ScenarioPoint[] memory grid = ParameterFixtures.grid();
        grid[0].weightBps -= 1;
        parameters.setScenarioGrid(grid);
        seen[3] = parameters.parametersDigest();
        MarginModel memory model = ParameterFixtures.marginModel();
        model.termFloorDays += 1;
        parameters.setMarginModel(model);
        seen[4] = parameters.parametersDigest();
        LaneLimits memory limits = ParameterFixtures.laneLimits();
        limits.minVolatilityBps += 1;
        parameters.setLaneLimits(limits);
        seen[5] = parameters.parametersDigest();
        AuctionCurve memory curve = ParameterFixtures.auctionCurve();
        curve.dustRequirement += 1;
        parameters.setAuctionCurve(curve);
        seen[6] = parameters.parametersDigest();
        for (uint256 later = 1; later < seen.length; ++later) {
            for (uint256 earlier; earlier < later; ++earlier) {
                assertNotEq(seen[later], seen[earlier]);
            }
        }
    }

    function test_theDigestIsThatOfTheViews() public {
        parameters.listExpiry(EXPIRY);
        UnderlyingConfig[] memory configs = new UnderlyingConfig[](2);
        (configs[0], configs[1]) = (parameters.underlyingConfig(1), parameters.underlyingConfig(2));
        bytes memory encoded = abi.encode(
            configs,
            parameters.priceOnly(),
            parameters.listedExpiries(),
            parameters.scenarioGrid(),
            parameters.marginModel(),
            parameters.laneLimits(),
            parameters.auctionCurve(),
            parameters.annexes()
        );
        assertEq(parameters.parametersDigest(), keccak256(encoded));
    }

    function test_settingTheSameAgainKeepsTheDigest() public {
        bytes32 before = parameters.parametersDigest();
        ParameterFixtures.setAll(parameters);
        assertEq(parameters.parametersDigest(), before);
    }

    // ---- listing ----

    function test_underlyingsAreListedInOrder() public {
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 0));
        parameters.setUnderlying(0, config);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 4));
        parameters.setUnderlying(4, config);
    }

    function test_atMostEightUnderlyings() public {
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        for (uint16 underlying = 3; underlying <= 8; ++underlying) {
            parameters.setUnderlying(underlying, config);
        }
        _expectOutOfBounds("underlyings", 9, 1, 8);
        parameters.setUnderlying(9, config);
    }

    function test_aListingCannotBeTakenBack() public {
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        config.listed = false;
        _expectOutOfBounds("listed", 0, 1, 1);
        parameters.setUnderlying(1, config);
    }

    function test_expiriesAreFutureMorningsOnce() public {
        _expectOutOfBounds("expiryTimeOfDay", 8 hours + 1, 8 hours, 8 hours);
        parameters.listExpiry(EXPIRY + 1);
        vm.warp(EXPIRY);
        int256 now_ = int256(uint256(EXPIRY));
        _expectOutOfBounds("expiry", now_, now_ + 1, now_ + 3 * 365 days);
        parameters.listExpiry(EXPIRY);
        uint32 far = EXPIRY + 3 * 365 days + 1 days;
        _expectOutOfBounds("expiry", int256(uint256(far)), now_ + 1, now_ + 3 * 365 days);
        parameters.listExpiry(far);
        parameters.listExpiry(EXPIRY + 1 days);
        _expectOutOfBounds("expiryAlreadyListed", 1, 0, 0);
        parameters.listExpiry(EXPIRY + 1 days);
    }

    function test_expiredOnesMakeRoomButStayListedForSettlement() public {
        for (uint32 day; day < 64; ++day) {
            parameters.listExpiry(EXPIRY + day * 1 days);
        }
        _expectOutOfBounds("liveExpiries", 65, 1, 64);
        parameters.listExpiry(EXPIRY + 64 days);
        vm.warp(EXPIRY + 1 days);
        parameters.listExpiry(EXPIRY + 64 days);
        uint32[] memory live = parameters.listedExpiries();
        assertEq(live.length, 63, "two have gone, one has come");
        assertEq(live[0], EXPIRY + 2 days, "order kept");
        assertEq(live[62], EXPIRY + 64 days, "the new one");
        assertTrue(parameters.isExpiryListed(EXPIRY), "for settlement");
        assertFalse(parameters.isExpiryListed(EXPIRY + 65 days), "never listed");
    }
}
