// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ITradeSettlement} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {TradeTerms} from "../../../contracts/types/Trading.sol";
import {SystemMarket} from "../SystemMarket.sol";

contract LedgerTermsTest is SystemMarket {
    uint64 private maker;
    uint64 private taker;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        maker = open("maker", 500_000e6);
        taker = open("taker", 500_000e6);
    }

    // ---- fees ----

    /// @dev Two basis points of 20,000 from each side; five of a premium of 900.
    function test_settle_ChargesBothSides() public {
        terms.setTradeTerms(BTC, TradeTerms(1000e18, 10_000, 2, 5));
        uint64 fundAccount = fund.fundAccount();
        trade(taker, maker, perpetual(BTC), 1e18, 20_000e18);
        assertEq(accounts.cashOf(taker), 499_996e18);
        assertEq(accounts.cashOf(maker), 499_996e18);
        assertEq(accounts.cashOf(fundAccount), 8e18);
        trade(taker, maker, call(BTC, FAR, 20_000), 1e18, 900e18);
        assertEq(accounts.cashOf(fundAccount), 8.9e18);
        assertEq(accounts.cashOf(maker), 499_996e18 + 900e18 - 0.45e18);
    }

    /// @dev In k trades or in one, the fee is never less in parts.
    function testFuzz_settle_FeesInPartsAreNoLess(uint96 price, uint8 parts) public {
        terms.setTradeTerms(BTC, TradeTerms(1000e18, 10_000, 0, 7));
        price = uint96(bound(price, 1, 5_000e18));
        uint256 count = bound(parts, 2, 5);
        trade(taker, maker, call(BTC, FAR, 20_000), count * 0.01e18, price);
        int256 whole = accounts.cashOf(fund.fundAccount());
        for (uint256 i; i < count; ++i) {
            trade(taker, maker, call(BTC, FAR, 22_000), 0.01e18, price);
        }
        assertGe(accounts.cashOf(fund.fundAccount()) - whole, whole);
    }

    /// @dev Margin is judged after the fee: what just passes without it does not with it.
    function test_settle_FeeCountsAgainstMargin() public {
        uint64 poor = open("poor", 4_000e6);
        uint256 most = _most(poor);
        terms.setTradeTerms(BTC, TradeTerms(1000e18, 10_000, 100, 0));
        assertLt(_most(poor), most);
    }

    function _most(uint64 account) private returns (uint256 quantity) {
        uint256 state = vm.snapshotState();
        for (quantity = 0.01e18;; quantity += 0.01e18) {
            vm.revertToState(state);
            try this.tradeFor(account, quantity) {}
            catch {
                vm.revertToState(state);
                return quantity - 0.01e18;
            }
        }
    }

    function tradeFor(uint64 account, uint256 quantity) external {
        trade(account, maker, perpetual(BTC), quantity, 20_000e18);
    }

    // ---- open interest ----

    function test_settle_FailsIf_AboveTheCap() public {
        terms.setTradeTerms(BTC, TradeTerms(4e18, 5_000, 0, 0));
        trade(taker, maker, perpetual(BTC), 1.5e18, 20_000e18);
        trade(taker, maker, call(BTC, FAR, 20_000), 0.5e18, 900e18);
        assertEq(accounts.openInterest(BTC), 2e18);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeSettlement.OpenInterestAboveCap.selector, BTC, 2.01e18, 2e18)
        );
        this.tradeFor(taker, 0.01e18);
        terms.setTradeTerms(BTC, TradeTerms(1e18, 5_000, 0, 0));
        trade(maker, taker, perpetual(BTC), 0.5e18, 20_000e18);
        assertEq(accounts.openInterest(BTC), 1.5e18, "closing passes above a lowered cap");
        uint64 third = open("third", 500_000e6);
        trade(third, taker, perpetual(BTC), 1e18, 20_000e18);
        assertEq(accounts.openInterest(BTC), 1.5e18, "so does passing a position on");
        terms.setTradeTerms(ETH, TradeTerms(1e18, 5_000, 0, 0));
        assertEq(accounts.openInterest(ETH), 0);
    }

    /// @dev The count is what the accounts hold, through reversals, auctions and expiries alike.
    function testFuzz_openInterest_IsTheSumOfLongs(int8[10] memory sizes) public {
        int256 net;
        for (uint256 i; i < sizes.length; ++i) {
            if (sizes[i] == 0) continue;
            (uint64 buyer, uint64 seller) = sizes[i] > 0 ? (taker, maker) : (maker, taker);
            uint256 quantity = uint256(sizes[i] > 0 ? int256(sizes[i]) : -int256(sizes[i])) * 0.01e18;
            trade(buyer, seller, perpetual(BTC), quantity, 20_000e18);
            net += int256(sizes[i]) * 0.01e18;
            assertEq(accounts.openInterest(BTC), uint256(net < 0 ? -net : net));
        }
    }

    // ---- settings ----

    function test_setTradeTerms_FailsIf_OutOfBounds() public {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 9));
        terms.setTradeTerms(9, TradeTerms(1, 1, 1, 1));
        TradeTerms[4] memory bad = [
            TradeTerms(1e30 + 1, 0, 0, 0),
            TradeTerms(0, 1_000_001, 0, 0),
            TradeTerms(0, 0, 101, 0),
            TradeTerms(0, 0, 0, 1_001)
        ];
        for (uint256 i; i < bad.length; ++i) {
            vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
            terms.setTradeTerms(BTC, bad[i]);
        }
    }

    function test_settings_AreRestrictedAndSigned() public {
        bytes32 before = lanes.configDigest();
        terms.setTradeTerms(BTC, TradeTerms(7e18, 5_000, 0, 0));
        assertTrue(before != lanes.configDigest());
        bytes memory refused =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, owners[maker]);
        vm.prank(owners[maker]);
        vm.expectRevert(refused);
        terms.setTradeTerms(BTC, TradeTerms(7e18, 5_000, 0, 0));
    }
}
