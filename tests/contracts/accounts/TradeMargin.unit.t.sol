// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ITradeSettlement, Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {MarginState, Mode} from "../../../contracts/types/Margin.sol";
import {OrderFixture, SignedOrder} from "./OrderFixture.sol";

/// @notice Mark 100, own requirement 10% of notional, fallback ratios 1.2 initial and 1.0 maintenance.
contract TradeMarginTest is OrderFixture {
    uint256 private _salt = 1;

    function _trade(InstrumentId instrument, int128 quantity, uint96 price) private {
        (uint64 b, uint64 s) = quantity > 0 ? (buyer, seller) : (seller, buyer);
        (uint256 bKey, uint256 sKey) = quantity > 0 ? (BUYER_KEY, SELLER_KEY) : (SELLER_KEY, BUYER_KEY);
        int128 size = quantity > 0 ? quantity : -quantity;
        SignedOrder memory buy = _sign(_salted(b, instrument, size, price), bKey);
        SignedOrder memory sell = _sign(_salted(s, instrument, -size, price), sKey);
        _settle(buy, sell, uint128(size), price);
    }

    function _salted(uint64 account, InstrumentId instrument, int128 quantity, uint96 price)
        private
        returns (Order memory order)
    {
        order = _order(account, instrument, quantity, price);
        order.salt = ++_salt;
    }

    /// @dev 1000 cash carry 1000 / 12 = 83.33 units.
    function test_settle_UpToInitialRequirement() public {
        _trade(perpetual, 83.33e18, 100e18);
        assertEq(_quantity(buyer, perpetual), 83.33e18);
    }

    function test_settle_FailsIf_BelowInitial() public {
        _expect(
            abi.encodeWithSelector(IMarginAccounts.InsufficientMargin.selector, buyer, 1_000e18, 1_000.08e18)
        );
        this.tradeExternally(perpetual, 83.34e18, 100e18);
    }

    function _expect(bytes memory reason) private {
        vm.expectRevert(reason);
    }

    function tradeExternally(InstrumentId instrument, int128 quantity, uint96 price) external {
        _trade(instrument, quantity, price);
    }

    /// @dev Down to 883.8 equity against 982 initial: the buyer may reduce at the mark, not at any price.
    function test_settle_ReducingPassesBelowInitial() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 98.6e18);
        _deposit(seller, 1_000 * UNIT);
        MarginState memory margin = engine.marginOf(buyer);
        assertLt(margin.equityLow, int256(margin.initialRequirement));
        _trade(perpetual, -1e18, 98.6e18);
        // One unit releases 9.86 of maintenance: 9.86 below the mark it still passes, a cent lower not.
        _trade(perpetual, -1e18, 88.74e18);
        margin = engine.marginOf(buyer);
        _expect(
            abi.encodeWithSelector(
                IMarginAccounts.InsufficientMargin.selector,
                buyer,
                margin.equityLow - 9.87e18,
                (margin.ownRequirement - 9.86e18) * 12 / 10
            )
        );
        this.tradeExternally(perpetual, -1e18, 88.73e18);
    }

    function test_settle_ReducingOptionPaysItsPremium() public {
        engine.setMark(call, 100e18);
        _trade(call, -80e18, 100e18);
        engine.setMark(call, 103e18);
        _deposit(seller, 10_000 * UNIT);
        MarginState memory margin = engine.marginOf(buyer);
        assertLt(margin.equityLow, int256(margin.maintenanceRequirement), "below maintenance even");
        _trade(call, 1e18, 103e18);
        assertEq(_quantity(buyer, call), -79e18);
        _expect(
            abi.encodeWithSelector(
                IMarginAccounts.InsufficientMargin.selector, buyer, 759.99e18, 803.4e18 * 12 / 10
            )
        );
        this.tradeExternally(call, 1e18, 103.01e18);
    }

    /// @dev Below initial by its release a trade could hand 9.86 a unit to the other side; the band stops it at 4.93.
    function test_settle_FailsIf_ReducingOutsideTheBand() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 98.6e18);
        _deposit(seller, 1_000 * UNIT);
        band.set(93.67e18, 103.53e18);
        _trade(perpetual, -1e18, 93.67e18);
        _expect(
            abi.encodeWithSelector(ITradeSettlement.PriceOutsideBand.selector, 93.66e18, 93.67e18, 103.53e18)
        );
        this.tradeExternally(perpetual, -1e18, 93.66e18);
        _deposit(buyer, 1_000 * UNIT);
        _trade(perpetual, -1e18, 90e18); // above initial margin on both sides: its price is its own affair
    }

    /// @dev The band is both sides' business: an accomplice below initial may not overpay to reduce either.
    function test_settle_FailsIf_TheOtherSideReducesAboveTheBand() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 101.4e18);
        _deposit(buyer, 1_000 * UNIT);
        band.set(96e18, 106e18);
        MarginState memory margin = engine.marginOf(seller);
        assertLt(margin.equityLow, int256(margin.initialRequirement));
        _expect(abi.encodeWithSelector(ITradeSettlement.PriceOutsideBand.selector, 107e18, 96e18, 106e18));
        this.tradeExternally(perpetual, -1e18, 107e18);
        _trade(perpetual, -1e18, 106e18);
    }

    /// @dev Under water, closing at the mark passes; what the closed position released cannot be handed to the other side.
    function test_settle_FailsIf_UnderWaterGivesAwayWhatItReleases() public {
        _trade(perpetual, 80e18, 100e18);
        engine.setMark(perpetual, 90e18);
        _deposit(seller, 10_000 * UNIT);
        assertLt(
            engine.marginOf(buyer).equityLow, int256(engine.marginOf(buyer).maintenanceRequirement), "under"
        );
        _expect(abi.encodeWithSelector(IMarginAccounts.InsufficientMargin.selector, buyer, -80e18, 0));
        this.tradeExternally(perpetual, -80e18, 86.5e18);
        _trade(perpetual, -80e18, 90e18);
        assertEq(ledger.cashOf(buyer), 200e18);
    }

    /// @dev Closing the whole position turns entry value into cash: the comparison is not fooled by it.
    function test_settle_ClosingPassesWhateverTheLoss() public {
        _trade(perpetual, 80e18, 100e18);
        engine.setMark(perpetual, 80e18);
        _deposit(seller, 10_000 * UNIT);
        assertLt(engine.marginOf(buyer).equityLow, 0);
        _trade(perpetual, -80e18, 80e18);
        assertEq(ledger.cashOf(buyer), -600e18);
    }

    function test_settle_FailsIf_RiskGrowsBelowInitial() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 98.6e18);
        _deposit(seller, 1_000 * UNIT);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        this.tradeExternally(perpetual, 0.01e18, 98.6e18);
    }

    /// @dev An attested ratio of 2 before, the fallback of 1 after: without one ratio for both the release of the
    /// attestation would pass for a reduction of risk.
    function test_settle_FailsIf_OnlyTheRatioImproves() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 98.6e18);
        _deposit(seller, 1_000 * UNIT);
        engine.attest(buyer, 20_000);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        this.tradeExternally(perpetual, 0.01e18, 98.6e18);
    }

    /// @dev And the other way round: an attested 0.8 before does not forbid a true reduction.
    function test_settle_ReducingPassesThoughRatioWorsens() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setMark(perpetual, 98.6e18);
        _deposit(seller, 1_000 * UNIT);
        engine.attest(buyer, 8_000);
        _trade(perpetual, -0.01e18, 98.6e18);
        assertEq(_quantity(buyer, perpetual), 82.99e18);
    }

    function test_settle_FundingDoesNotFoolTheComparison() public {
        _trade(perpetual, 83e18, 100e18);
        engine.setFundingIndex(1, 2e18);
        _deposit(seller, 1_000 * UNIT);
        assertLt(engine.marginOf(buyer).equityLow, 840e18);
        _trade(perpetual, -0.01e18, 100e18);
        assertEq(_quantity(buyer, perpetual), 82.99e18);
    }

    function test_settle_ReduceOnlyLetsBothReduce() public {
        _trade(perpetual, 10e18, 100e18);
        engine.setMode(Mode.REDUCE_ONLY);
        _trade(perpetual, -4e18, 100e18);
        assertEq(_quantity(buyer, perpetual), 6e18);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeSettlement.NotAllowedInMode.selector, uint8(Mode.REDUCE_ONLY))
        );
        this.tradeExternally(perpetual, 1e18, 100e18);
    }

    function test_settle_FailsIf_Halted() public {
        engine.setMode(Mode.HALTED);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeSettlement.NotAllowedInMode.selector, uint8(Mode.HALTED))
        );
        this.tradeExternally(perpetual, 1e18, 100e18);
    }

    function test_settle_FailsIf_InLiquidation() public {
        liquidation.set(seller, true);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.AccountInLiquidation.selector, seller));
        this.tradeExternally(perpetual, 1e18, 100e18);
    }

    /// @dev A refused trade leaves no trace in the fills.
    function test_settle_RefusedTradeFillsNothing() public {
        SignedOrder memory b = _buy(90e18);
        SignedOrder memory s = _sell(90e18);
        vm.expectPartialRevert(IMarginAccounts.InsufficientMargin.selector);
        _settle(b, s, 90e18, 100e18);
        assertEq(settlement.filled(settlement.orderHash(b.order)), 0);
        _settle(b, s, 1e18, 100e18);
    }
}
