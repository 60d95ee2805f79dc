// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScenarioPoint} from "../../../contracts/interfaces/IRiskParameters.sol";
import {Exposures} from "../../../contracts/libraries/Exposures.sol";
import {PackedGrid} from "../../../contracts/libraries/PackedGrid.sol";
import {ScenarioGrid} from "../../../contracts/libraries/ScenarioGrid.sol";
import {WorstPoint} from "../../../contracts/libraries/WorstPoint.sol";
import {Revaluation, Shock, UnderlyingBook} from "../../../contracts/types/Book.sol";
import {DrawnBooks} from "./DrawnBooks.sol";

/// @notice Leaving points out never changes the result: against the plain loop over every point.
contract WorstPointPropTest is DrawnBooks {
    function _drawGrid(uint256 seed) private pure returns (Shock[] memory) {
        ScenarioPoint[] memory points = new ScenarioPoint[](1 + seed % 32);
        for (uint256 i; i < points.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            points[i].spotShockBps = int32(int256(seed % 19_000)) - 9_000;
            points[i].volatilityShockBps = int32(int256((seed >> 60) % 5 * 4_000)) - 8_000;
            points[i].weightBps = (seed >> 120) % 3 == 0 ? 3_500 : 10_000;
        }
        return ScenarioGrid.ofGrid(PackedGrid.pack(points));
    }

    function _plainWorst(UnderlyingBook memory book, Shock[] memory shocks)
        private
        pure
        returns (uint256 worst)
    {
        int256 start = ScenarioGrid.valueAt(book, ScenarioGrid.unmoved());
        for (uint256 i; i < shocks.length; ++i) {
            uint256 loss =
                ScenarioGrid.weighted(start - ScenarioGrid.atPoint(book, shocks[i]).value, shocks[i]);
            if (loss > worst) worst = loss;
        }
    }

    /// @dev Tolerance: the error of the prices, 4e-16 of forward or strike, of all legs.
    function testFuzz_worstLoss_IsThatOfEveryPoint(uint256 bookSeed, uint256 gridSeed) public pure {
        (UnderlyingBook memory book, uint256 gross) = _drawBook(bookSeed);
        Shock[] memory shocks = _drawGrid(gridSeed);
        Revaluation memory start = Exposures.ofBook(book, 0.04e18).start;
        (uint256 worst, uint256 point) = WorstPoint.worstLoss(book, start, shocks);
        uint256 tolerance = 4 + gross * 3 * INDEX / 1e18 / 1e15;
        assertApproxEqAbs(worst, _plainWorst(book, shocks), tolerance);
        int256 loss = start.value - ScenarioGrid.atPoint(book, shocks[point]).value;
        if (worst != 0) assertEq(ScenarioGrid.weighted(loss, shocks[point]), worst, "witness");
    }

    function testFuzz_start_IsTheUnmovedBook(uint256 bookSeed) public pure {
        (UnderlyingBook memory book,) = _drawBook(bookSeed);
        Revaluation memory start = Exposures.ofBook(book, 0.04e18).start;
        Revaluation memory unmoved = ScenarioGrid.atPoint(book, ScenarioGrid.unmoved());
        assertEq(start.value, unmoved.value);
        assertEq(start.value, ScenarioGrid.valueAt(book, ScenarioGrid.unmoved()));
        assertEq(start.bought, unmoved.bought);
        assertEq(start.sold, unmoved.sold);
        assertEq(start.slopePerBps, unmoved.slopePerBps / 10_000);
    }
}
