// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuctionCurve} from "./IRiskParameters.sol";
import {InstrumentId, Leg} from "../types/Instrument.sol";
import {Witness} from "../types/Margin.sol";

/// @notice A running auction.
/// @param startedAt unix seconds; 0 means none
/// @param clockAtStart reading of the auction clock at the start: the curve runs on the clock, not on block time
/// @param remaining WAD share of the starting requirement that has not been sold
/// @param base highest maintenance bound proven so far, each at the prices of its proof, down to a whole 1e-6 quote: discounts
/// are shares of it
/// @param witness names the bound that a bid for legs must lower
/// @param challenger a second witness whose bound such a bid must lower by at least its cost; delta-gamma-vega until named
struct Auction {
    uint64 startedAt;
    uint64 clockAtStart;
    uint64 id;
    uint64 remaining;
    uint128 base;
    AuctionCurve curve;
    Witness witness;
    Witness challenger;
}

/// @notice A leg that a bidder wants, and at most how much of it (WAD units, without sign).
struct LegLimit {
    InstrumentId instrument;
    uint128 most;
}

/// @notice What a bid for legs takes and what it costs the account, WAD.
/// @param portion share of each asked and held leg that is taken
/// @param relief share of the witness's bound that leaves with the legs
/// @param required bound before, to which discounts are shares
/// @param value of the legs at the signed price, rounded up: the bidder owes value - discount
struct LegFill {
    Leg[] legs;
    uint256 portion;
    uint256 relief;
    uint256 required;
    int256 value;
    uint256 discount;
    uint256 fee;
}

/// @title Permissionless liquidation by witness and Dutch auction
/// @notice `start`: anyone names a witness; the account must be under water by it at both price ends. The starter is paid
/// min(rewardBps of the bound, mostReward, equity), out of the account. From then there are two ways to bid.
/// `bid` takes a fraction f of every leg: the bidder receives the legs, their mark value f V is settled in cash, and it
/// earns f x discount(t) x scale, scale = min(base x remaining, present own requirement). With E the equity at the signed price:
/// - while E >= 0 and the duration has not passed, discount and insurance fee together are at most f x E, so a fill
///   leaves equity at any price at (1 - f) of what it was or more: it never lowers equity / requirement
/// - f is limited to what restores maintenance x (1 + cureBuffer); the whole account may be taken when no smaller f does,
///   or when what would be left is below `dustRequirement`
/// - when the account is insolvent (E < 0 and equityHigh < 0), or the full duration has passed without a cure, the
///   discount may exceed equity: it is owed to the bidder by the account
/// `bidLegs` takes named legs, "up to": with B the bound by the auction's witness and f = 1 - B' / B the share of it that
/// the fill takes away, it earns f x discount(t) x min(base x remaining, B), capped alike. See `IBidValuation`.
/// Waterfall: the account's equity; then, for an account left without legs and with negative cash, the insurance fund;
/// what nobody bid for is closed by `deleverage`, which costs nobody but who is left with the debt; what the fund cannot
/// pay is socialised over positive cash. From the start of an insolvent account on, its deficit counts for the exit gate.
/// The auction ends when the account is cured or empty. All discounts of an auction together are at most
/// endDiscount x base, all fees at most insuranceFee x base.
/// Clock: seconds in which the chain was live. It stops while HALTED and goes on from where it stood. Nobody writes when
/// a halt begins, so each reading counts only time for which prices were already there: from the last `tick` until
/// those prices would halt the chain. A halt is never counted; where nobody ticks for a whole `haltAge`, live time
/// is not counted either, which costs bidders and never the account. Bidders gain by ticking.
/// Liveness: with fresh prices nothing on the path of `start` and `bid` can revert on the account's numbers, and someone
/// asking for everything is never refused for the size of the fraction. Limits are shares and quantities are "up to", so
/// nobody's small change to the account makes another's bid revert.
interface ILiquidation {
    error NotLiquidatable(uint64 account, uint256 maintenanceBound, int256 equityHigh);
    error AuctionRunning(uint64 account);
    error NoAuction(uint64 account);
    error FractionTooLarge(uint64 account, uint256 asked, uint256 most);
    /// @notice Discount per requirement taken away, both WAD, is below the bidder's limit.
    error ShareBelowLimit(uint256 share, uint256 limit);
    error WitnessNotWorse(uint64 account, uint256 bound, uint256 best);
    error StillUnderWater(uint64 account, int256 equity, uint256 required);
    error BidderIsAccount(uint64 account);
    error BidderInLiquidation(uint64 bidder);
    error NotAuthorised(uint64 bidder, address caller);
    /// @param equity credited: legs taken over are new risk also where they would lower the bidder's; who only wants less
    /// of it trades (`ITradeSettlement`)
    error BidderBelowInitialMargin(uint64 bidder, int256 equity, uint256 required);
    error ZeroFraction();
    /// @notice The fill would be below `least`: a hundredth of the legs, or everything where it would leave dust.
    error FractionTooSmall(uint64 account, uint256 asked, uint256 least);
    /// @notice Less of the asked legs is left, or may be taken, than the bidder's least; WAD shares of what was asked.
    error PortionBelowLimit(uint64 account, uint256 portion, uint256 least);
    /// @notice Bidders still have time, in live seconds.
    error StillOnOffer(uint64 account, uint256 elapsed, uint256 patience);
    error NotInsolvent(uint64 account, int256 equityHigh);
    error NotACounterparty(uint64 account, uint64 counterparty, int256 held);
    /// @notice Without the leg the counterparty would be below maintenance: it is not closed against it.
    error CounterpartyEndangered(uint64 counterparty, int256 equityLow, uint256 required);
    error TooManyCounterparties(uint256 given, uint256 most);
    error Halted();

