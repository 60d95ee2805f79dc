// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PriceInterval} from "./Margin.sol";
import {RiskTerms} from "./RiskTerms.sol";
import {SurfaceRow} from "./Wire.sol";

/// @notice All legs of an account on one underlying, with the market they live in read once. As put = call + strike -
/// forward, only calls are priced, one per expiry and strike; what puts and perpetuals add is linear in the index.
/// @param linear value of perpetuals at their mark, index x (1 + premium), less quantity x forward of the puts, and quantity x forward of
/// calls whose exercise is certain (`AveragedOption`), at the signed price, in 1e-36 quote
/// @param fixedValue quantity x strike of the puts, less that of calls whose exercise is certain, and quantity x payoff of legs whose
/// settlement price is known, in 1e-36 quote
/// @param payoffs the last of these alone
/// @param entryValue ledger's entry value of the perpetuals, WAD
/// @param perpetualUnits |quantity| of the perpetual, WAD
/// @param grossUnits sum of |quantity| of legs that still carry risk, WAD
/// @param shortOptionUnits sum of |quantity| of short options that still carry risk, WAD
/// @param datedUnits sum of |quantity| x seconds to expiry of options that still carry risk, WAD
/// @param soldForwardPerBps sum of |quantity| x forward of the calls sold, in 1e-36 quote, per 1e-4 of forward
/// @param calls records of `CallList`
/// @param terms what the underlying is charged beside its loss
/// @param creditLow, creditHigh prices at which gains are credited, beside the ends of the interval
struct UnderlyingBook {
    uint16 underlying;
    PriceInterval interval;
    int256 linear;
    int256 fixedValue;
    int256 payoffs;
    int256 entryValue;
    uint256 perpetualUnits;
    uint256 grossUnits;
    uint256 shortOptionUnits;
    uint256 datedUnits;
    int256 soldForwardPerBps;
    uint256[] calls;
    RiskTerms terms;
    uint256 creditLow;
    uint256 creditHigh;
}

/// @notice A move of one underlying, in this order in memory (`CallList.shockedAt`): index and forwards x numerator / denominator, each volatility x
/// (1 + volatilityShock x term weight).
/// @param logFactor ln(numerator / denominator) in 2^-96; not used where the numerator is 0
/// @param volatilityShock in 2^-96
/// @param weightBps share of the loss that counts
struct Shock {
    uint256 numerator;
    uint256 denominator;
    int256 logFactor;
    int256 volatilityShock;
    uint256 weightBps;
}

/// @notice A book revalued at one point. Values in 1e-36 quote.
/// @param factorBps index as a multiple of the signed price, in basis points
/// @param volatilityShock in 2^-96
/// @param value of all legs, entry values left out
/// @param bought, sold value of the calls bought and of those sold, both at least 0
/// @param slopePerBps what the calls bought gain per 1e-4 of the signed price, rounded down
struct Revaluation {
    uint256 factorBps;
    int256 volatilityShock;
    int256 value;
    int256 bought;
    int256 sold;
    int256 slopePerBps;
}

/// @notice What all legs of one expiry share.
/// @param fixedPrice settlement price, WAD; 0 until it, or its whole window, is known
/// @param forward, termWeight WAD
/// @param coveredSeconds of the settlement window that are over, 0 outside of it
/// @param weightedPrice price x seconds in these, WAD
struct ExpiryTerms {
    uint256 expiry;
    uint256 fixedPrice;
    uint256 forward;
    uint256 termWeight;
    uint256 secondsLeft;
    uint256 coveredSeconds;
    uint256 weightedPrice;
    SurfaceRow row;
}
