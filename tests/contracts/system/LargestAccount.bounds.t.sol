// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScenarioPoint} from "../../../contracts/interfaces/IRiskParameters.sol";
import {CALL, InstrumentId, Instruments, PUT} from "../../../contracts/types/Instrument.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice What liquidating large accounts costs on a grid of 23 points.
contract LargestAccountBoundsTest is SystemMarket {
    /// @dev The most gas one transaction may use on Ethereum (EIP-7825), and a block's gas there.
    uint256 private constant TRANSACTION_GAS = 1 << 24;
    uint256 private constant BLOCK_GAS = 60_000_000;
    uint256 private constant MOST_LEGS = 128;
    uint256 private constant GRID_POINTS = 23;

    uint64 private writer;
    uint64 private maker;
    uint64 private bidder;

    function setUp() public {
        deploySystem();
        _setLargeGrid();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
        writer = open("writer", 1000e6);
        maker = open("maker", 1000e6);
        bidder = open("bidder", 10_000_000e6);
    }

    /// @dev Short options at the price of one; the trading module's margin check would not allow them.
    function _write(uint256 legs) private {
        for (uint256 i = 0; i < legs; ++i) {
            vm.prank(address(trades));
            accounts.settleTrade(maker, writer, _option(i), 0.1e18, 1e18);
        }
    }

    function _setLargeGrid() private {
        ScenarioPoint[] memory points = new ScenarioPoint[](GRID_POINTS);
        for (uint256 i = 0; i < GRID_POINTS; ++i) {
            points[i] =
                ScenarioPoint(int32(int256(i) * 200) - 2200, int32(int256(i % 3) * 2500) - 2500, 10_000);
        }
        parameters.setScenarioGrid(points);
    }

    function _option(uint256 i) private pure returns (InstrumentId) {
        uint48 strike = uint48((i % 2 == 0 ? 20_000 : 1500) * (80 + i / 4) / 100 * 1e6);
        uint8 kind = i % 4 < 2 ? CALL : PUT;
        return Instruments.encode(i % 2 == 0 ? BTC : ETH, FAR, strike, kind);
    }

    function _bidGas(uint256 fraction) private returns (uint256 used) {
        liquidation.start(writer, engine.worstWitness(writer), 0);
        vm.prank(owners[bidder]);
        uint256 before = gasleft();
        liquidation.bid(writer, bidder, fraction, 0);
        used = before - gasleft();
    }

    function test_start_OfTheLargestAccountFitsIntoATransaction() public {
        _write(MOST_LEGS);
        Witness memory witness = engine.worstWitness(writer);
        uint256 before = gasleft();
        liquidation.start(writer, witness, 0);
        assertLt(before - gasleft(), TRANSACTION_GAS);
    }

    function test_bid_ForHalfTheLegsFitsIntoATransaction() public {
        _write(MOST_LEGS / 2);
        assertLt(_bidGas(1e18), TRANSACTION_GAS);
        assertEq(accounts.legsOf(bidder).length, MOST_LEGS / 2);
        assertFalse(liquidation.inLiquidation(writer));
    }

    function test_bid_ForPartOfHalfTheLegsFitsIntoATransaction() public {
        _write(MOST_LEGS / 2);
        assertLt(_bidGas(0.5e18), TRANSACTION_GAS);
    }

    function test_bid_ForTheLargestAccountFitsIntoABlock() public {
        _write(MOST_LEGS);
        assertLt(_bidGas(1e18), BLOCK_GAS);
        assertEq(accounts.legsOf(bidder).length, MOST_LEGS);
        assertFalse(liquidation.inLiquidation(writer));
    }
}
