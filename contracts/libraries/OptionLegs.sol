// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {ExpiryTerms, UnderlyingBook} from "../types/Book.sol";
import {AveragedOption} from "./AveragedOption.sol";
import {Black76} from "./Black76.sol";
import {CallList} from "./CallList.sol";
import {Svi} from "./Svi.sol";

/// @title What an option adds to its underlying's book
/// @notice Of at most 128 legs |quantity| is below 2^127 and a price, forward or strike below 2^99: sums below 2^233, hence the
/// unchecked arithmetic.
library OptionLegs {
    /// @notice A leg whose settlement price is known.
    function addPayoff(UnderlyingBook memory book, int256 quantity, uint256 payoff) internal pure {
        unchecked {
            book.fixedValue += quantity * int256(payoff);
            book.payoffs += quantity * int256(payoff);
        }
    }

    /// @notice What an option adds beside its call: a put is a call, a short forward and its strike in cash.
    function add(
        UnderlyingBook memory book,
        ExpiryTerms memory expiry,
        uint256 strike,
        int256 quantity,
        bool isCall
    ) internal pure {
        _addUnits(book, expiry, quantity);
        unchecked {
            if (isCall) return;
            book.linear -= quantity * int256(expiry.forward);
            book.fixedValue += quantity * int256(strike);
        }
    }

    /// @notice Appends its call, read from the smile at its own strike.
    function appendCall(
        UnderlyingBook memory book,
        ExpiryTerms memory expiry,
        uint256 strike,
        int256 quantity
    ) internal pure {
        int256 logRatio = Black76.logRatio96(expiry.forward, strike);
        uint256 deviation = Svi.deviation(expiry.row, -Black76.toWad(logRatio));
        CallList.append(book.calls, quantity, strike, expiry.forward, logRatio, deviation, expiry.termWeight);
    }

    /// @notice Quantity and strike of what remains of an option in its settlement window. Strike 0 where nothing is open any more: the
    /// book then holds a call as a forward and cash, a put as nothing; its units carry their charges all the same.
    function withoutAccrued(
        UnderlyingBook memory book,
        ExpiryTerms memory expiry,
        uint256 strike,
        int256 quantity,
        bool isCall
    ) internal pure returns (int256, uint256) {
        (int256 left, int256 restStrike, uint256 lost) = AveragedOption.rest(
            quantity, strike, isCall, expiry.coveredSeconds, expiry.weightedPrice
        );
        unchecked {
            book.fixedValue -= int256(lost);
            if (restStrike > 0) return (left, uint256(restStrike));
            _addUnits(book, expiry, left);
            if (!isCall) return (left, 0);
            book.linear += left * int256(expiry.forward);
            book.fixedValue -= left * restStrike;
        }
        return (left, 0);
    }

    function _addUnits(UnderlyingBook memory book, ExpiryTerms memory expiry, int256 quantity) private pure {
        unchecked {
            uint256 units = FixedPointMathLib.abs(quantity);
            book.grossUnits += units;
            book.datedUnits += units * expiry.secondsLeft;
            if (quantity < 0) book.shortOptionUnits += units;
        }
    }
}
