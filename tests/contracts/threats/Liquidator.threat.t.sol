// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AuctionCurve} from "../../../contracts/interfaces/IRiskParameters.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {ThreatFixture} from "./ThreatFixture.sol";

/// @notice The only bidder, who waits as long as it pays to wait.
contract LiquidatorThreatTest is ThreatFixture {
    function _waited(uint256 time, uint256 price)
        private
        returns (uint256 gain, uint256 base, int256 before)
    {
        uint64 victim = honest[1];
        trade(victim, honest[0], perpetual(BTC), 100e18, 20_000e18);
        uint256 own = engine.marginOf(victim).ownRequirement;
        vm.prank(owners[victim]);
        accounts.withdraw(victim, STAKE - own * 135 / 100 / 1e12, LOOT);
        deposit(attacker, 10 * STAKE);
        round(60, price);
        liquidation.start(victim, engine.worstWitness(victim), 0);
        base = liquidation.auctionOf(victim).base;
        _live(time, price);
        before = equity(victim);
        int256 own_ = equity(attacker);
        bid(victim, attacker, 1e18);
        int256 change = equity(attacker) - own_;
        gain = change > 0 ? uint256(change) : 0;
    }

    /// @dev Rounds and readings of the auction clock every ten minutes: only live time counts.
    function _live(uint256 time, uint256 price) private {
        for (uint256 step; time != 0; time -= step) {
            step = time < 10 minutes ? time : 10 minutes;
            round(step, price);
            liquidation.tick();
        }
    }

    function _share(uint256 time) private view returns (uint256) {
        AuctionCurve memory curve = parameters.auctionCurve();
        return AuctionMath.discountShareWad(curve, time);
    }

    function _requireCurve(uint256 time, uint256 price) private {
        (uint256 gain, uint256 base, int256 before) = _waited(time, price);
        assertGt(gain, 0);
        assertLe(gain, base * _share(time) / 1e18 + 1e12, "discount(t) x requirement at the start");
        if (time < 30 minutes && before >= 0) assertLe(gain, uint256(before), "and the account's equity");
        emit log_named_decimal_uint("gained, quote", gain, 18);
        emit log_named_decimal_uint("base", base, 18);
    }

    function test_wait_TenMinutesIsWorthTheCurve() public {
        _requireCurve(10 minutes, 16_500e18);
    }

    function test_wait_AnHourIsWorthTheEndOfTheCurve() public {
        _requireCurve(1 hours, 16_500e18);
    }

    function test_wait_ADayIsWorthNoMore() public {
        _requireCurve(1 days, 16_500e18);
    }
}
