// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MarginLane} from "./MarginLane.sol";
import {MarginRootLane} from "./MarginRootLane.sol";
import {PriceContinuity} from "./PriceContinuity.sol";
import {PriceLane} from "./PriceLane.sol";
import {RoundGate} from "./RoundGate.sol";
import {SignerSet} from "./SignerSet.sol";
import {SurfaceLane} from "./SurfaceLane.sol";

/// @title The signed lanes: prices, surfaces and margins under one signer set
contract SignedLanes is PriceLane, SurfaceLane, MarginRootLane {
    constructor(address authority, IRiskParameters parameters, IMarginAccounts accounts)
        AccessManaged(authority)
        RoundGate(parameters)
        PriceContinuity(parameters)
        SurfaceLane(parameters)
        MarginLane(accounts)
    {}

    /// @dev Signers of a new epoch are listed once, and the newest margin root falls with the former ones.
    function _list(address[] memory signers_, uint8 threshold_) internal override(SignerSet, MarginRootLane) {
        super._list(signers_, threshold_);
    }
}
