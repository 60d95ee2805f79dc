// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LegLimit} from "contracts/interfaces/ILiquidation.sol";
import {ScenarioPoint} from "contracts/interfaces/IRiskParameters.sol";
import {Order} from "contracts/interfaces/ITradeSettlement.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {CALL, InstrumentId, Instruments, PUT} from "contracts/types/Instrument.sol";
import {MarginState, Witness} from "contracts/types/Margin.sol";
import "contracts/types/Wire.sol";

import {SystemMarket} from "../SystemMarket.sol";

import {Budget} from "./Budget.sol";
import {PricingMeter, TailMeter} from "./Meters.sol";

/// @notice Gas of pricing, of whole accounts, of a trade and of a liquidation on the real system: two underlyings, eight
/// expiries on each, every leg at a strike of its own, 23 points in full and 8 dampened tail points, no attestation.
contract MarginBudgetTest is SystemMarket, Budget {
    uint32 private constant EXPIRIES = 8;
    uint256 private constant UNIT = 0.1e18;

    function setUp() public {
        deploySystem();
        parameters.setScenarioGrid(_grid());
        for (uint32 i = 0; i < EXPIRIES; ++i) {
            if (_expiry(i) != NEAR && _expiry(i) != FAR) parameters.listExpiry(_expiry(i));
        }
        publishPrices(20_000e18, 1500e18, 10);
        _publishAllSurfaces();
    }

    function test_greeks() public {
        PricingMeter meter = new PricingMeter();
        (uint256 used,) = meter.greeks(60_000e18, 66_000e18, 0.6e18, 30 days);
        assertLt(recordMeasured("black76_greeks", used), 2800);
    }

    function test_ownRequirement() public {
        uint64[4] memory sizes = [uint64(4), 16, 64, 128];
        for (uint256 i = 0; i < sizes.length; ++i) {
            engine.marginOf(_account(sizes[i], 1000e6));
            uint256 used = recordLastCall(string.concat("own_requirement_", vm.toString(sizes[i])));
            assertLt(used, 700_000 + 36_000 * uint256(sizes[i]));
        }
    }

    /// @dev A book of options sold only.
    function test_ownRequirementOfAWriter() public {
        engine.marginOf(_writer(64));
        assertLt(recordLastCall("own_requirement_64_sold"), 3_000_000);
    }

    function test_deltaGammaVega() public {
        uint64 account = _account(64, 1000e6);
        TailMeter meter = new TailMeter(engine);
        (uint256 used, uint256 loss) = meter.deltaGammaVega(account);
        assertEq(loss, engine.marginOf(account).deltaGammaVega);
        assertLt(recordMeasured("delta_gamma_vega_64", used), 300_000);
    }

    /// @dev By the worst witness, a grid point. The first start of all writes slots that later ones change.
    function test_startLiquidation() public {
        uint64 writer = _writer(64);
        uint64 later = _writer(64);
        Witness memory witness = engine.worstWitness(writer);
        assertTrue(witness.isScenario);
        liquidation.start(writer, witness, 0);
        assertLt(recordLastCall("start_liquidation_64_first"), 1_300_000);
        vm.warp(block.timestamp + 12);
        liquidation.start(later, engine.worstWitness(later), 0);
        assertLt(recordLastCall("start_liquidation_64"), 1_200_000);
    }

    /// @dev The bidder's account holds cash only.
    function test_bidOneLeg() public {
        uint64 writer = _writer(64);
        uint64 bidder = open("bidder", 1_000_000e6);
        liquidation.start(writer, engine.worstWitness(writer), 0);
        LegLimit[] memory legs = new LegLimit[](1);
        legs[0] = LegLimit(_option(0), uint128(UNIT));
        vm.prank(owners[bidder]);
        liquidation.bidLegs(writer, bidder, legs, 0, 0);
        assertLt(recordLastCall("bid_one_leg_64"), 2_000_000);
    }

    /// @dev Two accounts of 64 legs trade with each other: half of the transaction each.
    function test_trade() public {
        uint64 buyer = _account(64, 1_000_000e6);
        uint64 seller = _account(64, 1_000_000e6);
        InstrumentId instrument = _option(5);
        Order memory buy = order(buyer, instrument, int128(int256(UNIT)), 100e18);
        Order memory sell = order(seller, instrument, -int128(int256(UNIT)), 100e18);
        (bytes memory bought, bytes memory sold) = (signOrder(buy), signOrder(sell));
        trades.settle(buy, owners[buyer], bought, sell, owners[seller], sold, uint128(UNIT), 100e18);
        assertLt(recordMeasured("trade_one_leg_64", vm.lastCallGas().gasTotalUsed / 2), 3_000_000);
    }

    /// @dev Options bought and sold in turn; the trading module's margin check has no say here.
    function _account(uint64 legs, uint256 deposited) private returns (uint64 account) {
        account = open(string.concat("account ", vm.toString(legs)), deposited);
        uint64 maker = open(string.concat("maker ", vm.toString(legs)), 1000e6);
        for (uint256 i = 0; i < legs; ++i) {
            (uint64 buyer, uint64 seller) = i % 3 == 0 ? (account, maker) : (maker, account);
            vm.prank(address(trades));
            accounts.settleTrade(buyer, seller, _option(i), uint128(UNIT), 1e18);
        }
    }

    /// @dev Options sold at the price of one quote each, with next to no cash.
    function _writer(uint64 legs) private returns (uint64 writer) {
        writer = open(string.concat("writer ", vm.toString(legs)), 1000e6);
        uint64 maker = open(string.concat("maker of writer ", vm.toString(legs)), 1000e6);
        for (uint256 i = 0; i < legs; ++i) {
            vm.prank(address(trades));
            accounts.settleTrade(maker, writer, _option(i), uint128(UNIT), 1e18);
        }
    }

    /// @dev Strikes of 70% to 130% in steps of 1%, none twice on one expiry.
    function _option(uint256 i) private pure returns (InstrumentId) {
        uint16 underlying = i % 2 == 0 ? BTC : ETH;
        uint256 strike = (underlying == BTC ? 20_000 : 1500) * (70 + i * 37 % 61) / 100;
        return Instruments.encode(
            underlying, _expiry(uint32(i / 2) % EXPIRIES), uint48(strike * 1e6), (i / 3) % 2 == 0 ? CALL : PUT
        );
    }

    function _expiry(uint32 i) private pure returns (uint32) {
        return i == 0 ? NEAR : i == 1 ? FAR : uint32(START + 8 hours) + 7 days * (i + (i > 4 ? 3 : 0));
    }

    function _publishAllSurfaces() private {
        SurfaceRow[] memory rows = new SurfaceRow[](2 * EXPIRIES);
        uint32[8] memory ascending = _ascending();
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i] = surfaceRow(i < EXPIRIES ? BTC : ETH, ascending[i % EXPIRIES], 0.7e18);
        }
        Header memory head = header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishSurfaces(head, packed, sign(head, keccak256(packed)));
    }

    function _ascending() private pure returns (uint32[8] memory list) {
        for (uint32 i = 0; i < EXPIRIES; ++i) {
            uint256 place = i;
            for (; place > 0 && list[place - 1] > _expiry(i); --place) {
                list[place] = list[place - 1];
            }
            list[place] = _expiry(i);
        }
    }

    /// @dev The extremes first: they bound most of what follows.
    function _grid() private pure returns (ScenarioPoint[] memory points) {
        int24[11] memory spots = [int24(-4500), 4500, 0, -2000, 2000, -3000, 3000, -1000, 1000, -500, 500];
        int24[4] memory tails = [int24(-6000), -7500, 6000, 9000];
        points = new ScenarioPoint[](31);
        for (uint256 i = 0; i < 22; ++i) {
            points[i] = ScenarioPoint(spots[i / 2], i % 2 == 0 ? int32(-2500) : int32(4000), 10_000);
        }
        points[22] = ScenarioPoint(0, 6000, 10_000);
        for (uint256 i = 0; i < 8; ++i) {
            points[23 + i] = ScenarioPoint(tails[i / 2], i % 2 == 0 ? int32(-2500) : int32(4000), 3500);
        }
    }
}
