// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {AuditTrail} from "../libraries/AuditTrail.sol";

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
}
