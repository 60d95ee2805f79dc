// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {CALL, InstrumentId} from "../../../contracts/types/Instrument.sol";
import {Mode} from "../../../contracts/types/Margin.sol";
import {Header, LANE_PRICES, MarginRow, PriceRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {FundActions} from "./FundActions.sol";

/// @notice What the people and the quorum of the invariants may do, beside liquidating.
/// @dev An action may revert (a trade without margin); then it changes nothing.
contract Actions is FundActions {
    /// @notice Seconds that the auction clock counted while the chain was halted, or went back.
    uint256 public clockErrors;
    uint256 public replaysAccepted;
    uint256 public traded;
    uint256 public settled;
    /// @notice Withdrawals that passed a closed exit gate.
    uint256 public escaped;

    /// @dev Two thirds of a person's buying power at most: one trade passes, several reach the initial requirement.
    function trade(uint256 a, uint256 b, uint256 which, uint256 size) external audited {
        _freshen(size);
        InstrumentId instrument = _alive(which);
        uint256 index = prices[instrument.underlying() - 1];
        uint256 quantity = _bound(size, 0.01e18, 130_000e18 * WAD / index);
        quantity -= quantity % 0.01e18;
        a %= PEOPLE;
        trade(person(a), person(a + 1 + b % (PEOPLE - 1)), instrument, quantity, _priceOf(instrument, index));
        ++traded;
    }

    function movePrices(uint256 bitcoinMove, uint256 etherMove, uint256 volatility, uint256 seconds_)
        external
        audited
    {
        vm.warp(block.timestamp + _bound(seconds_, 1, 10 minutes));
        prices[0] = _bound(prices[0] * _bound(bitcoinMove, 8000, 12_200) / 10_000, 2000e18, 200_000e18);
        prices[1] = _bound(prices[1] * _bound(etherMove, 8000, 12_200) / 10_000, 150e18, 15_000e18);
        refresh(_bound(volatility, 0.3e18, 1.5e18));
    }

    /// @dev Honest verdicts and dishonest ones: any ratio, sometimes for another portfolio.
    function attest(uint256 who, uint16 initial, uint16 maintenance, bool wrongNonce) external audited {
        uint64 account = person(who);
        uint64 nonce = accounts.portfolioNonce(account);
        if (initial % 2 == 0) {
            maintenance = uint16(_bound(maintenance, 8000, 20_000));
            initial = uint16(_bound(initial, maintenance, 20_000));
        }
        publishMargin(MarginRow(account, wrongNonce ? nonce + 1 : nonce, initial, maintenance, 1, 2));
        ++rounds[4];
    }

    /// @dev A round with a wrong sequence number must not pass.
    function replayRound(uint64 seq) external audited {
        PriceRow[] memory rows = new PriceRow[](1);
        rows[0] = PriceRow(BTC, uint96(prices[0]), 0);
        Header memory head = header(LANE_PRICES);
        if (seq == head.seq) ++seq;
        head.seq = seq;
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = sign(head, keccak256(packed));
        try lanes.publishPrices(head, packed, quorum) {
            ++replaysAccepted;
        } catch {
            return;
        }
    }

    function settle(uint256 who) external audited {
        settled += settleAccount(person(who));
    }

    function deposit(uint256 who, uint256 amount) external audited {
        deposit(person(who), _bound(amount, 1, 5000e6));
    }

    function withdraw(uint256 who, uint256 amount) external audited {
        uint64 account = person(who);
        bool closed = liquidation.exitGateClosed();
        vm.prank(owners[account]);
        accounts.withdraw(account, _bound(amount, 1, 60_000e6), address(0xCAFE));
        if (closed) ++escaped;
    }

    function wait(uint256 seconds_) external {
        bool halted = engine.mode() == Mode.HALTED;
        uint256 before = liquidation.liveSeconds();
        vm.warp(block.timestamp + _bound(seconds_, 1, 20 minutes));
        uint256 counted = liquidation.liveSeconds();
        if (counted < before || (halted && counted != before)) ++clockErrors;
    }

    function tick() external audited {
        uint256 before = liquidation.liveSeconds();
        liquidation.tick();
        if (liquidation.liveSeconds() != before) ++clockErrors;
    }

    /// @dev Rarely: to the next expiry hour, now and then with a gap in its window.
    function nextDay(uint256 seed) external audited {
        if (seed % 4 != 0) return;
        uint256 morning = block.timestamp - block.timestamp % 1 days + 1 days + 8 hours;
        for (uint256 quarter = seed % 16 == 0 ? 1 : 0; quarter < 3; ++quarter) {
            vm.warp(morning - 31 minutes + quarter * 15 minutes);
            refresh(0.7e18);
        }
        vm.warp(morning + 1);
        refresh(0.7e18);
    }

    function _alive(uint256 seed) private view returns (InstrumentId instrument) {
        for (uint256 i = 0; i < instruments.length; ++i) {
            instrument = instruments[(seed % instruments.length + i) % instruments.length];
            if (instrument.isPerpetual() || instrument.expiry() > block.timestamp) return instrument;
        }
    }

    /// @dev Intrinsic value plus 2% of the index for an option, the index for a perpetual.
    function _priceOf(InstrumentId instrument, uint256 index) private pure returns (uint256) {
        if (instrument.isPerpetual()) return index;
        uint256 strike = instrument.strikeWad();
        (uint256 high, uint256 low) = instrument.kind() == CALL ? (index, strike) : (strike, index);
        return (high > low ? high - low : 0) + index / 50;
    }
}
