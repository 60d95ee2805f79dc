// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {PythPrice, PythSource} from "contracts/oracle/sources/PythSource.sol";

import {HandPyth, HostileContract} from "../../mocks/FeedMocks.sol";

contract PythSourceTest is Test {
    uint256 private constant NOW = 1_700_000_000;
    uint32 private constant LONGEST_AGE = 60;
    uint16 private constant CAP_BPS = 200;

    HandPyth private pyth;
    PythSource private source;

    function setUp() public {
        vm.warp(NOW);
        pyth = new HandPyth();
        source = new PythSource(address(pyth), bytes32("BTC/USD"), LONGEST_AGE, CAP_BPS);
    }

    function test_read_IsThePriceInWadWithItsConfidence() public {
        pyth.set(PythPrice(20_000_12345678, 10_00000000, -8, NOW - 3));
        (uint256 price, uint256 confidence, uint256 observedAt) = source.read();
        assertEq(price, 20_000.12345678e18);
        assertEq(confidence, 10e18 + 2);
        assertEq(observedAt, NOW - 3);
    }

    function test_read_ScalesAnyExponent() public {
        _reads(2, 4, 20_000e18);
        _reads(20_000, 0, 20_000e18);
        _reads(20_000e6, -6, 20_000e18);
        _reads(2e18, -18, 2e18);
        _reads(2e18, -24, 2e12);
        _reads(9e18, -30, 9e6);
    }

    function test_read_FailsIf_ExponentIsOutOfRange() public {
        _silent(PythPrice(1, 0, 13, NOW));
        _silent(PythPrice(9e18, 0, -31, NOW));
        _silent(PythPrice(9e18, 0, type(int32).min, NOW));
        _silent(PythPrice(9e18, 0, type(int32).max, NOW));
    }

    function test_read_FailsIf_PriceIsNotPositiveOrDoesNotFit() public {
        _silent(PythPrice(0, 0, -8, NOW));
        _silent(PythPrice(-1, 0, -8, NOW));
        _silent(PythPrice(type(int64).min, 0, -8, NOW));
        _silent(PythPrice(type(int64).max, 0, 12, NOW));
        _silent(PythPrice(1, 0, -30, NOW));
    }

    function test_read_FailsIf_ConfidenceIsAboveItsCap() public {
        pyth.set(PythPrice(10_000, 200, 0, NOW));
        assertTrue(_answers());
        _silent(PythPrice(10_000, 201, 0, NOW));
        _silent(PythPrice(10_000, type(uint64).max, 0, NOW));
    }

    function test_read_FailsIf_PublishTimeIsInTheFutureOrOld() public {
        pyth.set(PythPrice(10_000, 1, 0, NOW - LONGEST_AGE));
        assertTrue(_answers());
        _silent(PythPrice(10_000, 1, 0, NOW + 1));
        _silent(PythPrice(10_000, 1, 0, NOW - LONGEST_AGE - 1));
        _silent(PythPrice(10_000, 1, 0, type(uint256).max));
    }

    function test_constructor_FailsIf_PythIsNoContract() public {
        vm.expectRevert(abi.encodeWithSelector(PythSource.NoContract.selector, address(0)));
        new PythSource(address(0), bytes32("BTC/USD"), LONGEST_AGE, CAP_BPS);
    }

    function testFuzz_read_NeverRevertsAndNeverLies(uint256[4] memory words, uint64 price, int8 exponent)
        public
    {
        pyth.setWords(words);
        _check();
        words[0] = price;
        words[1] = price / 1_000;
        words[2] = uint256(int256(exponent));
        words[3] = NOW;
        pyth.setWords(words);
        _check();
    }

    function test_read_FailsIf_PythIsHostile() public {
        HostileContract hostile = new HostileContract();
        vm.etch(address(pyth), address(hostile).code);
        for (uint8 way; way <= uint8(type(HostileContract.Way).max); ++way) {
            HostileContract(address(pyth)).choose(HostileContract.Way(way));
            uint256 before = gasleft();
            assertFalse(_answers(), vm.toString(way));
            assertLt(before - gasleft(), 115_000, "gas is bounded");
        }
        vm.etch(address(pyth), "");
        assertFalse(_answers(), "no code");
    }

    function _check() private view {
        (uint256 price, uint256 confidence, uint256 observedAt) = source.read();
        if (price == 0) return;
        assertLe(price, type(uint96).max);
        assertLe(observedAt, NOW);
        assertGe(observedAt + LONGEST_AGE, NOW);
        assertLe(confidence, price * CAP_BPS / 10_000 + CAP_BPS + 3);
    }

    function _reads(int64 price, int32 exponent, uint256 wanted) private {
        pyth.set(PythPrice(price, 0, exponent, NOW));
        (uint256 got,,) = source.read();
        assertEq(got, wanted, vm.toString(exponent));
    }

    function _silent(PythPrice memory price) private {
        pyth.set(price);
        assertFalse(_answers());
    }

    function _answers() private view returns (bool) {
        (uint256 price,,) = source.read();
        return price != 0;
    }
}
