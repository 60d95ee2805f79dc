// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LaneLimits} from "../interfaces/IRiskParameters.sol";
import {SurfaceBounds} from "../libraries/SurfaceBounds.sol";
import {SurfaceMotion} from "../libraries/SurfaceMotion.sol";
import {SurfaceRow} from "../types/Wire.sol";

/// @title The box around a surface, as code of its own
/// @notice Holds nothing and calls nobody. `SignedLanes` creates it, because both together are larger than a contract may be.
contract SurfaceBox {
    /// @notice The slow reference after this surface; reverts unless it is in the box and moved no further than allowed.
    function follow(
        SurfaceRow calldata row,
        uint64 observedAt,
        SurfaceMotion.Held calldata held,
        LaneLimits calldata limits
    ) external pure returns (uint64) {
        SurfaceBounds.check(row, observedAt, limits);
        return SurfaceMotion.follow(row, observedAt, held, limits);
    }
}
