// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";

import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {RiskParameters} from "contracts/parameters/RiskParameters.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";

/// @notice Parameters with everything set, governed by the test itself.
abstract contract ParametersFixture is Test {
    uint64 internal constant MIDNIGHT = 20_000 * 1 days;
    uint32 internal constant EXPIRY = uint32(MIDNIGHT + 8 hours);

    RiskParameters internal parameters;

    function setUp() public {
        vm.warp(MIDNIGHT);
        parameters = new RiskParameters(address(new AccessManager(address(this))));
        ParameterFixtures.setAll(parameters);
    }

    function _expectOutOfBounds(bytes32 name, int256 value, int256 least, int256 most) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, least, most)
        );
    }
}
