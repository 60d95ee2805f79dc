// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTerms} from "../../../contracts/interfaces/IMarginTerms.sol";
import {IPriceIntervals} from "../../../contracts/interfaces/IPriceIntervals.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {PriceBand} from "../../../contracts/margin/PriceBand.sol";
import {CALL, InstrumentId, PUT} from "../../../contracts/types/Instrument.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {MarketFixture} from "./MarketFixture.sol";

contract PriceBandTest is MarketFixture {
    PriceBand private band;

    function setUp() public override {
        super.setUp();
        band = new PriceBand(
            IMarginAccounts(address(ledger)),
            ISignedLanes(address(lanes)),
            IRiskParameters(address(parameters)),
            IPriceIntervals(address(lanes)),
            IMarginTerms(address(terms))
        );
        terms.set(1, RiskTerms(0, 0, 0, 0, 200, 0, 0));
    }

    function test_bandOf_PerpetualIsTheIntervalAndAShareOfTheMark() public view {
        (uint256 low, uint256 high) = band.bandOf(_perpetual(1));
        assertEq(low, 59_900e18 - 1_200e18);
        assertEq(high, 60_100e18 + 1_200e18);
    }

    function test_bandOf_WithoutTermsIsTheMarksOfTheInterval() public view {
        (uint256 low, uint256 high) = band.bandOf(_perpetual(2));
        assertEq(low, 2_990e18);
        assertEq(high, 3_015e18);
    }

    /// @dev A put's marks run the other way.
    function test_bandOf_PutIsWorthMostAtTheLowerEnd() public {
        InstrumentId put = _option(1, FAR, 70_000, PUT);
        (int256 marked, int256 atLow, int256 atHigh) = _marks(put);
        (uint256 low, uint256 high) = band.bandOf(put);
        uint256 width = uint256(marked) * 200 / 10_000;
        assertApproxEqAbs(low, uint256(atHigh) - width, 1e6);
        assertApproxEqAbs(high, uint256(atLow) + width, 1e6);
    }

    /// @dev Worth nothing: 2% of a hundredth of the index.
    function test_bandOf_WorthlessOptionCanStillBeBoughtBack() public view {
        (uint256 low, uint256 high) = band.bandOf(_option(1, NEAR, 200_000, CALL));
        assertEq(low, 0);
        assertApproxEqAbs(high, 12e18, 1e9);
    }

    function testFuzz_bandOf_HoldsTheMark(uint256 strike, bool isCall, uint16 share) public {
        terms.set(1, RiskTerms(0, 0, 0, 0, uint16(bound(share, 0, 5_000)), 0, 0));
        InstrumentId id = _option(1, FAR, bound(strike, 1_000, 600_000), isCall ? CALL : PUT);
        (int256 marked,,) = _marks(id);
        (uint256 low, uint256 high) = band.bandOf(id);
        assertLe(low, uint256(marked) + 1);
        assertGe(high + 1, uint256(marked));
    }

    function test_bandOf_FailsIf_NoPrice() public {
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.NoUsablePrice.selector, 3));
        band.bandOf(_perpetual(3));
    }

    /// @dev One unit in an account of its own, valued by the engine at the price and at either end.
    function _marks(InstrumentId id) private returns (int256 marked, int256 atLow, int256 atHigh) {
        ledger.hold(99, id, 1e18);
        uint256[3] memory ends = [uint256(60_000e18), 59_900e18, 60_100e18];
        int256[3] memory found;
        uint256 snapshot = vm.snapshotState();
        found[0] = engine.markOf(99);
        for (uint256 i = 1; i < 3; ++i) {
            lanes.setInterval(1, ends[i], 60_000e18, ends[i], uint64(block.timestamp));
            found[i] = engine.marginOf(99).equityLow;
        }
        vm.revertToState(snapshot);
        return (found[0], found[1], found[2]);
    }
}
