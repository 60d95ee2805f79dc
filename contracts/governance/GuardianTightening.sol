// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IRiskParameters, MarginModel} from "../interfaces/IRiskParameters.sol";

/// @title What the guardian may tighten at once
/// @notice Holds the parameter role and passes on only changes that ask for more initial margin. None of them can make
/// a single account liquidatable: maintenance is not touched.
contract GuardianTightening is AccessManaged {
    error NotTighter(uint256 given, uint256 inForce);

    IRiskParameters public immutable parameters;

    constructor(address authority, IRiskParameters parameters_) AccessManaged(authority) {
        parameters = parameters_;
    }

    /// @notice Raises the initial ratio of accounts without a fresh attestation; the parameters' own bound holds.
    function raiseStaleInitialRatio(uint16 ratioBps) external restricted {
        MarginModel memory model = parameters.marginModel();
        if (ratioBps <= model.staleInitialRatioBps) revert NotTighter(ratioBps, model.staleInitialRatioBps);
        model.staleInitialRatioBps = ratioBps;
        parameters.setMarginModel(model);
    }
}
