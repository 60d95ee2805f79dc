// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {IBidReader} from "../interfaces/IBidReader.sol";
import {IBidValuation} from "../interfaces/IBidValuation.sol";
import {Auction, LegFill, LegLimit} from "../interfaces/ILiquidation.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {LinearBook} from "../libraries/LinearBook.sol";
import {BidScene, LinearSums} from "../types/BidScene.sol";
import {Witness} from "../types/Margin.sol";

/// @title BidValuation
/// @notice See `IBidValuation`. Holds no state and trusts no caller: it answers about the auction it is given.
contract BidValuation is IBidValuation {
    using FixedPointMathLib for uint256;
    using LinearBook for LinearSums[];

    uint256 private constant WAD = 1e18;
    uint256 private constant ONE_BPS = 10_000;

    /// @dev Maintenance bounds by the auction's witness, the challenger's, and delta-gamma-vega.
    /// @param convex the first without the limit that holds only once everything sold is gone: convex in the portion
    struct Bounds {
        uint256 witness;
        uint256 convex;
        uint256 challenger;
        uint256 tail;
    }

    /// @dev What comes on top of a loss, the least that is asked, and the most.
    struct Surcharge {
        uint256 charges;
        uint256 floor;
        uint256 most;
    }

    IBidReader public immutable reader;

    constructor(IBidReader reader_) {
        reader = reader_;
    }

    /// @inheritdoc IBidValuation
    function quoteLegs(uint64 account, LegLimit[] calldata asked, Auction calldata auction, uint256 elapsed)
        external
        view
        returns (LegFill memory fill)
    {
        BidScene memory scene = reader.sceneOf(account, asked, [auction.witness, auction.challenger]);
        fill.legs = scene.legs;
        bool whole = scene.whole;
        Bounds memory before = _bounds(scene, auction, 0);
        uint256 target = AuctionMath.cureTarget(before.witness, scene.cureBufferBps);
        if (int256(target) <= scene.equity) revert NotUnderWater(account, before.witness, scene.equity);
        fill.required = before.witness;
        (fill.discount, fill.fee) =
            AuctionMath.costOfAll(auction, before.witness, scene.equity, scene.insolvent, elapsed);
        Bounds memory rest = _reduce(scene, account, auction, before, fill);
        whole = whole && fill.portion == WAD;
        _finish(fill, scene.asked.netValue() + int256(scene.asked.length));
        _requireImprovement(account, before, rest, fill, whole, auction.challenger.isScenario);
        uint256 dust = auction.curve.dustRequirement;
        if (!whole && fill.portion == WAD && rest.witness < dust) {
            revert LeavesDust(account, rest.witness, dust);
        }
    }

    /// @dev What restores the target, on the chord between nothing and everything: the bound is convex in the portion.
    function _reduce(
        BidScene memory scene,
        uint64 account,
        Auction calldata auction,
        Bounds memory before,
        LegFill memory fill
    ) private pure returns (Bounds memory rest) {
        rest = _bounds(scene, auction, WAD);
        fill.portion = WAD;
        fill.relief = _relief(account, before, rest);
        uint256 cost = (fill.discount + fill.fee).fullMulDiv(fill.relief, WAD);
        uint256 bufferBps = scene.cureBufferBps;
        int256 over = scene.equity - int256(cost) - int256(AuctionMath.cureTarget(rest.convex, bufferBps));
        if (over <= 0) return rest;
        uint256 needed = uint256(int256(AuctionMath.cureTarget(before.witness, bufferBps)) - scene.equity);
        uint256 portion = needed.fullMulDivUp(WAD, needed + uint256(over)) + AuctionMath.CURE_SLACK;
        if (portion >= WAD) return rest;
        fill.portion = portion;
        rest = _bounds(scene, auction, portion);
        fill.relief = _relief(account, before, rest);
    }

    /// @dev Share of the bound that is gone, rounded down.
    function _relief(uint64 account, Bounds memory before, Bounds memory rest)
        private
        pure
        returns (uint256)
    {
        if (rest.witness >= before.witness) {
            revert NoRelief(account, before.witness, rest.witness);
        }
        return (before.witness - rest.witness).fullMulDiv(WAD, before.witness);
    }

    /// @dev From amounts for everything to those of the fill; value up and discount down, against the bidder.
    function _finish(LegFill memory fill, int256 valueOfAsked) private pure {
        fill.value = AuctionMath.mulWadUpSigned(valueOfAsked, fill.portion);
        fill.discount = fill.discount.fullMulDiv(fill.relief, WAD);
        fill.fee = fill.fee.fullMulDiv(fill.relief, WAD);
        if (fill.portion == WAD) return;
        for (uint256 i; i < fill.legs.length; ++i) {
            fill.legs[i].quantity = int128(int256(fill.legs[i].quantity) * int256(fill.portion) / int256(WAD));
        }
    }

    function _requireImprovement(
        uint64 account,
        Bounds memory before,
        Bounds memory rest,
        LegFill memory fill,
        bool whole,
        bool isNamed
    ) private pure {
        bool isTooSmall =
            fill.relief < AuctionMath.LEAST_FILL && fill.portion == WAD && !whole;
        if (isTooSmall) revert NoRelief(account, before.witness, rest.witness);
        if (whole) return;
        uint256 cost = fill.discount + fill.fee;
        _requireNotWorse(account, before.challenger, rest.challenger, rest.witness, cost);
        _requireNotWorse(account, before.tail, rest.tail, rest.witness, cost);
        if (isNamed && rest.challenger > before.challenger) {
            revert WorsensWitness(account, before.challenger, rest.challenger, cost);
        }
    }

    /// @dev A second bound falls by the cost of the fill, or ends where it does not decide.
    function _requireNotWorse(uint64 account, uint256 before, uint256 rest, uint256 first, uint256 cost)
        private
        pure
    {
        if (rest > first && rest + cost > before) revert WorsensWitness(account, before, rest, cost);
    }

    /// @dev Bounds of the account without a portion of the asked legs; `convex` only without all of them.
    function _bounds(BidScene memory scene, Auction calldata auction, uint256 portion)
        private
        pure
        returns (Bounds memory bounds)
    {
        LinearSums[] memory books = portion == 0 ? scene.held : scene.held.less(scene.asked, portion);
        Surcharge memory surcharge = _surcharge(scene, books);
        uint256 tail = books.tailLoss(scene.covariance, scene.tailMultiplier);
        bounds.tail = _maintenance(scene, _own(surcharge, tail));
        bounds.witness =
            _maintenance(scene, _own(surcharge, _lossBy(scene, books, auction.witness, 0, tail, false)));
        bounds.challenger =
            _maintenance(scene, _own(surcharge, _lossBy(scene, books, auction.challenger, 1, tail, false)));
        if (portion != WAD) return bounds;
        // A cap is no convex function of the portion where something sold stays.
        if (!scene.onlyBought) surcharge.most = type(uint256).max;
        bounds.convex =
            _maintenance(scene, _own(surcharge, _lossBy(scene, books, auction.witness, 0, tail, true)));
    }

    function _surcharge(BidScene memory scene, LinearSums[] memory books)
        private
        pure
        returns (Surcharge memory surcharge)
    {
        (surcharge.charges, surcharge.floor) =
            books.chargesAndFloor(scene.shortOptionChargeBps, scene.minimumNotionalBps);
        surcharge.most = books.mostLoss();
    }

    function _own(Surcharge memory surcharge, uint256 loss) private pure returns (uint256) {
        return (loss + surcharge.charges).max(surcharge.floor).min(surcharge.most);
    }

    function _lossBy(
        BidScene memory scene,
        LinearSums[] memory books,
        Witness calldata witness,
        uint256 which,
        uint256 tail,
        bool asBefore
    ) private pure returns (uint256) {
        if (!witness.isScenario) return tail;
        return books.lossAt(scene.shocks, which, scene.covariance, asBefore);
    }

    function _maintenance(BidScene memory scene, uint256 own) private pure returns (uint256) {
        return own.fullMulDivUp(scene.maintenanceBps, ONE_BPS);
    }
}
