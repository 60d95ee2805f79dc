// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Auction, ILiquidation, LegLimit} from "../../../contracts/interfaces/ILiquidation.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {MarketMoves} from "./MarketMoves.sol";

/// @notice What the liquidators of the invariants may do, and what each of their fills did.
/// @dev An action may revert (a start on a healthy account); then it changes nothing.
abstract contract LiquidationActions is MarketMoves {
    uint256 internal constant WAD = 1e18;
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
    /// @notice Fills for named legs; those after which equity less the witness's bound was lower; those that left dust.
    uint256 public legFills;
    uint256 public worsened;
    uint256 public dustLeft;
    /// @notice Rewards above the share of the bound, above the most, or above the equity at the worse price end.
    uint256 public overRewarded;
    uint256 public badDebts;
    /// @notice Legs closed against the other side; how often that moved somebody's equity, or left somebody below maintenance.
    uint256 public deleveraged;
    uint256 public unfairlyClosed;
    uint256 public endangered;

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

    function bidLegs(uint256 who, uint256 which, uint256 most) external {
        vm.recordLogs();
        _freshen(who);
        verifier.follow(vm.getRecordedLogs());
        uint64 account = _auctioned(who);
        if (account == 0 || accounts.legsOf(account).length == 0) return;
        Leg[] memory legs = accounts.legsOf(account);
        Leg memory wanted = legs[which % legs.length];
        uint256 held = FixedPointMathLib.abs(wanted.quantity);
        LegLimit[] memory asked = new LegLimit[](1);
        asked[0] = LegLimit(wanted.instrument, uint128(_bound(most, held / 20 + 1, held)));
        _bidLegs(account, asked);
    }

    /// @dev Whoever holds the other side of a leg that nobody bid for, at the mark: nobody's equity changes.
    function deleverage(uint256 who, uint256 which) external {
        uint64 account = _auctioned(who);
        if (account == 0 || accounts.legsOf(account).length == 0) return;
        if (engine.marginOf(account).equityHigh >= 0) return;
        _passLive(61 minutes);
        Leg[] memory legs = accounts.legsOf(account);
        InstrumentId instrument = legs[which % legs.length].instrument;
        uint64[] memory others = _holders(instrument, legs[which % legs.length].quantity);
        int256[] memory before = new int256[](others.length);
        bytes32[] memory held = new bytes32[](others.length);
        for (uint256 i = 0; i < others.length; ++i) {
            (before[i], held[i]) = (_equity(others[i]), _legsHash(others[i]));
        }
        vm.recordLogs();
        liquidation.deleverage(account, instrument, others);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        verifier.follow(logs);
        (, uint256 debt) = _read(logs, 0);
        for (uint256 i = 0; i < others.length; ++i) {
            // A debt that nobody else could pay is everyone's, which is not the doing of the leg.
            if (debt != 0) break;
            if (_apart(_equity(others[i]), before[i]) > DUST) ++unfairlyClosed;
            if (_legsHash(others[i]) != held[i] && _isHarmed(others[i])) ++endangered;
        }
        ++deleveraged;
    }

    function _legsHash(uint64 account) private view returns (bytes32) {
        return keccak256(abi.encode(accounts.legsOf(account)));
    }

    /// @dev Below maintenance, and not one that is insolvent on auction already.
    function _isHarmed(uint64 account) private view returns (bool) {
        MarginState memory margin = engine.marginOf(account);
        if (margin.equityLow >= int256(margin.maintenanceRequirement)) return false;
        return margin.equityHigh >= 0 || !liquidation.inLiquidation(account);
    }

    function end(uint256 who) external audited {
        uint64 account = _auctioned(who);
        if (account != 0) liquidation.end(account);
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

    function _clear(uint64 account) private {
        // A fill voids the attested ratio, so a second one may be needed; it is never refused.
        for (uint256 i = 0; i < 3 && liquidation.inLiquidation(account); ++i) {
            if (liquidation.largestFraction(account) == 0) _end(account);
            else _bid(account, whale, WAD);
        }
    }

    function _start(uint64 account) private {
        int256 equityLow = engine.marginOf(account).equityLow;
        int256 held = accounts.cashOf(whale);
        Witness memory witness = engine.worstWitness(account);
        (uint256 bound,,) = engine.witnessOf(account, witness);
        lastAuction = liquidation.start(account, witness, whale);
        Auction memory auction = liquidation.auctionOf(account);
        paid[lastAuction].base = auction.base;
        int256 reward = accounts.cashOf(whale) - held;
        int256 share = int256(bound * auction.curve.rewardBps / 10_000);
        bool isOwed = reward <= share && reward <= int256(uint256(auction.curve.mostReward) * WAD)
            && (reward == 0 || reward <= equityLow);
        if (!isOwed) ++overRewarded;
    }

    function _bidLegs(uint64 account, LegLimit[] memory asked) private {
        Auction memory auction = liquidation.auctionOf(account);
        int256 before = _equity(account);
        (uint256 first,,) = engine.witnessOf(account, auction.witness);
        uint256 ratio = engine.marginOf(account).maintenanceRatioBps;
        vm.recordLogs();
        vm.prank(owners[whale]);
        uint256 portion = liquidation.bidLegs(account, whale, asked, 0, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        verifier.follow(logs);
        (uint256 cost, uint256 debt) = _read(logs, auction.id);
        int256 afterwards = _equity(account) - int256(debt);
        if (before - afterwards > int256(cost) + DUST) ++overpriced;
        ++legFills;
        _countRuin(auction, before, afterwards);
        if (!liquidation.inLiquidation(account)) return;
        (uint256 rest,,) = engine.witnessOf(account, auction.witness);
        // The fill voids the attestation; its merit is measured at the ratio before it.
        rest = rest * ratio / engine.marginOf(account).maintenanceRatioBps;
        if (afterwards - int256(rest) + DUST < before - int256(first)) ++worsened;
        if (portion == WAD && rest + uint256(DUST) < auction.curve.dustRequirement) ++dustLeft;
    }

    function _countRuin(Auction memory auction, int256 before, int256 afterwards) private {
        bool capped = liquidation.liveSeconds() - auction.clockAtStart < auction.curve.durationSeconds;
        if (capped && before >= 0 && afterwards < -DUST) ++ruined;
    }

    function _end(uint64 account) private audited {
        liquidation.end(account);
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
        _countRuin(auction, before, afterwards);
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
            } else if (logs[i].topics[0] == ILiquidation.LegsTaken.selector) {
                (,,, uint256 discount, uint256 fee,,) =
                    abi.decode(logs[i].data, (uint256, uint256, int256, uint256, uint256, uint64, bytes24));
                paid[id].discounts += discount;
                paid[id].fees += fee;
                cost += discount + fee;
            } else if (logs[i].topics[0] == ILiquidation.BadDebt.selector) {
                (debt,,,,) = abi.decode(logs[i].data, (uint256, uint256, uint256, uint64, bytes24));
                ++badDebts;
            }
        }
    }

    function _apart(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a - b : b - a;
    }
}
