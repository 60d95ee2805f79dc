// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MarginLane} from "./MarginLane.sol";
import {PriceLane} from "./PriceLane.sol";
import {RoundGate} from "./RoundGate.sol";
import {SurfaceLane} from "./SurfaceLane.sol";

/// @title The signed lanes: prices, surfaces and margins under one signer set
contract SignedLanes is PriceLane, SurfaceLane, MarginLane {
    constructor(address authority, IRiskParameters parameters, IMarginAccounts accounts)
        AccessManaged(authority)
        RoundGate(parameters)
        MarginLane(accounts)
    {}
}
