// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {LaneLimits, MarginModel, ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";
import {CorridorRatio} from "contracts/libraries/CorridorRatio.sol";
import {PendingUpdate} from "contracts/libraries/PendingUpdate.sol";
import {Tightening} from "contracts/libraries/Tightening.sol";
import {ParameterBounds} from "contracts/parameters/ParameterBounds.sol";
import {Attestation, RatioRules} from "contracts/types/Attestation.sol";

import {PolicyCases} from "./PolicyCases.sol";

contract TighteningTest is PolicyCases {
    ScenarioPoint[] private _none;

    /// @dev The library checks calldata.
    function checkBounds(MarginModel calldata model) external pure {
        ParameterBounds.check(model);
    }

    /// @dev Every field of the struct has a direction: a field added later moves neither way until it is given one.
    function test_theTableCoversTheStruct() public pure {
        MarginModel memory model;
        assertEq(abi.encode(model).length / 32, 10, "fields; extend Tightening.MODEL with the struct");
    }

    function testFuzz_nothingChangesInAnEqualPolicy(uint256 seed, uint256 count) public pure {
        MarginModel memory model = _model(seed);
        ScenarioPoint[] memory grid = _gridOf(seed, count % 33);
        Tightening.Change memory change = Tightening.compare(model, grid, model, grid);
        assertEq(change.rise + change.fall, 0);
        assertFalse(change.raisesMaintenance || change.reshaped);
    }

    /// @dev What passes as a tightening lowers no field that has a direction and touches no other one.
    function testFuzz_aTighteningIsNowhereLooser(uint256 seed, uint256 other, uint256 field) public pure {
        MarginModel memory from = _model(seed);
        MarginModel memory to = _tighter(from, other, 0.5e18);
        ScenarioPoint[] memory grid = _gridOf(seed, 5);
        Tightening.Change memory change = Tightening.compare(from, grid, to, grid);
        assertEq(change.fall, 0, "tighter");
        assertLe(change.rise, 0.5e18, "by the share it was drawn with");
        bytes memory words = abi.encode(from);
        bytes memory mutated = abi.encode(to);
        field %= 10;
        uint256 old = Tightening.word(words, field);
        if (old == 0) return;
        assembly {
            mstore(add(add(mutated, 0x20), mul(field, 0x20)), sub(old, 1))
        }
        change = Tightening.compare(from, grid, abi.decode(mutated, (MarginModel)), grid);
        assertGt(change.fall, 0, "one unit less in any field is no tightening");
        assertEq(change.field, field);
    }

    function testFuzz_theReverseOfATighteningIsNone(uint256 seed, uint256 other) public view {
        MarginModel memory from = _model(seed);
        MarginModel memory to = _tighter(from, other, 0.5e18);
        if (keccak256(abi.encode(from)) == keccak256(abi.encode(to))) return;
        assertGt(Tightening.compare(to, _none, from, _none).fall, 0);
    }

    function testFuzz_gridsMayOnlyGrowHeavier(uint256 seed, uint256 point, uint32 weight) public pure {
        ScenarioPoint[] memory from = _gridOf(seed, 7);
        ScenarioPoint[] memory to = _gridOf(seed, 7);
        MarginModel memory model = _model(seed);
        point %= 7;
        to[point].weightBps = uint32(bound(weight, 1, 10_000));
        Tightening.Change memory change = Tightening.compare(model, from, model, to);
        assertEq(change.fall == 0, to[point].weightBps >= from[point].weightBps);
        assertFalse(change.reshaped);
        to[point].volatilityShockBps += 1;
        change = Tightening.compare(model, from, model, to);
        assertTrue(change.reshaped && change.fall != 0, "a moved point is tighter for nobody in particular");
        ScenarioPoint[] memory shorter = _gridOf(seed, 6);
        assertTrue(Tightening.compare(model, from, model, shorter).fall != 0, "a lost point");
        assertEq(Tightening.compare(model, shorter, model, from).fall, 0, "a new point");
        assertEq(
            Tightening.compare(model, shorter, model, from).rise, type(uint128).max, "of unbounded effect"
        );
    }

    /// @dev INV of every settable tuple and of every step between two: it passes the hard bounds.
    function testFuzz_everyMixtureOfTwoValidModelsIsValid(uint256 a, uint256 b, uint8 done) public view {
        MarginModel memory from = _model(a);
        MarginModel memory to = _model(b);
        done = uint8(bound(done, 0, 8));
        MarginModel memory mixed = PendingUpdate.mixModel(from, to, done, 8);
        this.checkBounds(mixed); // reverts with the field otherwise
        if (done == 0) assertEq(abi.encode(mixed), abi.encode(from));
        if (done == 8) assertEq(abi.encode(mixed), abi.encode(to));
    }

    /// @dev Initial is at least maintenance at every step between any two settable models, fresh or stale.
    function testFuzz_initialIsAtLeastMaintenanceAlways(
        uint256 a,
        uint256 b,
        uint8 done,
        Attestation memory last,
        bool isSame,
        uint32 age
    ) public pure {
        LaneLimits memory limits;
        (limits.attestationMaxAge, limits.riseSeconds) = (1 days, 1 hours);
        (last.observedAt, last.risesAt) = (1, uint40(last.risesAt));
        MarginModel memory mixed = PendingUpdate.mixModel(_model(a), _model(b), done % 9, 8);
        RatioRules memory rules = CorridorRatio.rulesOf(mixed, limits);
        (uint16 initial, uint16 maintenance,) = CorridorRatio.inForce(last, isSame, 1 + uint256(age), rules);
        assertGe(initial, maintenance, "INV-42");
    }

    /// @dev A step of a ramp asks of no ratio more than an eighth of the update's rise.
    function testFuzz_eachStepRaisesAFieldByAnEighthAtMost(uint256 seed, uint256 other, uint8 done)
        public
        pure
    {
        MarginModel memory from = _model(seed);
        MarginModel memory to = _tighter(from, other, 0.2e18);
        done = uint8(bound(done, 0, 7));
        bytes memory before = abi.encode(PendingUpdate.mixModel(from, to, done, 8));
        bytes memory afterwards = abi.encode(PendingUpdate.mixModel(from, to, done + 1, 8));
        bytes memory start = abi.encode(from);
        for (uint256 field; field < 10; ++field) {
            uint256 rise = Tightening.word(afterwards, field) - Tightening.word(before, field);
            uint256 most = FixedPointMathLib.divUp(Tightening.word(start, field), 40) + 1; // 20% / 8, and a unit
            assertLe(rise, most);
        }
    }
}
