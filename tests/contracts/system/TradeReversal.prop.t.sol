// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice The margin rule of trades rebuilds the state before a trade from the state after it. On the real
/// engine and ledger that is exact: equity and own requirement come back to the unit.
contract TradeReversalTest is SystemMarket {
    uint64 private a;
    uint64 private b;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        a = open("a", 10_000_000e6);
        b = open("b", 10_000_000e6);
        trade(a, b, perpetual(BTC), 1.5e18, 20_000e18);
        trade(b, a, call(BTC, FAR, 24_000), 2e18, 700e18);
        vm.warp(block.timestamp + 60); // funding accrues and is booked by the trade
        publishPrices(20_123e18, 1511e18, 10);
    }

    function _requireExact(InstrumentId instrument, int256 lots, uint256 price) private {
        uint256 size = uint256(lots < 0 ? -lots : lots) * 0.001e18;
        int128 change = int128(lots * 0.001e18);
        MarginState memory aBefore = engine.marginOf(a);
        MarginState memory bBefore = engine.marginOf(b);
        if (lots > 0) trade(a, b, instrument, size, price);
        else trade(b, a, instrument, size, price);
        int256 value = int256(change) * int256(price);
        _requireSame(a, instrument, -change, _ceil(value), aBefore);
        _requireSame(b, instrument, change, _ceil(-value), bBefore);
    }

    function _requireSame(
        uint64 account,
        InstrumentId instrument,
        int128 change,
        int256 paid,
        MarginState memory before
    ) private view {
        Leg[] memory changes = new Leg[](1);
        changes[0] = Leg(instrument, change);
        MarginState memory rebuilt = engine.whatIf(account, changes, paid);
        assertEq(rebuilt.equityLow, before.equityLow, "equity");
        assertEq(rebuilt.ownRequirement, before.ownRequirement, "own requirement");
    }

    function _ceil(int256 wadSquared) private pure returns (int256 z) {
        z = wadSquared / 1e18;
        if (wadSquared % 1e18 > 0) ++z;
    }

    function testFuzz_reversal_Perpetual(int16 lots, uint96 price) public {
        vm.assume(lots != 0);
        _requireExact(perpetual(BTC), lots, bound(price, 19_000e18, 21_000e18));
    }

    function testFuzz_reversal_Option(int16 lots, uint96 price) public {
        vm.assume(lots != 0);
        _requireExact(call(BTC, FAR, 24_000), lots, bound(price, 1, 1_500e18));
    }

    /// @dev The position becomes flat: its entry value turns into cash and back.
    function test_reversal_Closing() public {
        _requireExact(perpetual(BTC), -1500, 19_876.543210987654321e18);
        _requireExact(call(BTC, FAR, 24_000), 2000, 650.000000000000000001e18);
        assertEq(accounts.legsOf(a).length, 0);
    }

    /// @dev The position turns from long to short.
    function test_reversal_Flip() public {
        _requireExact(perpetual(BTC), -4000, 20_200.000000000000000007e18);
    }
}
