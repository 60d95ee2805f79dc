// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {MarginRow} from "../../../contracts/types/Wire.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Accounts built to be under water and yet out of a liquidator's reach.
contract LiquidatableTest is SystemMarket {
    uint64 private maker;
    uint64 private bidder;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        maker = open("maker", 5_000_000e6);
        bidder = open("bidder", 5_000_000e6);
        contribute(1000e6);
    }

    function _priceBecomes(uint256 price) private {
        vm.warp(block.timestamp + 60);
        publishPrices(price, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    function _attestMaintenance(uint64 account, uint16 bps) private {
        publishMargin(MarginRow(account, accounts.portfolioNonce(account), 20_000, bps, 1, 1));
        vm.warp(block.timestamp + 2 minutes); // grace and rise
    }

    function _startAndTake(uint64 account) private {
        liquidation.start(account, engine.worstWitness(account), 0);
        bid(account, bidder, 1e18);
    }

    /// @dev Long call, short put, short perpetual: no move hurts, so only the floor of 2% of gross notional asks for
    /// margin. The witness proves that floor too.
    function _flatBook() private returns (uint64 account) {
        account = open("flat", 20_000e6);
        trade(account, maker, call(BTC, FAR, 20_000), 1e18, 1600e18);
        trade(maker, account, put(BTC, FAR, 20_000), 1e18, 1600e18);
        trade(maker, account, perpetual(BTC), 1e18, 20_000e18);
    }

    function test_start_ProvesTheFloorOnGrossNotional() public {
        uint64 account = _flatBook();
        MarginState memory margin = engine.marginOf(account);
        uint256 loss =
            margin.deltaGammaVega > margin.scenarioLoss ? margin.deltaGammaVega : margin.scenarioLoss;
        assertGt(margin.ownRequirement, loss + margin.charges, "only the floor asks");
        assertApproxEqRel(margin.ownRequirement, 1200e18, 1e12, "2% of three coins");
        _attestMaintenance(account, 20_000);
        _drain(account, 2000e18);
        margin = engine.marginOf(account);
        assertLt(margin.equityHigh, int256(margin.maintenanceRequirement));
        liquidation.start(account, Witness(true, 0), 0);
        assertTrue(liquidation.inLiquidation(account));
    }

    /// @dev What funding and fees do over months, at once: moves cash with the ledger's own role.
    function _drain(uint64 account, uint256 equity) private {
        int256 surplus = engine.marginOf(account).equityHigh - int256(equity);
        assertGt(surplus, 0);
        vm.prank(address(liquidation));
        accounts.moveCash(account, maker, uint256(surplus), 6);
    }

    /// @dev Any named point proves at most the requirement: no healthy account is started by any witness.
    function testFuzz_start_NoWitnessBeatsTheRequirement(uint8 first, uint8 second, bool scenario) public {
        uint64 account = _flatBook();
        trade(account, maker, perpetual(ETH), 0.1e18, 1500e18);
        uint248 points = uint248(first % 11) | (uint248(second % 11) << 8);
        (uint256 proved,,) = engine.witnessOf(account, Witness(scenario, points));
        assertLe(proved, engine.marginOf(account).maintenanceRequirement);
    }

    /// @dev One lot: the requirement is far below dust, so it is sold whole, insolvent or not.
    function test_bid_TakesADustAccountWhole() public {
        uint64 account = open("dust", 6e6);
        trade(account, maker, perpetual(BTC), 0.001e18, 20_000e18);
        _priceBecomes(13_900e18);
        assertLt(engine.marginOf(account).equityHigh, 0);
        _startAndTake(account);
        assertFalse(liquidation.inLiquidation(account));
        assertEq(accounts.cashOf(account), 0);
    }

    /// @dev A short call expired deep in the money, its price fixed, never settled: no requirement is left, only debt.
    function _expiredInsolvent() private returns (uint64 account) {
        account = open("expired", 10_000e6);
        trade(maker, account, call(BTC, NEAR, 20_000), 1e18, 100e18);
        vm.warp(NEAR - 20 minutes);
        publishPrices(40_000e18, 1500e18, 10);
        vm.warp(NEAR + 10);
        publishPrices(40_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        assertEq(lanes.settlementPrice(BTC, NEAR), 40_000e18);
        assertApproxEqAbs(engine.marginOf(account).equityHigh, -9900e18, 1e18);
        assertEq(engine.marginOf(account).ownRequirement, 0);
    }

    function test_bid_TakesAnAccountOfExpiredLegs() public {
        uint64 account = _expiredInsolvent();
        _startAndTake(account);
        assertFalse(liquidation.inLiquidation(account));
        assertEq(accounts.cashOf(account), 0, "fund and everyone bore the debt");
        assertEq(settleAccount(bidder), 1, "the bidder settles what it took");
    }

    function test_end_AfterSettlementDuringTheAuction() public {
        uint64 account = _expiredInsolvent();
        liquidation.start(account, Witness(false, 0), 0);
        settleAccount(account);
        liquidation.end(account);
        assertFalse(liquidation.inLiquidation(account));
        assertEq(accounts.cashOf(account), 0);
        assertEq(fund.balance(), 0);
    }

    /// @dev Voiding a strict verdict by a small trade does not shake it off: the last ratio decays slowly.
    function test_trade_DoesNotShakeOffAStrictVerdict() public {
        uint64 account = open("evader", 100_000e6);
        trade(account, maker, perpetual(BTC), 10e18, 20_000e18);
        _attestMaintenance(account, 18_000);
        vm.warp(block.timestamp + 60);
        trade(maker, account, perpetual(BTC), 0.001e18, 20_000e18);
        MarginState memory margin = engine.marginOf(account);
        assertFalse(margin.attested);
        assertGe(margin.maintenanceRatioBps, 17_600, "three minutes of an hour's decay");
    }

    /// @dev A bidder may not end under water, nor may it be the account, nor someone else's account.
    function test_bid_FailsIf_TheBidderCannotCarryIt() public {
        uint64 account = open("reckless", 60_000e6);
        trade(account, maker, perpetual(BTC), 10e18, 20_000e18);
        _priceBecomes(13_000e18);
        liquidation.start(account, engine.worstWitness(account), 0);
        uint64 poor = open("poor", 100e6);
        vm.prank(owners[poor]);
        vm.expectRevert();
        liquidation.bid(account, poor, 1e18, 0);
        vm.prank(owners[poor]);
        vm.expectRevert();
        liquidation.bid(account, bidder, 1e18, 0);
        assertEq(accounts.legsOf(poor).length, 0);
    }
}
