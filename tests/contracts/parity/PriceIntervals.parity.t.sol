// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {PriceCombination} from "contracts/libraries/PriceCombination.sol";
import {PriceInterval} from "contracts/types/Margin.sol";

/// @notice The library against the audit's mirror in Python (`tests/parity/generate_prices.py`), exactly.
contract PriceIntervalsParityTest is Test {
    uint256 private constant WORDS_IN = 24;
    uint256 private constant WORDS_OUT = 5;

    function test_combine_IsTheMirrors() public view {
        string memory json = vm.readFile("tests/parity/vectors/prices.json");
        uint256[] memory inputs = vm.parseJsonUintArray(json, ".inputs");
        uint256[] memory outputs = vm.parseJsonUintArray(json, ".outputs");
        uint256 cases = inputs.length / WORDS_IN;
        assertGe(cases, 400);
        for (uint256 i; i < cases; ++i) {
            _compare(inputs, i * WORDS_IN, outputs, i * WORDS_OUT);
        }
    }

    function _compare(uint256[] memory inputs, uint256 at, uint256[] memory outputs, uint256 out)
        private
        pure
    {
        PriceInterval[] memory sources = new PriceInterval[](4);
        for (uint256 i; i < 4; ++i) {
            sources[i] = _interval(inputs, at + 8 + 4 * i);
        }
        (PriceInterval memory got, uint256 agreeing) =
            PriceCombination.combine(_interval(inputs, at), _interval(inputs, at + 4), sources);
        assertEq(abi.encode(got), abi.encode(_interval(outputs, out)));
        assertEq(agreeing, outputs[out + 4]);
    }

    function _interval(uint256[] memory words, uint256 at) private pure returns (PriceInterval memory) {
        return PriceInterval(words[at], words[at + 1], words[at + 2], uint64(words[at + 3]));
    }
}
