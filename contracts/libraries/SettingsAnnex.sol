// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {AuditTrail} from "./AuditTrail.sol";

/// @title Settings kept outside the parameter contract, and yet in the digest that every signed round names
abstract contract SettingsAnnex is AccessManaged, AuditTrail {
    IRiskParameters public immutable parameters;

    constructor(IRiskParameters parameters_) {
        parameters = parameters_;
    }

    /// @notice keccak-256 over the settings in force.
    function settingsDigest() public view virtual returns (bytes32);

    /// @dev To be called at the end of every change of a setting.
    function _noteSettings() internal {
        parameters.noteAnnex(settingsDigest());
    }

    /// @dev A setting outside its hard bounds is refused with them, never clamped. All are at most 128 bits wide.
    function _requireWithin(bytes32 name, uint256 value, uint256 least, uint256 most) internal pure {
        if (value >= least && value <= most) return;
        revert IRiskParameters.ParameterOutOfBounds(name, int256(value), int256(least), int256(most));
    }
}
