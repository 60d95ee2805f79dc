// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskParameters, UnderlyingConfig} from "contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {PriceInterval} from "contracts/types/Margin.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import "contracts/types/Wire.sol";

import {ParameterFixtures} from "../parameters/ParameterFixtures.sol";
import {LanesFixture} from "./LanesFixture.sol";

contract PriceLaneTest is LanesFixture {
    function test_aFreshPriceIsItsConfidenceWide() public {
        _publish(_prices(SPOT));
        PriceInterval memory interval = lanes.priceInterval(1);
        assertEq(interval.low, SPOT - SPOT / 1_000, "low");
        assertEq(interval.price, SPOT, "price");
        assertEq(interval.high, SPOT + SPOT / 1_000, "high");
        assertEq(interval.observedAt, MIDNIGHT, "observed");
    }

    function test_aQuarterYearWidensByHalfTheAnnualVolatility() public {
        _publish(_prices(SPOT));
        vm.warp(MIDNIGHT + 365 days / 4);
        // 80% x sqrt(1/4) = 40%, plus the confidence of 0.1%
        assertEq(lanes.priceInterval(1).low, uint256(SPOT) * 599 / 1_000, "low");
        assertEq(lanes.priceInterval(1).high, uint256(SPOT) * 1_401 / 1_000, "high");
    }

    function testFuzz_theIntervalWidensWithAgeAndIsNeverTooNarrow(uint96 price, uint32 age, uint32 more)
        public
    {
        price = uint96(bound(price, 1, type(uint96).max));
        _publish(_prices(price));
        vm.warp(MIDNIGHT + age);
        PriceInterval memory early = lanes.priceInterval(1);
        vm.warp(MIDNIGHT + age + uint256(more));
        PriceInterval memory late = lanes.priceInterval(1);
        assertLe(late.low, early.low, "low falls");
        assertGe(late.high, early.high, "high rises");
        uint256 width = early.high - price - price / 1_000;
        // width^2 x year >= (0.8 price)^2 x age, in integers
        assertGe(width * width * 365 days * 25, uint256(price) * price * 16 * age, "rounded against the user");
        assertEq(
            early.low, price > early.high - price ? price - (early.high - price) : 0, "symmetric or zero"
        );
    }

    /// @dev Underlying 1 accrues funding, so its rounds take the long way; 256, listed for prices alone, has none and takes the short one
    /// where it can. Published side by side through a settlement window, with calm, jumps, silence and rounds of one second.
    function testFuzz_theShortWayKeepsWhatTheLongWayDoes(uint256 seed) public {
        parameters.setPriceOnly(256, 0.8e18);
        uint256 time = NEAR - 33 minutes;
        uint256 price = SPOT;
        for (uint256 index; index < 48; ++index) {
            uint256 draw = uint256(keccak256(abi.encode(seed, index)));
            time += draw % 16 == 0 ? 17 minutes : draw % 4 == 0 ? 61 : draw % 75;
            price = price * (10_000 + (draw >> 8) % ((draw >> 16) % 8 == 0 ? 2000 : 9)) / 10_004;
            vm.warp(time);
            PriceRow[] memory rows = new PriceRow[](2);
            rows[0] = PriceRow(1, uint96(price), uint96(price / 2000));
            rows[1] = PriceRow(256, uint96(price), uint96(price / 2000));
            _publish(rows);
            assertEq(
                abi.encode(lanes.signedPrice(256)), abi.encode(lanes.signedPrice(1)), "price and standing"
            );
            _requireSameWindow(NEAR);
            _requireSameWindow(NEAR + 1 days);
        }
        assertEq(lanes.fundingIndex(256), 0);
        assertNotEq(lanes.fundingIndex(1), 0);
    }

    function _requireSameWindow(uint32 expiry) private view {
        (uint256 covered, uint256 weighted) = lanes.settlementAccrued(1, expiry);
        (uint256 shortCovered, uint256 shortWeighted) = lanes.settlementAccrued(256, expiry);
        assertEq(shortCovered, covered, "seconds");
        assertEq(shortWeighted, weighted, "price x seconds");
        assertEq(lanes.settlementPrice(256, expiry), lanes.settlementPrice(1, expiry), "fixed");
    }

    function test_anUnpublishedUnderlyingHasNoPrice() public {
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NoPrice.selector, 2));
        lanes.priceInterval(2);
    }

    function test_unlistedUnderlyingsAreRefused() public {
        PriceRow[] memory rows = new PriceRow[](1);
        rows[0] = PriceRow(3, SPOT, 1);
        _expectRevert(rows, abi.encodeWithSelector(IRiskParameters.UnlistedUnderlying.selector, 3));
    }

    function test_zeroPriceIsRefused() public {
        _expectRevert(_prices(0), abi.encodeWithSelector(ISignedLanes.PriceOutOfBounds.selector, 1, 0, 0));
    }

    function test_confidenceIsAtMostHalfThePrice() public {
        PriceRow[] memory rows = _prices(SPOT);
        rows[0].confidence = SPOT / 2 + 1;
        _expectRevert(
            rows, abi.encodeWithSelector(ISignedLanes.PriceOutOfBounds.selector, 1, SPOT, rows[0].confidence)
        );
        rows[0].confidence = SPOT / 2;
        _publish(rows);
        assertEq(lanes.priceInterval(1).low, SPOT / 2);
    }

    function test_rowsMustAscendStrictly() public {
        PriceRow[] memory rows = new PriceRow[](2);
        (rows[0], rows[1]) = (PriceRow(2, SPOT, 1), PriceRow(1, SPOT, 1));
        _expectRevert(rows, abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, 1));
        rows[0].underlying = 1;
        _expectRevert(rows, abi.encodeWithSelector(ISignedLanes.RowsNotAscending.selector, 1));
    }

    function test_fundingAccruesTheLastPriceOverTheTimeBetweenRounds() public {
        _publish(_prices(SPOT));
        assertEq(lanes.fundingIndex(1), 0, "the first price accrues nothing");
        _publishPriceAt(MIDNIGHT + 365 days / 10, 2 * SPOT);
        // 10% a year of 50,000 over a tenth of a year
        assertEq(lanes.fundingIndex(1), 500e18, "at the earlier price");
        _publishPriceAt(MIDNIGHT + 365 days / 5, SPOT);
        assertEq(lanes.fundingIndex(1), 1_500e18, "then at the doubled one");
        assertEq(lanes.fundingIndex(2), 0, "the other underlying is untouched");
    }

    function testFuzz_fundingIsTheRateTimesPriceTimesYears(int64 rate, uint96 price, uint32 elapsed) public {
        rate = int64(bound(rate, -10e12, 10e12));
        price = uint96(bound(price, 1, type(uint96).max));
        elapsed = uint32(bound(elapsed, 0, 365 days));
        _setFundingRate(rate);
        _publish(_prices(price));
        _publishPriceAt(MIDNIGHT + elapsed, price);
        int256 expected = int256(rate) * int256(uint256(price)) * int256(uint256(elapsed)) / (1e12 * 365 days);
        assertEq(lanes.fundingIndex(1), expected);
    }

    function _setFundingRate(int64 rate) private {
        UnderlyingConfig memory config = ParameterFixtures.underlying();
        config.fundingRate = rate;
        parameters.setUnderlying(1, config);
    }

    function _expectRevert(PriceRow[] memory rows, bytes memory reason) private {
        Header memory header = _header(LANE_PRICES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, 3);
        vm.expectRevert(reason);
        lanes.publishPrices(header, packed, quorum);
    }
}
