// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {AuctionCurve} from "../interfaces/IRiskParameters.sol";
import {Auction} from "../interfaces/ILiquidation.sol";

/// @notice What an auction needs to know of the account, WAD money.
/// @param mark V, value of all legs at the signed price
/// @param equityMark E, cash and collateral as they count for new risk, plus V
/// @param own present own requirement
/// @param cureTarget maintenance x (1 + cureBuffer), rounded up
struct Position {
    int256 mark;
    int256 equityMark;
    int256 equityLow;
    int256 equityHigh;
    uint256 own;
    uint256 cureTarget;
}

/// @notice Terms for everything now; a fraction f gets f of each amount.
/// @param most largest fraction a bidder may take, WAD
struct Quote {
    uint256 discount;
    uint256 fee;
    uint256 most;
}

/// @notice Amounts of one fill, WAD money.
/// @param largest whether the most allowed is taken: a smaller fill cannot cure
struct Fill {
    uint256 fraction;
    bool largest;
    int256 value;
    uint256 discount;
    uint256 fee;
}

/// @title The arithmetic of the auction, without state
/// @notice Let d and g be discount and fee for everything and f the fraction. Legs worth f V leave against cash
/// f V - f d, and f g is paid as fee. With any price p at which the account's equity is E_p = credit + V_p,
///   E_p' = credit + f V - f d - f g + (1 - f) V_p = (1 - f) E_p + f r,   r = E - d - g.
/// Within the duration and for E >= 0, `quote` keeps d + g <= E, so r >= 0 and
///   E_p' >= (1 - f) E_p at every price: no equity that was non-negative becomes negative, and as requirements are
///   homogeneous of degree one in the legs, equity / requirement does not fall.
/// The cure E_low' >= B M (1 - f) solves to f = n / (n + r) with n = B M - E_low.
library AuctionMath {
    using FixedPointMathLib for uint256;

    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 10_000;
    /// @dev Added to the curing fraction: legs move truncated to 1e-18 units and money is rounded to 1e-18, which
    /// for 128 legs at a price of 1e6 is under 2e8 wei; 1e-9 of an account worth 1 quote covers it.
    uint256 internal constant CURE_SLACK = 1e9;
    /// @dev Least share of the legs a fill may take, so that fills cannot be ground into rounding.
    uint256 internal constant LEAST_FILL = 0.01e18;

    /// @notice Share of the scale given away after `elapsed` seconds, WAD: linear, then constant.
    function discountShareWad(AuctionCurve memory curve, uint256 elapsed) internal pure returns (uint256) {
        // slither-disable-next-line divide-before-multiply WAD / BPS is exact
        uint256 first = uint256(curve.startDiscountBps) * (WAD / BPS);
        // slither-disable-next-line divide-before-multiply WAD / BPS is exact
        uint256 last = uint256(curve.endDiscountBps) * (WAD / BPS);
        if (elapsed >= curve.durationSeconds) return last;
        if (last < first) return first - (first - last) * elapsed / curve.durationSeconds;
        return first + (last - first) * elapsed / curve.durationSeconds;
    }

    /// @notice Terms for everything, with the auction's clock `elapsed` seconds after its start.
    function quote(Auction memory auction, Position memory position, uint256 elapsed)
        internal
        pure
        returns (Quote memory terms)
    {
        bool insolvent = position.equityMark < 0 && position.equityHigh < 0;
        (terms.discount, terms.fee) =
            costOfAll(auction, position.own, position.equityMark, insolvent, elapsed);
        terms.most = _mostWad(position, terms, auction.curve.dustRequirement);
    }

    /// @notice Discount and fee for relieving the account of all of `required`.
    function costOfAll(
        Auction memory auction,
        uint256 required,
        int256 equityMark,
        bool insolvent,
        uint256 elapsed
    ) internal pure returns (uint256 discount, uint256 fee) {
        uint256 scale = uint256(auction.base).fullMulDiv(auction.remaining, WAD).min(required);
        uint256 equity = equityMark > 0 ? uint256(equityMark) : 0;
        discount = scale.fullMulDiv(discountShareWad(auction.curve, elapsed), WAD);
        if (!insolvent && elapsed < auction.curve.durationSeconds) discount = discount.min(equity);
        fee = scale.fullMulDiv(auction.curve.insuranceFeeBps, BPS).min(equity.zeroFloorSub(discount));
    }

    /// @notice What the starter is paid: a share of the bound, at most `mostReward` and the equity. Rounded down.
    function reward(AuctionCurve memory curve, uint256 bound, int256 equity) internal pure returns (uint256) {
        if (equity <= 0) return 0;
        uint256 share = bound.fullMulDiv(curve.rewardBps, BPS);
        return share.min(uint256(curve.mostReward) * WAD).min(uint256(equity));
    }

    /// @notice maintenance x (1 + buffer), rounded up.
    function cureTarget(uint256 maintenance, uint256 bufferBps) internal pure returns (uint256) {
        return maintenance.fullMulDivUp(BPS + bufferBps, BPS);
    }

    /// @notice Saturated: a requirement of 3.4e20 quote is beyond any account, and discounts of it are enough.
    function toUint128(uint256 value) internal pure returns (uint128) {
        return uint128(value.min(type(uint128).max));
    }

    /// @notice The least a bidder may take when it would take `fraction`: everything if the rest would be dust.
    function leastWad(Quote memory terms, uint256 own, uint256 dust, uint256 fraction)
        internal
        pure
        returns (uint256)
    {
        if (terms.most == WAD && _leavesDust(own, dust, fraction)) return WAD;
        return terms.most.min(LEAST_FILL);
    }

    /// @notice Amounts of a fill; value is rounded up and discount down, against the bidder, the fee down.
    function fill(Quote memory terms, int256 mark, uint256 fraction) internal pure returns (Fill memory) {
        return Fill({
            fraction: fraction,
            largest: fraction == terms.most,
            value: mulWadUpSigned(mark, fraction),
            discount: terms.discount.fullMulDiv(fraction, WAD),
            fee: terms.fee.fullMulDiv(fraction, WAD)
        });
    }

    /// @notice value x fraction, rounded toward positive infinity.
    function mulWadUpSigned(int256 value, uint256 fraction) internal pure returns (int256) {
        if (value < 0) return -int256(uint256(-value).fullMulDiv(fraction, WAD));
        return int256(uint256(value).fullMulDivUp(fraction, WAD));
    }

    /// @dev f = n / (n + r), see above; r <= 0 means that no partial fill cures.
    function _mostWad(Position memory position, Quote memory terms, uint256 dust)
        private
        pure
        returns (uint256)
    {
        int256 needed = int256(position.cureTarget) - position.equityLow;
        if (needed <= 0) return 0;
        int256 kept = position.equityMark - int256(terms.discount + terms.fee);
        if (kept <= 0) return WAD;
        uint256 fraction = uint256(needed).fullMulDivUp(WAD, uint256(needed) + uint256(kept)) + CURE_SLACK;
        return fraction >= WAD || _leavesDust(position.own, dust, fraction) ? WAD : fraction;
    }

    function _leavesDust(uint256 own, uint256 dust, uint256 fraction) private pure returns (bool) {
        return fraction < WAD && own.fullMulDiv(WAD - fraction, WAD) < dust;
    }
}
