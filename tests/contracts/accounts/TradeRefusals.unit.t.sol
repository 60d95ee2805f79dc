// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ITradeSettlement, Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {CALL, InstrumentId, Instruments, PERPETUAL} from "../../../contracts/types/Instrument.sol";
import {OrderFixture, SignedOrder} from "./OrderFixture.sol";

/// @notice Orders that are too late, of nothing, or for something that is not listed.
contract TradeRefusalsTest is OrderFixture {
    // ---- when ----

    function test_settle_FailsIf_OrderExpired() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        vm.warp(b.order.expiry);
        _settle(b, s, 0.5e18, 100e18);
        vm.warp(b.order.expiry + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.OrderExpired.selector,
                settlement.orderHash(b.order),
                b.order.expiry,
                b.order.expiry + 1
            )
        );
        _settle(b, s, 0.5e18, 100e18);
    }

    function test_settle_FailsIf_InstrumentExpired() public {
        vm.warp(EXPIRY - 1);
        SignedOrder memory b = _sign(_order(buyer, call, 1e18, 11e18), BUYER_KEY);
        SignedOrder memory s = _sign(_order(seller, call, -1e18, 9e18), SELLER_KEY);
        _settle(b, s, 0.5e18, 10e18);
        vm.warp(EXPIRY);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.InstrumentExpired.selector, InstrumentId.unwrap(call), EXPIRY
            )
        );
        _settle(b, s, 0.5e18, 10e18);
    }

    function test_cancel_VoidsTheOrder() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        bytes32 hash = settlement.orderHash(b.order);
        vm.prank(buyerOwner);
        settlement.cancel(b.order);
        assertTrue(settlement.cancelled(hash));
        vm.expectRevert(abi.encodeWithSelector(ITradeSettlement.OrderCancelled.selector, hash));
        _settle(b, s, 1e18, 100e18);
        vm.expectRevert(abi.encodeWithSelector(ITradeSettlement.OrderCancelled.selector, hash));
        vm.prank(buyerOwner);
        settlement.cancel(b.order);
    }

    function test_cancel_FailsIf_Stranger() public {
        Order memory order = _buy(1e18).order;
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.NotAuthorised.selector, buyer, sellerOwner));
        vm.prank(sellerOwner);
        settlement.cancel(order);
    }

    // ---- what ----

    function test_settle_FailsIf_ZeroQuantity() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        vm.expectRevert(ITradeSettlement.ZeroQuantity.selector);
        _settle(b, s, 0, 100e18);
        SignedOrder memory none = _buy(0);
        vm.expectRevert(ITradeSettlement.ZeroQuantity.selector);
        _settle(none, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_NotALot() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeSettlement.NotALot.selector, uint128(0.015e18), uint96(0.01e18))
        );
        _settle(b, s, 0.015e18, 100e18);
    }

    function test_settle_FailsIf_BelowMinimumFill() public {
        Order memory order = _buy(3e18).order;
        order.minimumFill = 2e18;
        SignedOrder memory b = _sign(order, BUYER_KEY);
        SignedOrder memory s = _sell(9e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.FillTooSmall.selector, settlement.orderHash(order), 1e18, 2e18
            )
        );
        _settle(b, s, 1e18, 100e18);
        _settle(b, s, 2e18, 100e18);
        _settle(b, s, 1e18, 100e18); // the last remainder
        assertEq(_quantity(buyer, perpetual), 3e18);
    }

    function test_settle_FailsIf_SelfTrade() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sign(_order(buyer, perpetual, -1e18, 99e18), BUYER_KEY);
        vm.expectRevert(abi.encodeWithSelector(ITradeSettlement.SelfTrade.selector, buyer));
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_SidesOrInstrumentsDiffer() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sell(1e18);
        SignedOrder memory other = _sign(_order(seller, call, -1e18, 99e18), SELLER_KEY);
        _expectNoMatch(b, other);
        _settle(b, other, 1e18, 100e18);
        _expectNoMatch(s, b);
        _settle(s, b, 1e18, 100e18);
        SignedOrder memory buyToo = _sign(_order(seller, perpetual, 1e18, 99e18), SELLER_KEY);
        _expectNoMatch(b, buyToo);
        _settle(b, buyToo, 1e18, 100e18);
    }

    function _expectNoMatch(SignedOrder memory b, SignedOrder memory s) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeSettlement.OrdersDoNotMatch.selector,
                settlement.orderHash(b.order),
                settlement.orderHash(s.order)
            )
        );
    }

    function _expectFailOn(InstrumentId instrument, bytes memory reason) private {
        SignedOrder memory b = _sign(_order(buyer, instrument, 1e18, 101e18), BUYER_KEY);
        SignedOrder memory s = _sign(_order(seller, instrument, -1e18, 99e18), SELLER_KEY);
        vm.expectRevert(reason);
        _settle(b, s, 1e18, 100e18);
    }

    function test_settle_FailsIf_NotListed() public {
        _expectFailOn(
            Instruments.encode(3, 0, 0, PERPETUAL),
            abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 3)
        );
        _expectFailOn(
            Instruments.encode(1, EXPIRY + 1 days, 100e6, CALL),
            abi.encodeWithSelector(IRiskParameters.UnlistedExpiry.selector, EXPIRY + 1 days)
        );
        InstrumentId odd = Instruments.encode(1, EXPIRY, 100e6, 3);
        _expectFailOn(
            odd, abi.encodeWithSelector(Instruments.MalformedInstrument.selector, InstrumentId.unwrap(odd))
        );
    }

    /// @dev The most negative order quantity has no positive twin; it is still measured and capped.
    function test_settle_LeastQuantityOrder() public {
        SignedOrder memory b = _buy(1e18);
        SignedOrder memory s = _sign(_order(seller, perpetual, type(int128).min, 99e18), SELLER_KEY);
        _settle(b, s, 1e18, 100e18);
        assertEq(settlement.filled(settlement.orderHash(s.order)), 1e18);
    }
}
