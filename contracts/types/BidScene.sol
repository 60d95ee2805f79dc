// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Shock} from "./Book.sol";
import {Leg} from "./Instrument.sol";
import {PriceInterval} from "./Margin.sol";
import {RiskTerms} from "./RiskTerms.sol";

/// @notice What a bound needs of the legs on one underlying; every figure is a sum over legs.
/// @param isLinear whether perpetuals alone are left @param wasLinear whether before anything was taken
/// @param linear its sign is the side, as in `LossOffset`
/// @param marks, shocked value of the legs at the signed price and at two grid points, in 1e-36 quote; entry values left out
/// @param payoffs of settled legs, in 1e-36 quote
struct LinearSums {
    uint16 underlying;
    PriceInterval interval;
    RiskTerms terms;
    bool isLinear;
    bool wasLinear;
    int256 linear;
    int256 marks;
    int256[2] shocked;
    int256 payoffs;
    int256 entryValue;
    uint256 perpetualUnits;
    uint256 grossUnits;
    uint256 shortOptionUnits;
    uint256 datedUnits;
    int256 delta;
    int256 gamma;
    int256 vega;
}

/// @notice An account in liquidation, what is asked of it, and what both are valued by.
/// @param legs asked and held, with the sign held
/// @param whole whether every leg is asked for, in full
/// @param shocks of the auction's witness and the challenger's, by book of the account; a weight of 0 means none
/// @param held, asked sums of the account and of the asked legs, ascending by underlying
/// @param equity at the signed price, WAD
/// @param insolvent whether equity is negative there and at the better price ends
/// @param onlyBought whether only bought options are held
struct BidScene {
    Leg[] legs;
    bool whole;
    uint256 maintenanceBps;
    uint256 cureBufferBps;
    uint256 shortOptionChargeBps;
    uint256 minimumNotionalBps;
    uint256 tailMultiplier;
    int256[] covariance;
    Shock[2][] shocks;
    LinearSums[] held;
    LinearSums[] asked;
    int256 equity;
    bool insolvent;
    bool onlyBought;
}
