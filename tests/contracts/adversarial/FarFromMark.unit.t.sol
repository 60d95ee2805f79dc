// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ITradeSettlement} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice One owner, two accounts: the first is below initial margin, so it may not withdraw; the owner trades with himself far
/// from the mark instead, to carry its cash over to the second, which may.
contract FarFromMarkTest is SystemMarket {
    uint64 private bound_;
    uint64 private free;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        bound_ = open("attacker", 60_000e6);
        free = open("attacker", 500_000e6);
        trade(bound_, free, perpetual(BTC), 10e18, 20_000e18);
        trade(free, bound_, call(BTC, FAR, 40_000), 5e18, 10e18);
        vm.warp(block.timestamp + 60);
        publishPrices(18_700e18, 1500e18, 10);
        MarginState memory margin = engine.marginOf(bound_);
        assertLt(margin.equityLow, int256(margin.initialRequirement), "below initial");
        assertGt(margin.equityLow, int256(margin.maintenanceRequirement), "above maintenance");
    }

    function sell(InstrumentId instrument, uint256 quantity, uint256 price) external {
        trade(free, bound_, instrument, quantity, price);
    }

    function buy(InstrumentId instrument, uint256 quantity, uint256 price) external {
        trade(bound_, free, instrument, quantity, price);
    }

    function _refused(uint256 price, InstrumentId instrument) private {
        (uint256 low, uint256 high) = band.bandOf(instrument);
        vm.expectRevert(abi.encodeWithSelector(ITradeSettlement.PriceOutsideBand.selector, price, low, high));
    }

    function test_withdraw_IsClosedToTheBoundAccount() public {
        vm.prank(owners[bound_]);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        accounts.withdraw(bound_, 1e6, owners[bound_]);
    }

    /// @dev Maintenance falls by more than what is handed over, so that only the band stands in the way.
    function test_trade_FailsIf_PerpetualSoldFarBelowTheMark() public {
        _refused(16_500e18, perpetual(BTC));
        this.sell(perpetual(BTC), 0.5e18, 16_500e18);
        marginTerms.setRiskTerms(BTC, RiskTerms(0, 0, 0, 0, 5_000, 0, 0));
        publishPrices(18_700e18, 1500e18, 10);
        this.sell(perpetual(BTC), 0.5e18, 16_500e18);
    }

    /// @dev The same the other way: an option bought back at many times its worth.
    function test_trade_FailsIf_WorthlessOptionBoughtBackDearly() public {
        InstrumentId option = call(BTC, FAR, 40_000);
        (, uint256 high) = band.bandOf(option);
        assertLt(high, 80e18);
        _refused(60e18, option);
        this.buy(option, 5e18, 60e18);
        this.buy(option, 5e18, high);
    }

    /// @dev Whatever the size and the price, what changes hands off the mark is a share of the notional within the band.
    function testFuzz_trade_CarriesOverTheBandAtMost(uint256 quantity, uint256 price) public {
        quantity = bound(quantity, 1, 10_000) * 0.001e18;
        price = bound(price, 1e18, 40_000e18);
        int256 before = accounts.cashOf(free) + engine.markOf(free);
        (uint256 low,) = band.bandOf(perpetual(BTC));
        try this.sell(perpetual(BTC), quantity, price) {
            int256 gained = accounts.cashOf(free) + engine.markOf(free) - before;
            MarginState memory margin = engine.marginOf(bound_);
            bool isFree = margin.equityLow >= int256(margin.initialRequirement);
            int256 most = int256(quantity * (18_700e18 - low) / 1e18) + 1e9;
            assertTrue(isFree || gained <= most, "beyond the band");
        } catch {
            assertEq(accounts.cashOf(free) + engine.markOf(free), before);
        }
    }

    /// @dev Ten steps are no better than one: each is a share of what it moves.
    function test_trade_InStepsCarriesOverNoMore() public {
        int256 before = accounts.cashOf(free) + engine.markOf(free);
        (uint256 low,) = band.bandOf(perpetual(BTC));
        for (uint256 i = 0; i < 10; ++i) {
            MarginState memory margin = engine.marginOf(bound_);
            if (margin.equityLow >= int256(margin.initialRequirement)) break;
            try this.sell(perpetual(BTC), 0.5e18, low) {} catch {}
        }
        int256 gained = accounts.cashOf(free) + engine.markOf(free) - before;
        assertLe(gained, int256(5 * (18_700e18 - low)) + 1e9);
    }
}
