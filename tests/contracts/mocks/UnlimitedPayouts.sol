// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Payouts} from "../../../contracts/collateral/Payouts.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";

/// @notice Real payouts without a parameter contract behind them: no limit can be set.
contract UnlimitedPayouts is Payouts {
    constructor(address authority) Payouts(authority, IRiskParameters(address(0))) {}
}
