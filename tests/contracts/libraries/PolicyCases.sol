// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {MarginModel, ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";

/// @notice Any margin model and grid that the hard bounds allow, drawn from a seed.
abstract contract PolicyCases is Test {
    function _model(uint256 seed) internal pure returns (MarginModel memory model) {
        uint64 valueAtRisk = uint64(_draw(seed, 1, 1e18, 10e18));
        uint16 cap = uint16(_draw(seed, 2, 10_001, 50_000));
        model = MarginModel({
            valueAtRiskMultiplier: valueAtRisk,
            expectedShortfallMultiplier: uint64(_draw(seed, 3, valueAtRisk, 10e18)),
            ratioFloorBps: uint16(_draw(seed, 4, 5_000, 10_000)),
            ratioCapBps: cap,
            staleInitialRatioBps: uint16(_draw(seed, 5, 10_001, cap)),
            attestationDecaySeconds: uint32(_draw(seed, 6, 1, 30 days)),
            cureBufferBps: uint16(_draw(seed, 7, 1, 5_000)),
            shortOptionChargeBps: uint16(_draw(seed, 8, 0, 1_000)),
            minimumNotionalBps: uint16(_draw(seed, 9, 1, 5_000)),
            termFloorDays: uint16(_draw(seed, 10, 1, 30))
        });
    }

    /// @dev Fields that have a direction rise by up to `most` (WAD), as far as the hard bounds allow.
    function _tighter(MarginModel memory model, uint256 seed, uint256 most)
        internal
        pure
        returns (MarginModel memory to)
    {
        to = abi.decode(abi.encode(model), (MarginModel));
        uint256 multiplier = _rise(model.expectedShortfallMultiplier, seed, 1, most, 10e18);
        to.expectedShortfallMultiplier = uint64(multiplier);
        to.valueAtRiskMultiplier = uint64(_rise(model.valueAtRiskMultiplier, seed, 2, most, multiplier));
        to.ratioFloorBps = uint16(_rise(model.ratioFloorBps, seed, 3, most, 10_000));
        to.staleInitialRatioBps = uint16(_rise(model.staleInitialRatioBps, seed, 4, most, model.ratioCapBps));
        to.shortOptionChargeBps = uint16(_rise(model.shortOptionChargeBps, seed, 5, most, 1_000));
        to.minimumNotionalBps = uint16(_rise(model.minimumNotionalBps, seed, 6, most, 5_000));
    }

    function _gridOf(uint256 seed, uint256 count) internal pure returns (ScenarioPoint[] memory points) {
        points = new ScenarioPoint[](count);
        for (uint256 i; i < count; ++i) {
            points[i] = ScenarioPoint(
                int32(int256(_draw(seed, 3 * i, 0, 109_999)) - 9_999),
                int32(int256(_draw(seed, 3 * i + 1, 0, 110_000)) - 10_000),
                uint32(_draw(seed, 3 * i + 2, 1, 10_000))
            );
        }
    }

    function _rise(uint256 value, uint256 seed, uint256 salt, uint256 most, uint256 ceiling)
        private
        pure
        returns (uint256)
    {
        uint256 reach = value + value * most / 1e18;
        return _draw(seed, salt, value, reach < ceiling ? reach : ceiling);
    }

    function _draw(uint256 seed, uint256 salt, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + uint256(keccak256(abi.encode(seed, salt))) % (most - least + 1);
    }
}
