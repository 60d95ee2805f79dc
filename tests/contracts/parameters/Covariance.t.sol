// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";

import {IRiskParameters} from "contracts/interfaces/IRiskParameters.sol";
import {RiskParameters} from "contracts/parameters/RiskParameters.sol";

import {ParameterFixtures} from "./ParameterFixtures.sol";

contract CovarianceTest is Test {
    RiskParameters private parameters;

    function setUp() public {
        parameters = new RiskParameters(address(new AccessManager(address(this))));
        ParameterFixtures.setAll(parameters);
    }

    function test_theMatrixOfTheFixtureByHand() public view {
        int256[] memory s = parameters.covariance();
        assertEq(s.length, 16, "4 x 4");
        assertEq(s[0], 0.0036e18 + 4, "6% squared, raised by a unit per factor");
        assertEq(s[1], -0.003e18, "6% x -5%");
        assertEq(s[5], 0.025e18 + 4, "5% squared plus 15% squared");
        assertEq(s[9], -0.0025e18, "-5% x 5% + 15% x 0");
        assertEq(s[15], 0.0158e18 + 4, "9 + 64 + 4 + 81 in 1e-4");
    }

    function test_theSizeIsThatOfTheUnderlyings() public {
        int256[] memory short = new int256[](9);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.CovarianceSize.selector, 9, 10));
        parameters.setCovariance(short);
        parameters.setUnderlying(3, ParameterFixtures.underlying());
        int256[] memory old = ParameterFixtures.loadings();
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.CovarianceSize.selector, 10, 21));
        parameters.setCovariance(old);
    }

    function test_aNewUnderlyingIsNeverRiskless() public {
        int256[] memory before = parameters.covariance();
        parameters.setUnderlying(3, ParameterFixtures.underlying());
        int256[] memory s = parameters.covariance();
        assertEq(s.length, 36, "6 x 6");
        assertEq(s[4 * 6 + 4], 1e18 + 6, "spot");
        assertEq(s[5 * 6 + 5], 1e18 + 6, "volatility");
        assertEq(s[4 * 6 + 5], 0, "independent");
        for (uint256 row; row < 4; ++row) {
            for (uint256 column; column < 4; ++column) {
                int256 raised = row == column ? int256(2) : int256(0);
                assertEq(s[row * 6 + column], before[row * 4 + column] + raised, "the others as before");
            }
        }
    }

    function test_changingAnUnderlyingKeepsTheCovariance() public {
        int256[] memory before = parameters.covariance();
        parameters.setUnderlying(1, ParameterFixtures.underlying());
        assertEq(parameters.covariance(), before);
    }

    function test_noFactorIsRiskless() public {
        int256[] memory loadings = new int256[](10);
        (loadings[0], loadings[2], loadings[5], loadings[9]) = (0.001e18, 0.001e18, 0.001e18, 0.001e18 - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRiskParameters.ParameterOutOfBounds.selector, bytes32("variance"), 1e12 - 1, 1e12, 9e18
            )
        );
        parameters.setCovariance(loadings);
        loadings[9] += 1;
        parameters.setCovariance(loadings);
    }

    function test_loadingsAndVariancesHaveACeiling() public {
        int256[] memory loadings = ParameterFixtures.loadings();
        loadings[3] = -3e18 - 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IRiskParameters.ParameterOutOfBounds.selector, bytes32("loading"), -3e18 - 1, -3e18, 3e18
            )
        );
        parameters.setCovariance(loadings);
        loadings[3] = -3e18;
        vm.expectPartialRevert(IRiskParameters.ParameterOutOfBounds.selector);
        parameters.setCovariance(loadings); // 9 and the rest of the row: above 9
        (loadings[4], loadings[5]) = (0, 0);
        parameters.setCovariance(loadings);
    }

    /// @dev x'Sx >= 0 for the stored, rounded matrix: the property that margin rests on.
    function testFuzz_theRoundedMatrixIsPositiveSemidefinite(int64[10] calldata raw, int64[4] calldata x)
        public
    {
        int256[] memory loadings = new int256[](10);
        for (uint256 index; index < 10; ++index) {
            loadings[index] = int256(raw[index]) / 8;
        }
        try parameters.setCovariance(loadings) {}
        catch (bytes memory reason) {
            assertEq(bytes4(reason), IRiskParameters.ParameterOutOfBounds.selector, "no other failure");
            return;
        }
        int256[] memory s = parameters.covariance();
        int256 form;
        for (uint256 row; row < 4; ++row) {
            for (uint256 column; column < 4; ++column) {
                assertEq(s[row * 4 + column], s[column * 4 + row], "symmetric");
                form += int256(x[row]) * x[column] * s[row * 4 + column];
            }
        }
        assertGe(form, 0);
    }

    /// @dev A near-singular matrix and the direction in which truncation alone would make it negative.
    function testFuzz_nearSingularMatricesToo(uint64 a, uint64 b) public {
        int256[] memory loadings = new int256[](10);
        loadings[0] = int256(bound(a, 0.001e18, 2e18));
        loadings[1] = -int256(bound(b, 0.001e18, 2e18));
        (loadings[5], loadings[9]) = (0.01e18, 0.01e18);
        parameters.setCovariance(loadings);
        int256[] memory s = parameters.covariance();
        int256 x = -loadings[1];
        int256 y = loadings[0];
        assertGe(x * x * s[0] + 2 * x * y * s[1] + y * y * s[5], 0);
    }
}
