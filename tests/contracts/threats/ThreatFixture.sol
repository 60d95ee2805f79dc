// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {OutflowLimit} from "../../../contracts/types/Collateral.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Five honest people with a million each, an attacker with two accounts, and a tenth of the vault a day as limit.
/// Each test plays one hour and one day and compares what was measured with the formula of docs/threat-model.md.
abstract contract ThreatFixture is SystemMarket {
    uint256 internal constant STAKE = 1_000_000e6;
    uint16 internal constant LIMIT_BPS = 1000;
    address internal constant LOOT = address(0x100D);

    uint64[5] internal honest;
    uint64 internal attacker;
    uint64 internal accomplice;

    function setUp() public virtual {
        deploySystem();
        payouts.setOutflowLimit(OutflowLimit(1 days, LIMIT_BPS));
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        for (uint256 i; i < 5; ++i) {
            honest[i] = open(string.concat("honest ", vm.toString(i)), STAKE);
        }
        attacker = open("attacker", 100_000e6);
        accomplice = open("attacker", 100_000e6);
        contribute(10_000e6);
    }

    /// @dev The next round after `wait` seconds.
    function round(uint256 wait, uint256 price) internal {
        vm.warp(block.timestamp + wait);
        publishPrices(price, 1500e18, 10);
    }

    /// @dev Withdraws to the loot as much as passes, in amounts that halve; returns token units.
    function drain(uint64 account) internal returns (uint256 taken) {
        address owner = owners[account];
        for (uint256 amount = 1_048_576e6; amount >= 1e6; amount /= 2) {
            vm.prank(owner);
            try accounts.withdraw(account, amount, LOOT) {
                taken += amount;
            } catch {}
        }
    }

    /// @dev Equity at the signed prices, WAD.
    function equity(uint64 account) internal view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    function limitOver(uint256 time, uint256 held) internal pure returns (uint256) {
        uint256 limit = held * LIMIT_BPS / 10_000;
        return 2 * limit + limit * time / 1 days;
    }
}
