// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice An owner under water who acts before each call of the liquidator.
contract GriefingTest is SystemMarket {
    uint64 private victim;
    uint64 private accomplice;
    uint64 private bidder;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        victim = open("griefer", 60_000e6);
        accomplice = open("accomplice", 500_000e6);
        bidder = open("bidder", 5_000_000e6);
        trade(victim, accomplice, perpetual(BTC), 10e18, 20_000e18);
        vm.warp(block.timestamp + 60);
        publishPrices(17_300e18, 1500e18, 10);
    }

    /// @dev One unit deposited, a trade tried, a withdrawal tried, a transfer made: whatever the owner can still do.
    function _interfere(uint256 turn) private {
        deposit(victim, 1);
        try this.sneak(turn) {} catch {}
        address owner = accounts.ownerOf(victim);
        vm.prank(owner);
        try accounts.withdraw(victim, 1, owner) {} catch {}
        vm.prank(owner);
        accounts.transferFrom(owner, owner, victim);
    }

    function sneak(uint256 turn) external {
        if (turn % 2 == 0) trade(accomplice, victim, perpetual(BTC), 0.001e18, 17_300e18);
        else trade(victim, accomplice, perpetual(ETH), 0.01e18, 1500e18);
    }

    function test_liquidation_EndsThoughTheOwnerActsBetweenAnyTwoCalls() public {
        Witness memory witness = engine.worstWitness(victim);
        _interfere(0);
        liquidation.start(victim, witness, 0);
        uint256 calls;
        for (; liquidation.inLiquidation(victim); ++calls) {
            _interfere(calls);
            bid(victim, bidder, 0.25e18);
            assertLt(calls, 8, "each bid counts, whatever happened before it");
        }
        assertGt(calls, 0);
    }

    function test_liquidation_TheOwnerCanOnlyDeposit() public {
        liquidation.start(victim, engine.worstWitness(victim), 0);
        vm.expectPartialRevert(IMarginAccounts.AccountInLiquidation.selector);
        this.sneak(0);
        vm.prank(owners[victim]);
        vm.expectPartialRevert(IMarginAccounts.AccountInLiquidation.selector);
        accounts.withdraw(victim, 1, address(this));
        int256 cash = accounts.cashOf(victim);
        deposit(victim, 1e6);
        assertEq(accounts.cashOf(victim), cash + 1e18);
    }
}
