// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IBidValuation} from "../interfaces/IBidValuation.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {AuctionBook} from "./AuctionBook.sol";
import {Bids} from "./Bids.sol";
import {Deleveraging} from "./Deleveraging.sol";

/// @title Liquidation
/// @notice See `ILiquidation` for the rules and `AuctionMath` for why a fill never drives a solvent account into debt.
/// Trust: holds the ledger role and the right to draw on the insurance fund, and has no administrator.
contract Liquidation is Bids {
    constructor(
        IMarginAccounts accounts_,
        IMarginEngine engine_,
        IRiskParameters parameters_,
        IInsuranceFund insurance_,
        IBidValuation valuation_
    ) AuctionBook(accounts_, engine_, parameters_, insurance_) Deleveraging(valuation_) {}
}
