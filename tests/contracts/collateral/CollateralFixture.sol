// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RoundRows} from "../../../contracts/libraries/RoundRows.sol";
import {CollateralConfig} from "../../../contracts/types/Collateral.sol";
import {Header, LANE_PRICES, PriceRow} from "../../../contracts/types/Wire.sol";
import {DecimalsTokenMock} from "../mocks/LedgerMocks.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {SystemParameters} from "../SystemParameters.sol";

/// @notice The whole system with three tokens as collateral: 8 and 18 decimals on the listed coins, 6 on a third underlying
/// that also prices the quote token where a test says so.
abstract contract CollateralFixture is SystemMarket {
    uint16 internal constant DOLLAR = 3;
    uint128 internal constant CAP = 1e30;

    DecimalsTokenMock internal bitcoinToken;
    DecimalsTokenMock internal etherToken;
    DecimalsTokenMock internal dollarToken;

    uint64 internal account;
    address internal owner;

    function setUp() public virtual {
        deploySystem();
        parameters.setUnderlying(DOLLAR, SystemParameters.bitcoin());
        bitcoinToken = new DecimalsTokenMock(8);
        etherToken = new DecimalsTokenMock(18);
        dollarToken = new DecimalsTokenMock(6);
        vault.setCollateral(address(bitcoinToken), SystemParameters.collateral(BTC, CAP));
        vault.setCollateral(address(etherToken), SystemParameters.collateral(ETH, CAP));
        vault.setCollateral(address(dollarToken), SystemParameters.collateral(DOLLAR, CAP));
        _publish(20_000e18, 1500e18, 1e18);
        account = open("owner", 0);
        owner = owners[account];
    }

    /// @dev All three prices with a tenth of a percent of confidence, as the last of three rounds of the last two seconds, so that
    /// a jump counts.
    function _publish(uint256 bitcoin, uint256 ether_, uint256 dollar) internal {
        uint64 last = lanes.signedPrice(BTC).observedAt;
        if (vm.getBlockTimestamp() < last + 3) vm.warp(last + 3);
        for (uint64 left = 3; left > 0; --left) {
            _publishOnce(bitcoin, ether_, dollar, left - 1);
        }
    }

    function _publishOnce(uint256 bitcoin, uint256 ether_, uint256 dollar, uint64 behind) private {
        PriceRow[] memory rows = new PriceRow[](3);
        rows[0] = PriceRow(BTC, uint96(bitcoin), uint96(bitcoin / 1000));
        rows[1] = PriceRow(ETH, uint96(ether_), uint96(ether_ / 1000));
        rows[2] = PriceRow(DOLLAR, uint96(dollar), uint96(dollar / 1000));
        Header memory head = header(LANE_PRICES);
        head.observedAt -= behind;
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishPrices(head, packed, sign(head, keccak256(packed)));
    }

    function _put(uint64 to, DecimalsTokenMock coin, uint256 amount) internal {
        coin.mint(address(this), amount);
        coin.approve(address(vault), amount);
        vault.deposit(to, address(coin), amount);
    }

    function _take(DecimalsTokenMock coin, uint256 amount) internal {
        vm.prank(owner);
        vault.withdraw(account, address(coin), amount, owner);
    }

    /// @dev A hostile token on the ether price, listed, `amount` of it with the owner and approved.
    function _adopt(DecimalsTokenMock coin, uint256 amount) internal {
        vault.setCollateral(address(coin), CollateralConfig(ETH, 2000, 1000, CAP));
        coin.mint(owner, amount);
        vm.prank(owner);
        coin.approve(address(vault), type(uint256).max);
    }

    function _deposit(DecimalsTokenMock coin, uint256 amount) internal {
        vm.prank(owner);
        vault.deposit(account, address(coin), amount);
    }
}
