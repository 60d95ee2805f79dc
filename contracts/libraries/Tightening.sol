// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {MarginModel, ScenarioPoint} from "../interfaces/IRiskParameters.sol";

/// @title Which way a policy is tighter, field by field
/// @notice A higher value is tighter where it can only ask an account for more:
///   both multipliers, ratioFloorBps, staleInitialRatioBps, shortOptionChargeBps, minimumNotionalBps, each grid weight.
/// No direction is tighter for everybody, and so none is the quorum's, for
///   ratioCapBps (a higher cap asks for more, but is the box around the quorum itself),
///   attestationDecaySeconds (lengthens what an old verdict did, either way of 1),
///   cureBufferBps (more is sold in an auction: against the account, for the fund),
///   termFloorDays and grid shocks (a larger move is a gain for some books),
///   and every field added to the struct later.
library Tightening {
    uint256 private constant WAD = 1e18;
    uint256 private constant UNBOUNDED = type(uint128).max;

    /// @dev One character a field of MarginModel: H higher is tighter and raises maintenance, I higher is tighter and
    /// raises initial margin alone, N neither way.
    bytes private constant MODEL = "HHHNINNHHN";

    /// @notice What a change does. Shares are WAD.
    /// @param rise largest new / old - 1 of a field that became tighter, rounded up
    /// @param fall largest share of its old value that a field lost, or by which an undirected one changed, rounded up
    /// @param field the field with the largest fall: index in the model, 100 + index in the grid
    /// @param raisesMaintenance whether any account could need more maintenance afterwards
    /// @param reshaped whether points were added, removed or moved
    struct Change {
        uint256 rise;
        uint256 fall;
        uint256 field;
        bool raisesMaintenance;
        bool reshaped;
    }

    function compare(
        MarginModel memory oldModel,
        ScenarioPoint[] memory oldGrid,
        MarginModel memory newModel,
        ScenarioPoint[] memory newGrid
    ) internal pure returns (Change memory change) {
        bytes memory olds = abi.encode(oldModel);
        bytes memory news = abi.encode(newModel);
        for (uint256 field; field < olds.length / 32; ++field) {
            bytes1 direction = field < MODEL.length ? MODEL[field] : bytes1("N");
            _field(change, field, direction, word(olds, field), word(news, field));
        }
        _grid(change, oldGrid, newGrid);
    }

    /// @notice The word at `index` of an encoded struct of static fields.
    function word(bytes memory encoded, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(encoded, 0x20), mul(index, 0x20)))
        }
    }

    function _field(Change memory change, uint256 field, bytes1 direction, uint256 old, uint256 value)
        private
        pure
    {
        if (value == old) return;
        if (direction == "N") {
            uint256 moved = value > old ? _share(value - old, old) : _share(old - value, old);
            _fell(change, field, moved);
            change.raisesMaintenance = true;
        } else if (value < old) {
            _fell(change, field, _share(old - value, old));
        } else {
            change.rise = FixedPointMathLib.max(change.rise, _share(value - old, old));
            if (direction == "H") change.raisesMaintenance = true;
        }
    }

    /// @dev A point added asks for more, a point moved or removed may ask for less by any share.
    function _grid(Change memory change, ScenarioPoint[] memory olds, ScenarioPoint[] memory news)
        private
        pure
    {
        for (uint256 i; i < FixedPointMathLib.max(olds.length, news.length); ++i) {
            if (i >= olds.length) {
                (change.reshaped, change.raisesMaintenance, change.rise) = (true, true, UNBOUNDED);
            } else if (i >= news.length || _isMoved(olds[i], news[i])) {
                (change.reshaped, change.raisesMaintenance) = (true, true);
                _fell(change, 100 + i, UNBOUNDED);
            } else {
                _field(change, 100 + i, "H", olds[i].weightBps, news[i].weightBps);
            }
        }
    }

    function _isMoved(ScenarioPoint memory a, ScenarioPoint memory b) private pure returns (bool) {
        return a.spotShockBps != b.spotShockBps || a.volatilityShockBps != b.volatilityShockBps;
    }

    function _fell(Change memory change, uint256 field, uint256 share) private pure {
        if (share > change.fall) (change.fall, change.field) = (share, field);
    }

    /// @dev part / whole in WAD, rounded up; unbounded where there was nothing.
    function _share(uint256 part, uint256 whole) private pure returns (uint256) {
        return whole == 0 ? UNBOUNDED : FixedPointMathLib.mulDivUp(part, WAD, whole);
    }
}
