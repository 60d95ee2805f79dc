// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// The access manager is OpenZeppelin's own, unchanged; naming it here makes the compiler emit it for the deployer.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
