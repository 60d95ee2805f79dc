// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

/// @notice Measured gas by name. Snapshots are those of the release profile; other profiles only hold the ceilings.
abstract contract Budget is Test {
    string private constant GROUP = "Budget";

    /// @notice Gas of the call made last: a whole transaction, or a view on cold storage, where calls are isolated.
    function recordLastCall(string memory name) internal returns (uint256) {
        if (_isRelease()) return vm.snapshotGasLastCall(GROUP, name);
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @notice Gas that a meter measured inside one call.
    function recordMeasured(string memory name, uint256 used) internal returns (uint256) {
        if (_isRelease()) vm.snapshotValue(GROUP, name, used);
        return used;
    }

    function _isRelease() private view returns (bool) {
        return keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", string("default")))) == keccak256("release");
    }
}
