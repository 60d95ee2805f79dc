// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test, stdJson} from "forge-std/Test.sol";
import {Black76, Greeks} from "../../../contracts/libraries/Black76.sol";
import {NormalDistribution} from "../../../contracts/libraries/NormalDistribution.sol";
import {Svi} from "../../../contracts/libraries/Svi.sol";
import {SurfaceRow} from "../../../contracts/types/Wire.sol";

/// @notice The formulas against 60-digit values computed outside Solidity. Tolerances are absolute.
contract FormulasParityTest is Test {
    using stdJson for string;

    uint256 private constant WAD = 1e18;

    function _vectors(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("tests/parity/vectors/", name));
    }

    function test_normal_MatchesVectors() public view {
        string memory json = _vectors("normal.json");
        int256[] memory x = json.readIntArray(".x");
        uint256[] memory cdf = json.readUintArray(".cdf");
        uint256[] memory pdf = json.readUintArray(".pdf");
        assertGt(x.length, 400);
        for (uint256 i; i < x.length; ++i) {
            assertApproxEqAbs(NormalDistribution.cdf(x[i]), cdf[i], 200, vm.toString(x[i]));
            assertApproxEqAbs(NormalDistribution.pdf(x[i]), pdf[i], 2, vm.toString(x[i]));
        }
    }

    struct Columns {
        uint256[] forward;
        uint256[] strike;
        uint256[] volatility;
        uint256[] secondsLeft;
        uint256[] isCall;
        uint256[] price;
        int256[] delta;
        uint256[] gamma;
        uint256[] vega;
    }

    function _columns() private view returns (Columns memory c) {
        string memory json = _vectors("black76.json");
        c.forward = json.readUintArray(".forward");
        c.strike = json.readUintArray(".strike");
        c.volatility = json.readUintArray(".volatility");
        c.secondsLeft = json.readUintArray(".seconds");
        c.isCall = json.readUintArray(".isCall");
        c.price = json.readUintArray(".price");
        c.delta = json.readIntArray(".delta");
        c.gamma = json.readUintArray(".gamma");
        c.vega = json.readUintArray(".vega");
    }

    /// @dev Units: price and vega per forward or strike, whichever is larger; gamma per its largest value at that deviation.
    function test_black76_MatchesVectors() public view {
        Columns memory c = _columns();
        assertGt(c.price.length, 400);
        for (uint256 i; i < c.price.length; ++i) {
            Greeks memory got = Black76.greeks(
                c.forward[i], c.strike[i], c.volatility[i], c.secondsLeft[i], c.isCall[i] == 1
            );
            string memory row = vm.toString(i);
            uint256 most = c.forward[i] > c.strike[i] ? c.forward[i] : c.strike[i];
            assertApproxEqAbs(got.price, c.price[i], 2 + most * 4 / 1e16, row);
            assertApproxEqAbs(got.delta, c.delta[i], 3e5, row);
            assertApproxEqAbs(got.vega, c.vega[i], 10 + most * 3 / 1e13, row);
            uint256 deviation = Black76.deviationOf(c.volatility[i], c.secondsLeft[i]);
            uint256 gammaUnit = deviation == 0 ? 0 : WAD * WAD / deviation * WAD / c.forward[i];
            assertApproxEqAbs(got.gamma, c.gamma[i], 10 + gammaUnit / 1e12, row);
            assertEq(
                Black76.price(c.forward[i], c.strike[i], c.volatility[i], c.secondsLeft[i], c.isCall[i] == 1),
                got.price,
                row
            );
        }
    }

    function test_svi_MatchesVectors() public view {
        string memory json = _vectors("svi.json");
        int256[] memory k = json.readIntArray(".k");
        uint256[] memory totalVariance = json.readUintArray(".totalVariance");
        int256[][5] memory parts = [
            json.readIntArray(".a"),
            json.readIntArray(".b"),
            json.readIntArray(".rho"),
            json.readIntArray(".m"),
            json.readIntArray(".sigma")
        ];
        assertGt(k.length, 150);
        for (uint256 i; i < k.length; ++i) {
            SurfaceRow memory row = SurfaceRow(
                1,
                0,
                0,
                int64(parts[0][i]),
                int64(parts[1][i]),
                int64(parts[2][i]),
                int64(parts[3][i]),
                int64(parts[4][i])
            );
            assertApproxEqAbs(Svi.totalVariance(row, k[i]), totalVariance[i], 3, vm.toString(i));
        }
    }
}
