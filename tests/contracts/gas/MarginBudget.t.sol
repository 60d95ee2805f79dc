// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";
import {CALL, InstrumentId, Instruments, PUT} from "contracts/types/Instrument.sol";
import {Witness} from "contracts/types/Margin.sol";

import {SystemMarket} from "../SystemMarket.sol";
import {Budget} from "./Budget.sol";
import {PricingMeter, TailMeter} from "./Meters.sol";

/// @notice Gas of pricing, of whole accounts and of a liquidation on the real system: two underlyings, two expiries,
/// a grid of 23 points, no attestation.
contract MarginBudgetTest is SystemMarket, Budget {
    uint256 private constant GRID_POINTS = 23;

    function setUp() public {
        deploySystem();
        _setLargeGrid();
        publishPrices(20_000e18, 1500e18, 10);
        publishSurfaces(0.7e18);
    }

    function test_greeks() public {
        PricingMeter meter = new PricingMeter();
        (uint256 used,) = meter.greeks(60_000e18, 66_000e18, 0.6e18, 30 days);
        assertLt(recordMeasured("black76_greeks", used), 3600);
    }

    function test_marginOf() public {
        uint64[3] memory sizes = [uint64(4), 16, 64];
        for (uint256 i = 0; i < sizes.length; ++i) {
            engine.marginOf(_writer(sizes[i]));
            uint256 used = recordLastCall(string.concat("margin_of_", vm.toString(sizes[i])));
            assertLt(used, 500_000 + 68_000 * uint256(sizes[i]));
        }
    }

    function test_deltaGammaVega() public {
        uint64 writer = _writer(64);
        TailMeter meter = new TailMeter(engine);
        (uint256 used, uint256 loss) = meter.deltaGammaVega(writer);
        assertEq(loss, engine.marginOf(writer).deltaGammaVega);
        assertLt(recordMeasured("delta_gamma_vega_64", used), 300_000);
    }

    function test_startLiquidation() public {
        uint64 writer = _writer(64);
        Witness memory witness = engine.worstWitness(writer);
        liquidation.start(writer, witness);
        assertLt(recordLastCall("start_liquidation_64"), 7_000_000);
    }

    /// @dev An account with so many short options, at the price of one quote each; the trading module's margin check
    /// would not allow them.
    function _writer(uint64 legs) private returns (uint64 writer) {
        writer = open(string.concat("writer ", vm.toString(legs)), 1000e6);
        uint64 maker = open(string.concat("maker ", vm.toString(legs)), 1000e6);
        for (uint256 i = 0; i < legs; ++i) {
            vm.prank(address(trades));
            accounts.settleTrade(maker, writer, _option(i), 0.1e18, 1e18);
        }
    }

    function _option(uint256 i) private pure returns (InstrumentId) {
        uint16 underlying = i % 2 == 0 ? BTC : ETH;
        uint256 strike = (underlying == BTC ? 20_000 : 1500) * (88 + 2 * (i / 8)) / 100;
        uint32 expiry = (i / 2) % 2 == 0 ? NEAR : FAR;
        return Instruments.encode(underlying, expiry, uint48(strike * 1e6), (i / 4) % 2 == 0 ? CALL : PUT);
    }

    function _setLargeGrid() private {
        ScenarioPoint[] memory points = new ScenarioPoint[](GRID_POINTS);
        for (uint256 i = 0; i < GRID_POINTS; ++i) {
            int32 volatility = int32(int256(i % 3) * 2500) - 2500;
            points[i] = ScenarioPoint(int32(int256(i) * 400) - 4400, volatility, 10_000);
        }
        parameters.setScenarioGrid(points);
    }
}
