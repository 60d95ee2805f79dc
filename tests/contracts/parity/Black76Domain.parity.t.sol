// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test, stdJson} from "forge-std/Test.sol";
import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Black76, Greeks} from "../../../contracts/libraries/Black76.sol";

/// @notice Black-76 over 1e-4 <= sigma sqrt T <= 5, |ln F/K| <= 8, against 60-digit values: the worst errors found.
contract Black76DomainParityTest is Test {
    using stdJson for string;

    /// @dev The smaller of forward and strike is 1e27 in every row, so that 1 here is 1e-27 of it: 7.3e-17. Found where
    /// s = 0.958 and F/K = 0.624; it is the error of Mills' ratio.
    uint256 private constant WORST_PRICE = 7.3e10;
    /// @dev 4.8e-17, in units of 1e-18; found at the same place.
    uint256 private constant WORST_DELTA = 48;

    function test_call_ErrorOverTheWholeDomain() public {
        string memory json = vm.readFile("tests/parity/vectors/black76_domain.json");
        uint256[] memory forward = json.readUintArray(".forward");
        uint256[] memory strike = json.readUintArray(".strike");
        uint256[] memory deviation = json.readUintArray(".deviation");
        uint256[] memory price = json.readUintArray(".price");
        uint256[] memory delta = json.readUintArray(".delta");
        assertEq(price.length, 3_000);
        uint256 worstPrice;
        uint256 worstDelta;
        for (uint256 i; i < price.length; ++i) {
            Greeks memory got = Black76.greeks(forward[i], strike[i], deviation[i], 365 days, true);
            worstPrice = FixedPointMathLib.max(worstPrice, FixedPointMathLib.dist(got.price, price[i]));
            worstDelta =
                FixedPointMathLib.max(worstDelta, FixedPointMathLib.dist(uint256(got.delta), delta[i]));
        }
        emit log_named_uint("worst price error, 1e-27 of min(F, K)", worstPrice);
        emit log_named_uint("worst delta error, 1e-18", worstDelta);
        assertLe(worstPrice, WORST_PRICE);
        assertLe(worstDelta, WORST_DELTA);
    }
}
