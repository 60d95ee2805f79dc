// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PriceInterval} from "./Margin.sol";

/// @notice An option leg with its market read once, ready to be repriced. WAD.
/// @param logRatio ln(forward / strike), unshocked
/// @param deviation implied volatility x sqrt(T), unshocked; 0 once expired
/// @param termWeight sqrt(30 d / max(T, floor)), the share of a 30-day volatility move that this expiry makes
struct OptionLeg {
    int256 quantity;
    uint256 forward;
    uint256 strike;
    int256 logRatio;
    uint256 deviation;
    uint256 termWeight;
    bool isCall;
}

/// @notice All legs of an account on one underlying.
/// @param perpetual net perpetual quantity x (1 + premium), WAD: times the index it is worth its mark
/// @param fixedValue quantity x payoff of legs whose settlement price is fixed, in 1e-36 quote
/// @param entryValue ledger's entry value of the perpetuals, WAD
/// @param grossUnits sum of |quantity| of legs that still carry risk, WAD
/// @param shortOptionUnits sum of |quantity| of short options that still carry risk, WAD
struct UnderlyingBook {
    uint16 underlying;
    PriceInterval interval;
    int256 perpetual;
    int256 fixedValue;
    int256 entryValue;
    uint256 grossUnits;
    uint256 shortOptionUnits;
    OptionLeg[] options;
}

/// @notice A move of one underlying: index and forwards x numerator / denominator, each volatility x
/// (1 + volatilityShock x term weight).
/// @param logFactor ln(numerator / denominator), WAD; not used where the numerator is 0
/// @param volatilityShock WAD
struct Shock {
    uint256 numerator;
    uint256 denominator;
    int256 logFactor;
    int256 volatilityShock;
}
