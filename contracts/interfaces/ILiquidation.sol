// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuctionCurve} from "./IRiskParameters.sol";
import {Witness} from "../types/Margin.sol";

/// @notice A running auction.
/// @param startedAt unix seconds; 0 means none
/// @param base own requirement at the start, WAD: discounts are shares of it
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
/// f x discount(t) x base. While the account is solvent (equityHigh >= 0) f is limited to what restores maintenance x
/// (1 + cureBuffer), the discount paid is at most the account's equity share, and the insurance fund earns a fee. An
/// insolvent account may be taken whole; the discount is then owed to the bidder by the account, whose negative cash is
/// paid by the insurance fund, and what remains is socialised. The auction ends when the account is cured or empty.
/// Liveness: with fresh prices nothing on this path can revert on the account's numbers.
interface ILiquidation {
    error NotLiquidatable(uint64 account, uint256 maintenanceBound, int256 equityHigh);
    error AuctionRunning(uint64 account);
    error NoAuction(uint64 account);
    error FractionTooLarge(uint64 account, uint256 asked, uint256 most);
    error DiscountBelowLimit(uint256 discount, uint256 limit);
    error WitnessNotWorse(uint64 account, uint256 bound, uint256 best);
    error StillUnderWater(uint64 account, int256 equity, uint256 required);
    error BidderIsAccount(uint64 account);
    error ZeroFraction();

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
