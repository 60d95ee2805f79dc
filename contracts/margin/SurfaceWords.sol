// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISignedLanes} from "../interfaces/ISignedLanes.sol";

/// @title The stored words of a surface, asked without what the compiler adds to a call
/// @notice An account has a surface for each of its expiries: checks and copies around a call of two words cost as much as the call.
library SurfaceWords {
    /// @notice `ISignedLanes.storedSvi`; reverts as it does, and where it does not answer with two words.
    function read(ISignedLanes lanes, uint256 underlying, uint256 expiry)
        internal
        view
        returns (uint256 first, uint256 second)
    {
        bytes4 selector = ISignedLanes.storedSvi.selector;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, selector)
            mstore(add(input, 0x04), underlying)
            mstore(add(input, 0x24), expiry)
            // the call is made before the size of its answer is looked at
            if iszero(and(eq(returndatasize(), 0x40), staticcall(gas(), lanes, input, 0x44, 0x00, 0x40))) {
                returndatacopy(input, 0x00, returndatasize())
                revert(input, returndatasize())
            }
            first := mload(0x00)
            second := mload(0x20)
        }
    }
}
