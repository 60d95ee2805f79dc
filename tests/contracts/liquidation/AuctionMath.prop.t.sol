// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AuctionMath, Fill, Position, Quote} from "../../../contracts/libraries/AuctionMath.sol";
import {Auction} from "../../../contracts/interfaces/ILiquidation.sol";
import {AuctionCurve} from "../../../contracts/interfaces/IRiskParameters.sol";

/// @notice Properties of the auction's arithmetic for any account, and one example in round numbers.
contract AuctionMathPropTest is Test {
    uint256 private constant WAD = 1e18;
    uint32 private constant DURATION = 1800;

    /// @dev Raw fuzz inputs, one word each.
    struct Seeds {
        uint256 cash;
        uint256 mark;
        uint256 own;
        uint256 base;
        uint256 remaining;
        uint256 gap;
        uint256 elapsed;
        uint256 fraction;
    }

    function _curve() private pure returns (AuctionCurve memory) {
        return AuctionCurve(DURATION, 100, 3000, 100, 1e18, 50, 100);
    }

    function _signed(uint256 seed, uint256 most) private pure returns (int256) {
        int256 size = int256(bound(seed >> 1, 0, most));
        return seed & 1 == 0 ? size : -size;
    }

    function _auction(Seeds memory s) private pure returns (Auction memory auction) {
        auction.startedAt = 1;
        auction.base = uint128(bound(s.base, 0, 1e30));
        auction.remaining = uint64(bound(s.remaining, 0, WAD));
        auction.curve = _curve();
    }

    function _position(Seeds memory s) private pure returns (Position memory p) {
        p.mark = _signed(s.mark, 1e30);
        p.equityMark = p.mark + _signed(s.cash, 1e30);
        p.equityLow = p.equityMark - int256(bound(s.gap, 0, 1e27));
        p.equityHigh = p.equityMark + int256(bound(s.gap, 0, 1e27));
        p.own = bound(s.own, 0, 1e30);
        p.cureTarget = p.own * 105 / 100;
    }

    /// @dev What equity at one price becomes when legs worth `value` there leave with the fill.
    function _after(int256 equity, int256 value, Fill memory fill) private pure returns (int256) {
        return equity - value + fill.value - int256(fill.discount) - int256(fill.fee);
    }

    function testFuzz_quote_NeverDrivesASolventAccountIntoDebt(Seeds memory s) public pure {
        Auction memory auction = _auction(s);
        Position memory p = _position(s);
        vm.assume(p.equityMark >= 0);
        Quote memory terms = AuctionMath.quote(auction, p, bound(s.elapsed, 0, DURATION - 1));
        Fill memory fill = AuctionMath.fill(terms, p.mark, bound(s.fraction, 0, WAD));
        // The legs that leave are worth at most the value charged for them, which is rounded up.
        assertGe(_after(p.equityMark, fill.value, fill), 0, "equity at the signed price");
        if (p.equityLow >= 0) {
            int256 markLow = p.mark - (p.equityMark - p.equityLow);
            int256 gone = AuctionMath.mulWadUpSigned(markLow, fill.fraction);
            assertGe(
                _after(p.equityLow, gone, fill), -1, "equity at the low price, up to one wei of rounding"
            );
        }
    }

    function testFuzz_quote_NeverExceedsTheCurve(Seeds memory s) public pure {
        Auction memory auction = _auction(s);
        Position memory p = _position(s);
        Quote memory terms = AuctionMath.quote(auction, p, bound(s.elapsed, 0, 10 * DURATION));
        assertLe(terms.discount, uint256(auction.base) * 3000 / 10_000);
        assertLe(terms.fee, uint256(auction.base) * 100 / 10_000);
        assertLe(terms.discount, p.own * 3000 / 10_000);
    }

    function testFuzz_quote_LargestFractionCures(Seeds memory s) public pure {
        Auction memory auction = _auction(s);
        Position memory p = _position(s);
        vm.assume(int256(p.cureTarget) > p.equityLow);
        Quote memory terms = AuctionMath.quote(auction, p, bound(s.elapsed, 0, 2 * DURATION));
        vm.assume(terms.most < WAD);
        Fill memory fill = AuctionMath.fill(terms, p.mark, terms.most);
        int256 markLow = p.mark - (p.equityMark - p.equityLow);
        int256 gone = AuctionMath.mulWadUpSigned(markLow, terms.most);
        uint256 target = (p.cureTarget * (WAD - terms.most) + WAD - 1) / WAD;
        assertGe(_after(p.equityLow, gone, fill), int256(target));
    }

    function testFuzz_quote_SharesSoldNeverPassTheBound(uint256 base, uint256[8] memory fractions)
        public
        pure
    {
        Auction memory auction;
        auction.base = uint128(bound(base, 1e18, 1e36));
        auction.remaining = uint64(WAD);
        auction.curve = _curve();
        Position memory p = Position(0, -1, -1, -1, type(uint128).max, 0);
        uint256 paid;
        for (uint256 i = 0; i < fractions.length; ++i) {
            uint256 fraction = bound(fractions[i], 1, WAD);
            Quote memory terms = AuctionMath.quote(auction, p, DURATION);
            paid += AuctionMath.fill(terms, 0, fraction).discount;
            auction.remaining = uint64(uint256(auction.remaining) * (WAD - fraction) / WAD);
        }
        assertLe(paid, uint256(auction.base) * 3000 / 10_000);
    }

    function testFuzz_discountShareWad_RisesFromFirstToLast(uint256 a, uint256 b) public pure {
        (a, b) = (bound(a, 0, 2 * DURATION), bound(b, 0, 2 * DURATION));
        if (a > b) (a, b) = (b, a);
        assertLe(AuctionMath.discountShareWad(_curve(), a), AuctionMath.discountShareWad(_curve(), b));
        assertEq(AuctionMath.discountShareWad(_curve(), 0), 0.01e18);
        assertEq(AuctionMath.discountShareWad(_curve(), b + DURATION), 0.3e18);
    }

    function test_discountShareWad_TakesAFallingCurveAndNoDuration() public pure {
        assertEq(AuctionMath.discountShareWad(AuctionCurve(100, 1000, 0, 0, 0, 0, 0), 50), 0.05e18);
        assertEq(AuctionMath.discountShareWad(AuctionCurve(0, 1000, 2000, 0, 0, 0, 0), 0), 0.2e18);
    }

    /// @notice Own 1000, maintenance x buffer 1050, equity 600, discount 10% and fee 1%: n = 450, r = 600 - 110 = 490,
    /// f = 450 / 940.
    function test_quote_WorkedExample() public pure {
        Auction memory auction;
        auction.base = 1000e18;
        auction.remaining = uint64(WAD);
        auction.curve = AuctionCurve(DURATION, 1000, 1000, 100, 1e18, 0, 0);
        Position memory p = Position(-5000e18, 600e18, 600e18, 600e18, 1000e18, 1050e18);
        Quote memory terms = AuctionMath.quote(auction, p, 0);
        assertEq(terms.discount, 100e18);
        assertEq(terms.fee, 10e18);
        assertApproxEqAbs(terms.most, uint256(450e18) / 940, 1e9 + 1);
        Fill memory fill = AuctionMath.fill(terms, p.mark, 0.4e18);
        assertEq(fill.value, -2000e18);
        assertEq(fill.discount, 40e18);
        assertEq(fill.fee, 4e18);
    }

    function test_quote_CapsTheDiscountAtEquityUntilTheDurationHasPassed() public pure {
        Auction memory auction;
        auction.base = 1000e18;
        auction.remaining = uint64(WAD);
        auction.curve = AuctionCurve(DURATION, 1000, 1000, 100, 1e18, 0, 0);
        Position memory p = Position(0, 30e18, 30e18, 30e18, 1000e18, 1050e18);
        Quote memory early = AuctionMath.quote(auction, p, DURATION - 1);
        assertEq(early.discount, 30e18);
        assertEq(early.fee, 0);
        assertEq(early.most, WAD);
        Quote memory late = AuctionMath.quote(auction, p, DURATION);
        assertEq(late.discount, 100e18);
        assertEq(late.most, WAD);
    }

    function test_leastWad_AsksForEverythingWhereDustWouldBeLeft() public pure {
        Quote memory terms = Quote(0, 0, WAD);
        assertEq(AuctionMath.leastWad(terms, 10e18, 1e18, 0.95e18), WAD);
        assertEq(AuctionMath.leastWad(terms, 10e18, 1e18, 0.9e18), AuctionMath.LEAST_FILL);
        assertEq(AuctionMath.leastWad(terms, 10e18, 1e18, WAD), AuctionMath.LEAST_FILL);
        terms.most = 0.002e18;
        assertEq(AuctionMath.leastWad(terms, 10e18, 1e18, 0.002e18), 0.002e18);
    }

    /// @notice The reward is a share of the bound, capped, and never more than the equity there is.
    function testFuzz_reward_IsBounded(uint256 bound_, int256 equity) public pure {
        bound_ = bound(bound_, 0, 1e40);
        equity = bound(equity, -1e40, 1e40);
        uint256 paid = AuctionMath.reward(_curve(), bound_, equity);
        assertLe(paid, bound_ * 50 / 10_000, "share of the bound");
        assertLe(paid, 100e18, "the most");
        if (equity <= 0) assertEq(paid, 0, "no debt for a reward");
        else assertLe(paid, uint256(equity), "out of equity");
        if (equity > 100e18 && bound_ >= 20_000e18) assertEq(paid, 100e18);
    }

    /// @notice No number of an account may make the arithmetic revert.
    function testFuzz_quote_DoesNotRevertAtExtremes(uint256 a, uint256 b, uint256 c, uint256 d) public pure {
        uint256 most = 1e52; // 128 legs of the largest quantity (2^127 units of 1e-18) at a price of 1e11
        Auction memory auction;
        auction.base = AuctionMath.toUint128(bound(a, 0, most));
        auction.remaining = uint64(bound(b, 0, WAD));
        auction.curve = _curve();
        Position memory p = Position(
            _signed(c, most),
            _signed(d, most),
            _signed(a, most),
            _signed(b, most),
            bound(d, 0, most),
            bound(c, 0, most)
        );
        Quote memory terms = AuctionMath.quote(auction, p, bound(d, 0, 2 * DURATION));
        Fill memory fill = AuctionMath.fill(terms, p.mark, terms.most);
        assertLe(terms.most, WAD);
        assertLe(fill.discount, terms.discount);
    }
}
