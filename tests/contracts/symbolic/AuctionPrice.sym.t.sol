// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Auction} from "../../../contracts/interfaces/ILiquidation.sol";
import {AuctionCurve} from "../../../contracts/interfaces/IRiskParameters.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";

/// @notice Proved by halmos for every second and any wait of 32 bits, on the shortest curve that `ParameterBounds` allows, the
/// configured one and the longest: the discount starts and ends where its curve says, stays between, and never falls.
/// @custom:halmos --solver-command ".audit-venv/bin/python tools/integers.py"
contract AuctionPriceSymbolic {
    uint256 private constant BPS_WAD = 1e14;
    uint256 private constant BASE = 330_000e18;
    uint256 private constant LEFT = BASE * 3 / 4;

    function check_minute_GrowsBetweenItsEnds(uint32 elapsed, uint32 more) external pure {
        _grows(_curve(1 minutes, 0, 10_000), elapsed, more);
    }

    function check_configured_GrowsBetweenItsEnds(uint32 elapsed, uint32 more) external pure {
        _grows(_curve(30 minutes, 200, 5000), elapsed, more);
    }

    function check_week_GrowsBetweenItsEnds(uint32 elapsed, uint32 more) external pure {
        _grows(_curve(7 days, 1, 9999), elapsed, more);
    }

    /// @dev In money, of a snapshot of 330,000 of which three quarters remain: the share of what remains.
    function check_discount_StartsAndEndsAsTheCurve(uint32 elapsed) external pure {
        assert(_discount(0) * 10_000 == LEFT * 200);
        if (elapsed >= 30 minutes) assert(_discount(elapsed) * 10_000 == LEFT * 5000);
    }

    /// @dev One second more never gives less; any longer wait is a chain of such steps.
    function check_discount_Grows(uint32 elapsed) external pure {
        assert(_discount(elapsed) <= _discount(uint256(elapsed) + 1));
    }

    function _discount(uint256 elapsed) private pure returns (uint256 discount) {
        Auction memory auction;
        (auction.base, auction.remaining, auction.curve) =
        (uint128(BASE), 0.75e18, _curve(30 minutes, 200, 5000));
        (discount,) = AuctionMath.costOfAll(auction, BASE, -1, true, elapsed);
    }

    function _grows(AuctionCurve memory curve, uint256 elapsed, uint256 more) private pure {
        uint256 share = AuctionMath.discountShareWad(curve, elapsed);
        uint256 first = curve.startDiscountBps * BPS_WAD;
        uint256 last = curve.endDiscountBps * BPS_WAD;
        assert(first <= share && share <= last);
        if (elapsed == 0) assert(share == first);
        if (elapsed >= curve.durationSeconds) assert(share == last);
        assert(share <= AuctionMath.discountShareWad(curve, elapsed + more));
    }

    function _curve(uint32 duration, uint16 first, uint16 last)
        private
        pure
        returns (AuctionCurve memory curve)
    {
        (curve.durationSeconds, curve.startDiscountBps, curve.endDiscountBps) = (duration, first, last);
    }
}
