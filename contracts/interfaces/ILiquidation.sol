// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuctionCurve} from "./IRiskParameters.sol";
import {Witness} from "../types/Margin.sol";

/// @notice A running auction.
/// @param startedAt unix seconds; 0 means none
/// @param base the bound proven, WAD: discounts are shares of it, or of the own requirement if that is less
/// @param bound highest maintenance bound shown so far by any witness
/// @param remaining WAD share of the starting portfolio still held
struct Auction {
    uint64 startedAt;
    uint64 id;
    uint256 base;
    uint256 bound;
    uint256 remaining;
    AuctionCurve curve;
}

/// @title Permissionless liquidation by witness and Dutch auction
/// @notice `start`: anyone names a witness; the account must be under water by it at both price ends. From then a
/// bidder may take a fraction f of every leg: it receives the legs, their mark value f V is settled in cash, and it earns
/// f x discount(t) x scale, scale = min(base x remaining, present own requirement). With E the equity at the signed price:
/// - while E >= 0 and the duration has not passed, discount and insurance fee together are at most f x E, so a fill
///   leaves equity at any price at (1 - f) of what it was or more: it never lowers equity / requirement
/// - f is limited to what restores maintenance x (1 + cureBuffer); the whole account may be taken when no smaller f does,
///   or when what would be left is below `dustRequirement`
/// - when the account is insolvent (E < 0 and equityHigh < 0), or the full duration has passed without a cure, the
///   discount may exceed equity: it is owed to the bidder by the account
/// An account left without legs and with negative cash is paid for by the insurance fund, and what remains is socialised.
/// The auction ends when the account is cured or empty. All discounts of an auction together are at most
/// endDiscount x base, all fees at most insuranceFee x base. A witness alone decides: nothing but what it names is repriced,
/// and the base is the bound it proves, so that a worse witness raises both.
/// Liveness: with fresh prices nothing on this path can revert on the account's numbers, and someone asking for
/// everything is never refused for the size of the fraction.
interface ILiquidation {
    error NotLiquidatable(uint64 account, uint256 maintenanceBound, int256 equityHigh);
    error AuctionRunning(uint64 account);
    error NoAuction(uint64 account);
    error FractionTooLarge(uint64 account, uint256 asked, uint256 most);
    error DiscountBelowLimit(uint256 discount, uint256 limit);
    error WitnessNotWorse(uint64 account, uint256 bound, uint256 best);
    error StillUnderWater(uint64 account, int256 equity, uint256 required);
    error BidderIsAccount(uint64 account);
    error BidderInLiquidation(uint64 bidder);
    error NotAuthorised(uint64 bidder, address caller);
    error BidderBelowInitialMargin(uint64 bidder, int256 equity, uint256 required);
    error ZeroFraction();
    /// @notice The fill would be below `least`: a hundredth of the legs, or everything where it would leave dust.
    error FractionTooSmall(uint64 account, uint256 asked, uint256 least);
    error Halted();

    event LiquidationStarted(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint256 maintenanceBound,
        int256 equityLow,
        int256 equityHigh,
        uint256 base,
        bool isScenario,
        uint248 points,
        address caller,
        uint64 seq,
        bytes24 runningHash
    );
    event WitnessRaised(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint256 maintenanceBound,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param fraction WAD share of the legs held just before
    /// @param mark value of the legs taken, at the signed price; the bidder owes mark - discount
    event LiquidationFilled(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint64 indexed bidder,
        uint256 fraction,
        int256 mark,
        uint256 discount,
        uint256 fee,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param outcome 0 cured, 1 emptied, 2 healthy again without a bid
    event LiquidationEnded(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint8 outcome,
        int256 equity,
        uint64 seq,
        bytes24 runningHash
    );
    event BadDebt(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint256 debt,
        uint256 insurancePaid,
        uint256 socialised,
        uint64 seq,
        bytes24 runningHash
    );

    function start(uint64 account, Witness calldata witness) external returns (uint64 auctionId);
    function raiseWitness(uint64 account, Witness calldata witness) external;
    /// @param fraction WAD share of the account's present legs, taken "up to": reduced to the most allowed
    /// @param leastDiscount reverts if the discount (WAD money for this fill) would be lower
    function bid(uint64 account, uint64 bidder, uint256 fraction, uint256 leastDiscount)
        external
        returns (uint256 taken);
    /// @notice Ends the auction of an account that is above maintenance x (1 + buffer) again; anyone.
    function end(uint64 account) external;
    function auctionOf(uint64 account) external view returns (Auction memory);
    function inLiquidation(uint64 account) external view returns (bool);
    /// @notice Discount in WAD money for taking everything now.
    function discountNow(uint64 account) external view returns (uint256);
    /// @notice Most a bidder may take now, WAD share of present legs.
    function largestFraction(uint64 account) external view returns (uint256);
}
