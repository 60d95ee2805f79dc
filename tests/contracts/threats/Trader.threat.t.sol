// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ThreatFixture} from "./ThreatFixture.sol";

/// @notice A trader with two accounts and an honest quorum.
contract TraderThreatTest is ThreatFixture {
    function swap(uint256 quantity, uint256 price, bool back, bool option) external {
        (uint64 buyer, uint64 seller) = back ? (accomplice, attacker) : (attacker, accomplice);
        trade(buyer, seller, option ? call(BTC, FAR, 22_000) : perpetual(BTC), quantity, price);
    }

    /// @dev Trades with oneself at any price, withdrawals in between, prices that stand still.
    function _churn(uint256 seed, uint256 time, uint256 step) private returns (uint256 taken) {
        for (uint256 elapsed; elapsed < time; elapsed += step) {
            seed = uint256(keccak256(abi.encode(seed)));
            round(step, 20_000e18);
            publishSurfaces(0.7e18);
            uint256 quantity = (seed % 500 + 1) * 0.01e18;
            try this.swap(quantity, (seed >> 32) % 40_000e18 + 1e18, seed & 1 == 0, seed & 2 == 0) {} catch {}
            if (seed % 4 == 0) taken += drain(seed & 16 == 0 ? attacker : accomplice);
        }
        taken += drain(attacker) + drain(accomplice);
    }

    function _requireNothingGained(uint256 seed, uint256 time, uint256 step) private {
        uint256 taken = _churn(seed, time, step);
        assertLe(taken, 200_000e6, "what was brought, and nothing else");
        int256 owed = equity(attacker) + equity(accomplice);
        assertLe(int256(taken) * 1e12 + owed, 200_000e18 + 1e12, "and what is left of it");
    }

    /// forge-config: default.fuzz.runs = 4
    function testFuzz_trader_GainsNothingFromItselfInAnHour(uint256 seed) public {
        _requireNothingGained(seed, 1 hours, 2 minutes);
    }

    /// forge-config: default.fuzz.runs = 2
    function testFuzz_trader_GainsNothingFromItselfInADay(uint256 seed) public {
        _requireNothingGained(seed, 1 days, 40 minutes);
    }

    /// @dev A gap between two rounds: others bear at most the gap's loss less the initial requirement.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_gap_LeavesAtMostWhatTheRequirementDidNotCover(uint256 price) public {
        price = bound(price, 2000e18, 20_000e18);
        trade(attacker, honest[0], perpetual(BTC), 18e18, 20_000e18);
        uint256 initial = engine.marginOf(attacker).initialRequirement;
        drain(attacker);
        round(60, price);
        int256 debt = -equity(attacker);
        int256 bounded = int256(18 * (20_000e18 - price)) - int256(initial);
        assertLe(debt, (bounded > 0 ? bounded : int256(0)) + 1e18, "quantity x gap - initial requirement");
    }
}
