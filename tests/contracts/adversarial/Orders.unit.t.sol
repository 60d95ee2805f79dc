// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ITradeSettlement, Order} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice Signed orders in the hands of somebody else.
contract OrdersTest is SystemMarket {
    uint64 private buyer;
    uint64 private seller;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        buyer = open("buyer", 1_000_000e6);
        seller = open("seller", 1_000_000e6);
    }

    function settle(Order calldata buy, Order calldata sell, uint128 quantity, uint96 price) external {
        _settle(buy, sell, quantity, price);
    }

    function _settle(Order memory buy, Order memory sell, uint128 quantity, uint96 price) private {
        trades.settle(
            buy,
            owners[buy.account],
            signOrder(buy),
            sell,
            owners[sell.account],
            signOrder(sell),
            quantity,
            price
        );
    }

    function _pair() private returns (Order memory buy, Order memory sell) {
        buy = order(buyer, perpetual(BTC), 1e18, 20_000e18);
        sell = order(seller, perpetual(BTC), -10e18, 20_000e18);
    }

    /// @dev One buy of 1 against many sells: the fills add up to 1, whatever the matcher cuts.
    function testFuzz_settle_PartialFillsNeverExceedTheOrder(uint16[8] calldata cuts) public {
        (Order memory buy, Order memory sell) = _pair();
        for (uint256 i = 0; i < cuts.length; ++i) {
            uint128 quantity = uint128(bound(cuts[i], 1, 600)) * 0.001e18;
            try this.settle(buy, sell, quantity, 20_000e18) {} catch {}
        }
        uint256 filled = trades.filled(trades.orderHash(buy));
        assertLe(filled, 1e18);
        assertEq(accounts.legsOf(buyer)[0].quantity, int256(filled));
        vm.expectPartialRevert(ITradeSettlement.OrderOverfilled.selector);
        this.settle(buy, sell, uint128(1e18 - filled) + 0.001e18, 20_000e18);
    }

    function test_settle_FailsIf_CancelledAfterAPartialFill() public {
        (Order memory buy, Order memory sell) = _pair();
        _settle(buy, sell, 0.4e18, 20_000e18);
        vm.prank(owners[buyer]);
        trades.cancel(buy);
        vm.expectPartialRevert(ITradeSettlement.OrderCancelled.selector);
        this.settle(buy, sell, 0.1e18, 20_000e18);
    }

    /// @dev Sold and bought back: orders signed before stay void, though the owner is the same again.
    function test_settle_FailsIf_TheAccountChangedHandsInBetween() public {
        (Order memory buy, Order memory sell) = _pair();
        address owner = owners[buyer];
        vm.prank(owner);
        accounts.transferFrom(owner, address(0xBEEF), buyer);
        vm.prank(address(0xBEEF));
        accounts.transferFrom(address(0xBEEF), owner, buyer);
        vm.expectPartialRevert(ITradeSettlement.WrongOwnerEpoch.selector);
        this.settle(buy, sell, 1e18, 20_000e18);
    }

    /// @dev The matcher picks the price, but only where both signed.
    function testFuzz_settle_ThePriceIsInsideBothLimits(uint96 price) public {
        (Order memory buy, Order memory sell) = _pair();
        (buy.limitPrice, sell.limitPrice) = (20_010e18, 19_990e18);
        price = uint96(bound(price, 1, 40_000e18));
        try this.settle(buy, sell, 1e18, price) {
            assertLe(price, buy.limitPrice);
            assertGe(price, sell.limitPrice);
        } catch {
            assertTrue(price > buy.limitPrice || price < sell.limitPrice);
        }
    }

    /// @dev Cutting a trade at an awkward price into lots costs the parties dust and never pays them any.
    function testFuzz_settle_SplittingNeverPays(uint8 parts, uint96 price) public {
        uint256 count = bound(parts, 2, 5);
        price = uint96(bound(price, 19_000e18, 21_000e18));
        int256 before = _worth(buyer) + _worth(seller);
        for (uint256 i = 0; i < count; ++i) {
            trade(buyer, seller, perpetual(BTC), 0.007e18, price);
            trade(buyer, seller, call(BTC, FAR, 24_000), 0.003e18, price / 30);
        }
        int256 change = _worth(buyer) + _worth(seller) - before;
        assertLe(change, 0, "rounding is never in the parties' favour");
        assertGe(change, -int256(8 * count));
    }

    /// @dev Cash less entry value: what the two hold against the vault, marks aside, which cancel.
    function _worth(uint64 account) private view returns (int256) {
        return accounts.cashOf(account) - accounts.entryValueOf(account, BTC);
    }

    function test_deposit_ToAndFroGainsNothing() public {
        int256 before = accounts.cashOf(buyer);
        for (uint256 i = 1; i < 8; ++i) {
            vm.prank(owners[buyer]);
            accounts.withdraw(buyer, i, address(this));
            payouts.claim(address(token), address(this));
            token.approve(address(accounts), i);
            accounts.deposit(buyer, i);
        }
        assertEq(accounts.cashOf(buyer), before);
        vm.prank(owners[seller]);
        vm.expectPartialRevert(IMarginAccounts.NotAuthorised.selector);
        accounts.withdraw(buyer, 1, address(this));
    }
}
