// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {Auction, ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {CALL, InstrumentId} from "../../../contracts/types/Instrument.sol";
import {Header, LANE_PRICES, MarginRow, PriceRow, QuorumSignature} from "../../../contracts/types/Wire.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @notice What the people, the quorum and the liquidators of the invariants may do.
/// @dev An action may revert (a trade without margin, a start on a healthy account); then it changes nothing.
contract Actions is SystemHandler {
    uint256 private constant WAD = 1e18;
    /// @dev Quantities move truncated to 1e-18 and money is rounded to 1e-18; 128 legs at 1e6 stay below this.
    int256 private constant DUST = 1e9;

    struct Paid {
        uint256 discounts;
        uint256 fees;
        uint256 base;
    }

    mapping(uint64 auctionId => Paid) public paid;
    uint64 public lastAuction;
    uint256 public fills;
    /// @notice Fills within the duration whose uncapped discount would have exceeded equity.
    uint256 public cappedFills;
    /// @notice Fills that cost the account more than discount and fee.
    uint256 public overpriced;
    /// @notice Fills within the duration that took a solvent account below zero.
    uint256 public ruined;
    uint256 public replaysAccepted;
    uint256 public badDebts;
    uint256 public traded;
    uint256 public settled;

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

    /// @dev When nobody is under water, prices first move by a fifth, either way.
    function start(uint256 who) external audited {
        _freshen(who);
        if (!_isUnderWater(_worst(who))) _crash(who);
        _start(_worst(who));
    }

    /// @dev Leads prices to where a person's equity is all but gone, and bids within the duration: where the cap bites.
    function brink(uint256 who, uint256 elapsed, uint256 fraction) external audited {
        refresh(0.7e18);
        uint64 account = person(who);
        if (accounts.legsOf(account).length == 0 || liquidation.inLiquidation(account)) return;
        _leadToTheBrink(account);
        if (!_isUnderWater(account)) return;
        _start(account);
        verifier.follow(vm.getRecordedLogs());
        _passLive(_bound(elapsed, 1, 29 minutes));
        _bid(account, whale, _bound(fraction, 0.02e18, 1.2e18));
    }

    function bid(uint256 who, uint256 bidderSeed, uint256 fraction) external {
        vm.recordLogs();
        _freshen(who);
        verifier.follow(vm.getRecordedLogs());
        uint64 account = _auctioned(who);
        if (account == 0) return;
        uint64 bidder = bidderSeed % 3 == 0 ? person(bidderSeed / 3) : whale;
        _bid(account, bidder, _bound(fraction, 0.02e18, 1.2e18));
    }

    function end(uint256 who) external audited {
        uint64 account = _auctioned(who);
        if (account != 0) liquidation.end(account);
    }

    function settle(uint256 who) external audited {
        settled += settleAccount(person(who));
    }

    function deposit(uint256 who, uint256 amount) external audited {
        deposit(person(who), _bound(amount, 1, 5000e6));
    }

    function withdraw(uint256 who, uint256 amount) external audited {
        uint64 account = person(who);
        vm.prank(owners[account]);
        accounts.withdraw(account, _bound(amount, 1, 60_000e6), address(0xCAFE));
    }

    function wait(uint256 seconds_) external {
        vm.warp(block.timestamp + _bound(seconds_, 1, 20 minutes));
    }

    /// @dev Rarely: to the next expiry hour.
    function nextDay(uint256 seed) external audited {
        if (seed % 4 != 0) return;
        uint256 morning = block.timestamp - block.timestamp % 1 days + 1 days + 8 hours;
        vm.warp(morning - 10 minutes);
        refresh(0.7e18);
        vm.warp(morning + 1);
        refresh(0.7e18);
    }

    /// @notice Takes whatever is still on auction, after the full duration; for the end of a run.
    function clear() external {
        vm.warp(block.timestamp + 1 days);
        _passLive(35 minutes);
        vm.recordLogs();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            settleAccount(people[i]);
        }
        verifier.follow(vm.getRecordedLogs());
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (liquidation.inLiquidation(people[i])) _clear(people[i]);
        }
    }

    /// @dev Rounds and readings of the clock every five minutes.
    function _passLive(uint256 seconds_) private {
        for (uint256 step; seconds_ != 0; seconds_ -= step) {
            step = seconds_ < 5 minutes ? seconds_ : 5 minutes;
            vm.warp(block.timestamp + step);
            vm.recordLogs();
            refresh(0.7e18);
            liquidation.tick();
            verifier.follow(vm.getRecordedLogs());
        }
    }

    function _clear(uint64 account) private {
        // A fill voids the attested ratio, so a second one may be needed; it is never refused.
        for (uint256 i = 0; i < 3 && liquidation.inLiquidation(account); ++i) {
            if (liquidation.largestFraction(account) == 0) _end(account);
            else _bid(account, whale, WAD);
        }
    }

    function _start(uint64 account) private {
        lastAuction = liquidation.start(account, engine.worstWitness(account), whale);
        paid[lastAuction].base = liquidation.auctionOf(account).base;
    }

    /// @dev Halves its steps until equity is between zero and a tenth of the requirement; gives up after twelve.
    function _leadToTheBrink(uint64 account) private {
        int256 before = _equity(account);
        _moveBoth(500);
        int256 adverse = _equity(account) < before ? int256(1) : int256(-1);
        int256 step = 1500;
        for (uint256 i = 0; i < 12; ++i) {
            int256 equity = _equity(account);
            int256 own = int256(engine.marginOf(account).ownRequirement);
            if (equity >= 0 && equity < own / 10) return;
            _moveBoth((equity < 0 ? -adverse : adverse) * step);
            if (equity < 0) step = step / 2 + 1;
        }
    }

    function _moveBoth(int256 bps) private {
        prices[0] = _bound(prices[0] * uint256(10_000 + bps) / 10_000, 2000e18, 200_000e18);
        prices[1] = _bound(prices[1] * uint256(10_000 + bps) / 10_000, 150e18, 15_000e18);
        vm.warp(vm.getBlockTimestamp() + 3); // time for the three rounds that confirm a jump
        refresh(0.7e18);
    }

    function _end(uint64 account) private audited {
        liquidation.end(account);
    }

    /// @dev The quorum is alive most of the time: stale data meets one action in four.
    function _freshen(uint256 seed) private {
        if (seed % 4 != 0) refresh(_bound(seed, 0.4e18, 1e18));
    }

    function _crash(uint256 seed) private {
        _moveBoth(seed % 3 == 0 ? int256(2000) : -2000);
    }

    function _bid(uint64 account, uint64 bidder, uint256 fraction) private {
        Auction memory auction = liquidation.auctionOf(account);
        int256 before = _equity(account);
        vm.recordLogs();
        bid(account, bidder, fraction);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        verifier.follow(logs);
        (uint256 cost, uint256 debt) = _read(logs, auction.id);
        // What insurance and the others paid is not the account's own.
        int256 afterwards = _equity(account) - int256(debt);
        if (before - afterwards > int256(cost) + DUST) ++overpriced;
        _countCap(auction, before);
        bool capped = liquidation.liveSeconds() - auction.clockAtStart < auction.curve.durationSeconds;
        if (capped && before >= 0 && afterwards < -DUST) ++ruined;
        ++fills;
    }

    function _countCap(Auction memory auction, int256 equity) private {
        uint256 elapsed = liquidation.liveSeconds() - auction.clockAtStart;
        uint256 share = AuctionMath.discountShareWad(auction.curve, elapsed);
        bool within = elapsed < auction.curve.durationSeconds;
        if (within && equity >= 0 && uint256(equity) < auction.base * share / WAD) ++cappedFills;
    }

    function _read(Vm.Log[] memory logs, uint64 id) private returns (uint256 cost, uint256 debt) {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == ILiquidation.LiquidationFilled.selector) {
                (,, uint256 discount, uint256 fee,,) =
                    abi.decode(logs[i].data, (uint256, int256, uint256, uint256, uint64, bytes24));
                paid[id].discounts += discount;
                paid[id].fees += fee;
                cost += discount + fee;
            } else if (logs[i].topics[0] == ILiquidation.BadDebt.selector) {
                (debt,,,,) = abi.decode(logs[i].data, (uint256, uint256, uint256, uint64, bytes24));
                ++badDebts;
            }
        }
    }

    function _equity(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    /// @dev The first person from a seed on that is under water, so that a start often passes.
    function _worst(uint256 seed) private view returns (uint64 account) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            account = person(seed % PEOPLE + i);
            if (!liquidation.inLiquidation(account) && _isUnderWater(account)) return account;
        }
    }

    function _isUnderWater(uint64 account) private view returns (bool) {
        (uint256 lower,, int256 high) = engine.witnessOf(account, engine.worstWitness(account));
        return int256(lower) > high;
    }

    function _auctioned(uint256 seed) private view returns (uint64) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint64 account = person(seed % PEOPLE + i);
            if (liquidation.inLiquidation(account)) return account;
        }
        return 0;
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