    event LiquidationStarted(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint256 maintenanceBound,
        int256 equityLow,
        int256 equityHigh,
        bool isScenario,
        uint248 points,
        address caller,
        uint64 rewardTo,
        uint256 reward,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param isChallenger whether it became the second witness instead of the first
    event WitnessRaised(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint256 maintenanceBound,
        bool isScenario,
        uint248 points,
        bool isChallenger,
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
    /// @param portion WAD share of what was asked and held that was taken
    /// @param relief WAD share of the witness's bound that left with the legs
    event LegsTaken(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint64 indexed bidder,
        uint256 portion,
        uint256 relief,
        int256 mark,
        uint256 discount,
        uint256 fee,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice The auction clock after a reading, and until when it may go on without another.
    event ClockAdvanced(uint64 liveSeconds, uint64 liveUntil, uint64 seq, bytes24 runningHash);
    /// @param outcome 0 cured, 1 emptied, 2 healthy again without a bid
    event LiquidationEnded(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint8 outcome,
        int256 equity,
        uint64 seq,
        bytes24 runningHash
    );
    /// @param moved what the counterparty took, at the mark; it owed `value`
    event Deleveraged(
        uint64 indexed account,
        uint64 indexed auctionId,
        uint64 indexed counterparty,
        uint104 instrument,
        int256 moved,
        int256 value,
        uint64 seq,
        bytes24 runningHash
    );
    /// @notice What an account on auction lacks at the better price end, and the sum over all of them.
    event DeficitNoted(
        uint64 indexed account, uint256 deficit, uint256 totalDeficit, uint64 seq, bytes24 runningHash
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

    /// @param rewardTo account that receives the starter's reward; 0 for none
    function start(uint64 account, Witness calldata witness, uint64 rewardTo)
        external
        returns (uint64 auctionId);
    /// @notice Replaces the auction's witness by one with a higher bound; what it replaces becomes the challenger.
    function raiseWitness(uint64 account, Witness calldata witness) external;
    /// @notice Names a second witness, with a bound above that of the second one so far.
    function challenge(uint64 account, Witness calldata witness) external;
    /// @param fraction WAD share of the account's present legs, taken "up to": reduced to the most allowed
    /// @param leastShare reverts if the discount per requirement taken away (WAD) would be lower
    function bid(uint64 account, uint64 bidder, uint256 fraction, uint256 leastShare)
        external
        returns (uint256 taken);
    /// @param legs in ascending order of instrument; one that is not held (any more) is passed over
    /// @param leastPortion WAD share of what is asked, leg by leg, below which the bid reverts; 0 takes what there is
    /// @param leastShare as for `bid`
    function bidLegs(
        uint64 account,
        uint64 bidder,
        LegLimit[] calldata legs,
        uint256 leastPortion,
        uint256 leastShare
    ) external returns (uint256 portion);
    /// @notice Closes a leg that nobody bid for against accounts with the other side of it, at the mark, pro rata over those
    /// named (ascending, at most 32). Anyone, once the account is insolvent at both price ends and the curve's duration
    /// has passed twice.
    /// Nobody is left below maintenance by it, unless insolvent and on auction itself.
    /// Warning: which accounts are named is the caller's choice; at the mark nobody named gains or loses by it.
    function deleverage(uint64 account, InstrumentId instrument, uint64[] calldata counterparties)
        external
        returns (uint256 closed);
    /// @notice Proves the deficit of an account on auction again, up or down; anyone.
    function measureDeficit(uint64 account) external;
    function deficitOf(uint64 account) external view returns (uint256);
    function totalDeficit() external view returns (uint256);
    /// @notice Whether known deficits exceed the insurance fund by more than 0.1% of all positive cash: then nothing leaves.
    function exitGateClosed() external view returns (bool);
    /// @notice Ends the auction of an account that is above maintenance x (1 + buffer) again; anyone.
    function end(uint64 account) external;
    /// @notice Reads the clock; anyone, in any mode.
    function tick() external;
    /// @notice The auction clock now: seconds known to have been live.
    function liveSeconds() external view returns (uint64);
    /// @notice Unix seconds until which the clock goes on without another reading.
    function clockRunsUntil() external view returns (uint64);
    function auctionOf(uint64 account) external view returns (Auction memory);
    function inLiquidation(uint64 account) external view returns (bool);
    /// @notice Discount in WAD money for taking everything now.
    function discountNow(uint64 account) external view returns (uint256);
    /// @notice What `bidLegs` would take and for what; reverts where it would, the bidder's own margin and limits apart.
    function quoteLegs(uint64 account, LegLimit[] calldata legs) external view returns (LegFill memory);
    /// @notice Most a bidder may take now, WAD share of present legs.
    function largestFraction(uint64 account) external view returns (uint256);
}
