// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {DeltaGammaVega} from "../../../contracts/libraries/DeltaGammaVega.sol";

contract DeltaGammaVegaPropTest is Test {
    uint256 private constant MULTIPLIER = 2.5e18;

    /// @dev One underlying: 10% spot, 20% volatility, uncorrelated.
    function _plain() private pure returns (int256[] memory covariance) {
        covariance = new int256[](4);
        (covariance[0], covariance[3]) = (0.01e18, 0.04e18);
    }

    function _exposure(int256 delta, int256 gamma, int256 vega)
        private
        pure
        returns (DeltaGammaVega.Exposure memory exposure)
    {
        exposure = DeltaGammaVega.Exposure(new int256[](2), new int256[](1));
        (exposure.direction[0], exposure.direction[1]) = (delta, vega);
        exposure.curvature[0] = gamma;
    }

    function _tail(int256 delta, int256 gamma, int256 vega) private pure returns (uint256) {
        return DeltaGammaVega.tailLoss(_exposure(delta, gamma, vega), _plain(), MULTIPLIER);
    }

    function test_tailLoss_WorkedExample() public pure {
        // delta 1,000 on 10%: 250
        assertEq(_tail(1_000e18, 0, 0), 250e18);
        // delta 1,000 on 10% and vega 1,000 on 20%: 2.5 sqrt(100^2 + 200^2)
        assertApproxEqAbs(_tail(1_000e18, 0, 1_000e18), 559.016994374947424103e18, 10);
        // gamma 2,000: mean 10, deviation 20 / sqrt 2; short gamma loses the mean, long gamma gains it
        assertApproxEqAbs(_tail(0, 2_000e18, 0), 25.355339059327376221e18, 10);
        assertApproxEqAbs(_tail(0, -2_000e18, 0), 45.355339059327376221e18, 10);
    }

    function testFuzz_tailLoss_IsEvenInDirection(int120 delta, int120 vega) public pure {
        assertEq(_tail(delta, 0, vega), _tail(-int256(delta), 0, -int256(vega)));
    }

    /// @dev Any figures at all, saturated as the engine does, and a covariance as large as parameters allow.
    function testFuzz_tailLoss_NeverReverts(int256 delta, int256 gamma, int256 vega) public pure {
        int256[] memory covariance = _plain();
        (covariance[0], covariance[3], covariance[1], covariance[2]) = (9e18, 9e18, -9e18, -9e18);
        DeltaGammaVega.Exposure memory exposure = _exposure(
            DeltaGammaVega.saturate(delta), DeltaGammaVega.saturate(gamma), DeltaGammaVega.saturate(vega)
        );
        assertLt(DeltaGammaVega.tailLoss(exposure, covariance, 10e18), 2 ** 130);
    }
}
