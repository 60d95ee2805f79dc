// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginState} from "../../../contracts/types/Margin.sol";
import {MarginRow} from "../../../contracts/types/Wire.sol";
import {ThreatFixture} from "./ThreatFixture.sol";

/// @notice k signers collude with a trader.
contract FullQuorumThreatTest is ThreatFixture {
    uint256 private constant STEP = 60;

    function _lieUntil(uint256 time) private returns (uint256 stolen, uint256 held) {
        trade(attacker, honest[0], perpetual(BTC), 18e18, 20_000e18);
        held = token.balanceOf(address(accounts));
        uint256 price = 20_000e18;
        for (uint256 elapsed; elapsed < time; elapsed += STEP) {
            price = price < 1e9 * 1e18 ? price * 3 : price;
            round(STEP, price);
            if (elapsed % (10 * STEP) == 0) stolen += drain(attacker);
        }
    }

    function _requireBounded(uint256 time) private {
        (uint256 stolen, uint256 held) = _lieUntil(time);
        assertGt(stolen, 200_000e6, "the attack is one");
        assertLe(stolen, limitOver(time, held), "at most limit x (2 + t / window)");
        emit log_named_decimal_uint("stolen by a false price, quote", stolen, 6);
        emit log_named_decimal_uint("of", held, 6);
    }

    function test_prices_StealWithinTheOutflowLimitInAnHour() public {
        _requireBounded(1 hours);
    }

    function test_prices_StealWithinTheOutflowLimitInADay() public {
        _requireBounded(1 days);
    }

    /// @dev Ratios alone, prices honest: what an account loses is what one auction's curve gives away.
    function _wronglyLiquidated(uint256 time) private returns (uint256 loss, uint256 base) {
        uint64 victim = honest[1];
        trade(victim, honest[0], perpetual(BTC), 100e18, 20_000e18);
        uint256 own = engine.marginOf(victim).ownRequirement;
        vm.prank(owners[victim]);
        accounts.withdraw(victim, STAKE - own * 135 / 100 / 1e12, LOOT);
        deposit(accomplice, 10 * STAKE);
        int256 before = equity(victim);
        for (uint256 elapsed; elapsed < time; elapsed += 5 * STEP) {
            round(5 * STEP, 20_000e18);
            publishMargin(MarginRow(victim, accounts.portfolioNonce(victim), 20_000, 20_000, 1, 1));
            if (liquidation.inLiquidation(victim)) continue;
            try liquidation.start(victim, engine.worstWitness(victim), 0) {
                base = liquidation.auctionOf(victim).base;
            } catch {}
        }
        if (liquidation.inLiquidation(victim)) bid(victim, accomplice, 1e18);
        int256 cost = before - equity(victim);
        loss = cost > 0 ? uint256(cost) : 0;
    }

    function _requireCurveBounds(uint256 time) private {
        (uint256 loss, uint256 base) = _wronglyLiquidated(time);
        assertGt(loss, 0, "the attack is one");
        assertLe(loss, base * (3000 + 100) / 10_000 + base / 50, "(endDiscount + fee) x own, and funding");
        emit log_named_decimal_uint("lost to a false ratio, quote", loss, 18);
        emit log_named_decimal_uint("of a requirement", base, 18);
    }

    function test_ratios_CostAnAccountTheCurveInAnHour() public {
        _requireCurveBounds(1 hours);
    }

    function test_ratios_CostAnAccountTheCurveInADay() public {
        _requireCurveBounds(1 days);
    }

    /// @dev Twice the own requirement: no ratio reaches such an account, however long.
    function test_ratios_NeverReachAnAccountAtTheCap() public {
        trade(honest[1], honest[0], perpetual(BTC), 100e18, 20_000e18);
        MarginState memory margin = engine.marginOf(honest[1]);
        assertGe(margin.equityLow, int256(margin.ownRequirement * 2));
        publishMargin(MarginRow(honest[1], accounts.portfolioNonce(honest[1]), 20_000, 20_000, 1, 1));
        bytes memory call = abi.encodeCall(liquidation.start, (honest[1], engine.worstWitness(honest[1]), 0));
        (bool started,) = address(liquidation).call(call);
        assertFalse(started);
    }
}
