// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {MarginAccounts} from "../../../contracts/accounts/MarginAccounts.sol";
import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {LedgerEngineMock} from "../mocks/LedgerEngineMock.sol";
import {MockToken} from "../mocks/MockToken.sol";

/// @title Random owners and modules at work on one ledger
/// @notice Counts the payoffs of expired legs: their two sides are settled one by one.
contract LedgerHandler is Test {
    uint64 internal constant ACCOUNTS = 5;

    MarginAccounts internal immutable ledger;
    MockToken internal immutable token;
    LedgerEngineMock internal immutable engine;
    InstrumentId[] internal instruments;

    /// @notice Credited less debited by expiry so far, WAD.
    int256 public settledPayoffs;
    /// @notice Changes of legs, premiums, fundings, closings and write-offs: each may leave dust with the house.
    uint256 public roundings;
    /// @notice Socialised losses; each factor is floored to 1e-18 of positive cash.
    uint256 public socialisedDustBound;

    constructor(
        MarginAccounts ledger_,
        MockToken token_,
        LedgerEngineMock engine_,
        InstrumentId[] memory list
    ) {
        (ledger, token, engine) = (ledger_, token_, engine_);
        instruments = list;
        for (uint64 i; i < ACCOUNTS; ++i) {
            ledger.create(address(this));
        }
    }

    function deposit(uint256 account, uint256 amount) external {
        amount = bound(amount, 1, 1e12);
        token.mint(address(this), amount);
        token.approve(address(ledger), amount);
        ledger.deposit(_account(account), amount);
    }

    function withdraw(uint256 account, uint256 amount) external {
        uint64 id = _account(account);
        int256 cash = ledger.cashOf(id);
        if (cash < 1e12 || ledger.legsOf(id).length != 0) return;
        amount = bound(amount, 1, uint256(cash) / 1e12);
        if (amount > token.balanceOf(address(ledger))) return;
        ledger.withdraw(id, amount, address(this));
    }

    function trade(uint256 buyer, uint256 seller, uint256 pick, uint256 quantity, uint256 price) external {
        quantity = bound(quantity, 1, 1_000e18);
        price = bound(price, 0, 1_000e18);
        InstrumentId instrument = instruments[pick % instruments.length];
        ledger.settleTrade(_account(buyer), _account(seller), instrument, uint128(quantity), uint96(price));
        roundings += 8;
    }

    function closeOut(uint256 account, uint256 counter, uint256 price) external {
        uint64 id = _account(account);
        Leg[] memory legs = ledger.legsOf(id);
        price = bound(price, 0, 1_000e18);
        for (uint256 i; i < legs.length; ++i) {
            int256 q = legs[i].quantity;
            uint128 size = uint128(uint256(q < 0 ? -q : q));
            (uint64 b, uint64 s) = q < 0 ? (id, _account(counter)) : (_account(counter), id);
            ledger.settleTrade(b, s, legs[i].instrument, size, uint96(price));
            roundings += 8;
        }
    }

    function takeOver(uint256 from, uint256 to, uint256 fraction) external {
        ledger.takeOver(_account(from), _account(to), bound(fraction, 0, 1e18));
        roundings += 8 * instruments.length;
    }

    function moveCash(uint256 from, uint256 to, uint256 amount) external {
        ledger.moveCash(_account(from), _account(to), bound(amount, 0, 10_000e18), 6);
    }

    function fund(uint256 underlying, int256 step) external {
        uint16 u = uint16(underlying % 2 + 1);
        engine.setFundingIndex(u, engine.fundingIndex(u) + bound(step, -5e18, 5e18));
    }

    function expire(uint256 account, uint256 payoff) external {
        uint64 id = _account(account);
        Leg[] memory legs = ledger.legsOf(id);
        for (uint256 i; i < legs.length; ++i) {
            if (legs[i].instrument.isPerpetual()) continue;
            settledPayoffs += ledger.closeExpired(id, legs[i].instrument, bound(payoff, 0, 500e18));
        }
    }

    function socialise(uint256 account) external {
        uint256 total = ledger.totalPositiveCash();
        if (ledger.socialise(_account(account)) != 0) socialisedDustBound += total / 1e18 + ACCOUNTS + 1;
    }

    function transfer(uint256 account) external {
        ledger.transferFrom(address(this), address(this), _account(account));
    }

    function _account(uint256 pick) private pure returns (uint64) {
        return uint64(pick % ACCOUNTS + 1);
    }
}
