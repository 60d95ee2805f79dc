// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Auction, ILiquidation} from "../interfaces/ILiquidation.sol";
import {AuctionCurve} from "../interfaces/IRiskParameters.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {Witness} from "../types/Margin.sol";
import {ExitGate} from "./ExitGate.sol";

/// @title Running auctions, one slot and their witnesses each
/// @notice A start writes two slots. The curve is copied when it first counts and never changes; auctions of one curve share the
/// copy.
abstract contract AuctionStore is ExitGate {
    using FixedPointMathLib for uint256;

    /// @dev WAD per unit of `base`: a base is kept to 1e-6 quote, rounded down, and saturates at 1.8e13 quote.
    uint256 private constant BASE_UNIT = 1e12;

    /// @dev Seconds fit 40 bits for 34,000 years, numbers of auctions 32 bits. See `Auction` for the fields.
    /// @param curve place in `_curves`
    struct Stored {
        uint40 startedAt;
        uint40 clockAtStart;
        uint32 id;
        uint16 curve;
        uint64 remaining;
        uint64 base;
        Witness witness;
        Witness challenger;
    }

    AuctionCurve[] private _curves;
    mapping(uint64 account => Stored) private _auctions;

    /// @inheritdoc ILiquidation
    function auctionOf(uint64 account) public view returns (Auction memory auction) {
        Stored storage stored = _auctions[account];
        if (stored.startedAt == 0) return auction;
        (auction.startedAt, auction.clockAtStart) = (stored.startedAt, stored.clockAtStart);
        (auction.id, auction.remaining) = (stored.id, stored.remaining);
        auction.base = uint128(stored.base * BASE_UNIT);
        auction.curve = _curves[stored.curve];
        (auction.witness, auction.challenger) = (stored.witness, stored.challenger);
    }

    /// @inheritdoc ILiquidation
    function inLiquidation(uint64 account) public view returns (bool) {
        return _auctions[account].startedAt != 0;
    }

    function _open(
        uint64 account,
        uint64 id,
        uint256 bound,
        AuctionCurve memory curve,
        Witness memory witness
    ) internal {
        Stored storage stored = _auctions[account];
        (stored.startedAt, stored.clockAtStart) = (uint40(block.timestamp), uint40(liveSeconds()));
        (stored.id, stored.remaining) = (uint32(id), uint64(AuctionMath.WAD));
        stored.curve = _placeOf(curve);
        stored.base = _units(bound);
        stored.witness = witness;
    }

    function _running(uint64 account) internal view returns (Auction memory auction) {
        auction = auctionOf(account);
        if (auction.startedAt == 0) revert NoAuction(account);
    }

    /// @dev The former witness becomes the challenger.
    function _raise(uint64 account, Auction memory auction, uint256 bound, Witness memory witness) internal {
        Stored storage stored = _auctions[account];
        (stored.challenger, stored.witness) = (auction.witness, witness);
        stored.base = _units(bound.max(auction.base));
    }

    function _setChallenger(uint64 account, Witness memory witness) internal {
        _auctions[account].challenger = witness;
    }

    /// @dev Rounded down: shares that were sold never add up to more than one.
    function _sell(uint64 account, uint64 remaining, uint256 share) internal {
        _auctions[account].remaining =
            uint64(uint256(remaining) * (AuctionMath.WAD - share) / AuctionMath.WAD);
    }

    function _remove(uint64 account) internal {
        delete _auctions[account];
    }

    /// @dev On the auction's clock.
    function _elapsed(Auction memory auction) internal view returns (uint256) {
        return liveSeconds() - auction.clockAtStart;
    }

    /// @dev Of the newest curve, or of one more. 65,536 changes of the curve take governance centuries; beyond them the
    /// last place is overwritten, so that no start can fail for it.
    function _placeOf(AuctionCurve memory curve) private returns (uint16) {
        uint256 count = _curves.length;
        if (count != 0 && keccak256(abi.encode(_curves[count - 1])) == keccak256(abi.encode(curve))) {
            return uint16(count - 1);
        }
        if (count > type(uint16).max) _curves[count - 1] = curve;
        else _curves.push(curve);
        return uint16(_curves.length - 1);
    }

    function _units(uint256 bound) private pure returns (uint64) {
        return uint64((bound / BASE_UNIT).min(type(uint64).max));
    }
}
