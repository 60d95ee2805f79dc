// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId} from "../types/Instrument.sol";

/// @notice A resting order, signed per EIP-712 by the account's owner or a delegate (ERC-1271 allowed).
/// @param quantity WAD, positive to buy, negative to sell; the most that may ever be filled
/// @param limitPrice WAD quote per unit, worst acceptable
/// @param minimumFill least |quantity| of any single fill (the last remainder excepted)
/// @param expiry unix seconds after which it may not fill
/// @param ownerEpoch the account's owner epoch: a transfer of the account voids the order
/// @param salt makes equal orders distinct
struct Order {
    uint64 account;
    InstrumentId instrument;
    int128 quantity;
    uint96 limitPrice;
    uint128 minimumFill;
    uint64 expiry;
    uint64 ownerEpoch;
    uint256 salt;
}

/// @title Settles trades from two signed orders
/// @notice Anyone may match two crossing orders at a price inside both limits. After the trade each side must have
/// creditedEquity >= initial requirement; or, if it does not, its (equityLow - maintenance requirement) must not be lower than before
/// at the same ratios, price included, and below maintenance its equityLow must not fall either: a trade that reduces risk
/// passes only at a price inside the instrument's band (`IPriceBand`). In REDUCE_ONLY both sides must be such. Accounts in liquidation do not trade.
/// Each side pays a fee on the traded value to the insurance fund, rounded up (`ILedgerTerms`); margin is judged with it.
interface ITradeSettlement {
    error OrderExpired(bytes32 orderHash, uint64 expiry, uint256 blockTime);
    error OrderCancelled(bytes32 orderHash);
    error OrderOverfilled(bytes32 orderHash, uint256 asked, uint256 remaining);
    error FillTooSmall(bytes32 orderHash, uint256 quantity, uint256 minimum);
    error OrdersDoNotMatch(bytes32 buyHash, bytes32 sellHash);
    error PriceOutsideLimit(uint96 price, uint96 buyLimit, uint96 sellLimit);
    error WrongOwnerEpoch(bytes32 orderHash, uint64 given, uint64 current);
    error BadOrderSignature(bytes32 orderHash, address signer);
    error ZeroQuantity();
    error NotALot(uint128 quantity, uint96 lotSize);
    error SelfTrade(uint64 account);
    error InstrumentExpired(uint104 instrument, uint256 blockTime);
    error NotAllowedInMode(uint8 mode);
    /// @notice The trade opens more of the underlying than depth allows; what only closes or passes on is never refused.
    error OpenInterestAboveCap(uint16 underlying, uint256 openInterest, uint256 cap);

    /// @notice One of the sides passes only because the trade reduces its risk, and at this price it hands on what it releases.
    error PriceOutsideBand(uint256 price, uint256 low, uint256 high);

    event TradeSettled(
        bytes32 indexed buyHash,
        bytes32 indexed sellHash,
        uint104 indexed instrument,
        uint64 buyer,
        uint64 seller,
        uint128 quantity,
        uint96 price,
        uint64 seq,
        bytes24 runningHash
    );
    event OrderVoided(bytes32 indexed orderHash, uint64 indexed account, uint64 seq, bytes24 runningHash);

    /// @param buySigner, sellSigner who signed: the owner or a delegate of the account
    function settle(
        Order calldata buy,
        address buySigner,
        bytes calldata buySignature,
        Order calldata sell,
        address sellSigner,
        bytes calldata sellSignature,
        uint128 quantity,
        uint96 price
    ) external;
    function cancel(Order calldata order) external;
    function orderHash(Order calldata order) external view returns (bytes32);
    function filled(bytes32 orderHash) external view returns (uint256);
    function cancelled(bytes32 orderHash) external view returns (bool);
}
