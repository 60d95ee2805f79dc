// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CollateralConfig} from "../../../contracts/types/Collateral.sol";
import {DecimalsTokenMock} from "../mocks/LedgerMocks.sol";
import {CollateralFixture} from "./CollateralFixture.sol";

contract CollateralValuePropertyTest is CollateralFixture {
    /// @dev The value of an amount is the exact product rounded down, for every number of decimals.
    function testFuzz_value_AtAnyDecimals(uint8 decimals, uint96 amount, uint16 haircut, uint96 price)
        public
    {
        decimals = uint8(bound(decimals, 0, 18));
        haircut = uint16(bound(haircut, 0, 10_000));
        price = uint96(bound(price, 1e3, 1e26));
        amount = uint96(bound(amount, 1, 1e27));
        DecimalsTokenMock coin = new DecimalsTokenMock(decimals);
        vault.setCollateral(address(coin), CollateralConfig(ETH, haircut, haircut / 2, 1e36));
        _publish(20_000e18, price, 1e18);
        _put(account, coin, amount);
        (int256 low, int256 high) = vault.valueOf(account);
        uint256 scale = 10 ** decimals * 10_000;
        // What the lane keeps of the half-width price / 1000: millionths of the price, rounded up, and these rounded up again.
        uint256 millionths = (uint256(price / 1000) * 1e6 + price - 1) / price;
        uint256 half = (price * millionths + 1e6 - 1) / 1e6;
        assertEq(uint256(low), uint256(amount) * (10_000 - haircut) * (price - half) / scale);
        assertEq(uint256(high), uint256(amount) * (10_000 - haircut / 2) * (price + half) / scale);
    }

    /// @dev Deposited in parts, held in parts by several accounts, or withdrawn in parts: never worth more than the whole.
    function testFuzz_split_NeverBeatsTheWhole(uint96 amount, uint8 parts) public {
        amount = uint96(bound(amount, 20, 1e24));
        uint256 count = bound(parts, 2, 12);
        uint64 whole = open("whole", 0);
        _put(whole, etherToken, amount);
        uint256 left = amount;
        int256 sum;
        for (uint256 i; i < count; ++i) {
            uint256 part = i + 1 == count ? left : left / (count - i);
            left -= part;
            _put(account, etherToken, part);
            uint64 single = open("single", 0);
            _put(single, etherToken, part);
            (int256 own,) = vault.valueOf(single);
            sum += own;
        }
        (int256 low, int256 high) = vault.valueOf(whole);
        (int256 lowInParts, int256 highInParts) = vault.valueOf(account);
        assertEq(lowInParts, low);
        assertEq(highInParts, high);
        assertLe(sum, low);
    }

    function testFuzz_split_WithdrawalsReturnWhatWasDeposited(uint96 amount, uint96 first) public {
        amount = uint96(bound(amount, 2, 1e24));
        first = uint96(bound(first, 1, amount - 1));
        _put(account, etherToken, amount);
        _take(etherToken, first);
        _take(etherToken, amount - first);
        vm.prank(owner);
        assertEq(payouts.claim(address(etherToken), owner), amount);
        assertFalse(vault.holdsAny(account));
        assertEq(etherToken.balanceOf(address(vault)), 0);
    }
}
