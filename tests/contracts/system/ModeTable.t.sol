// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Action, Modes} from "../../../contracts/libraries/Modes.sol";
import {Mode} from "../../../contracts/types/Margin.sol";
import {ModeActions} from "./ModeActions.sol";

/// @notice The mode table, written out once more, against the library and against the real contracts.
contract ModeTableTest is ModeActions {
    /// @dev One row for each action in the order of `Action`: NORMAL, REDUCE_ONLY, HALTED; a pause reads as REDUCE_ONLY.
    function _table() private pure returns (string[12] memory) {
        return ["yyy", "y..", "y..", "y..", "yy.", "yy.", "yy.", "yy.", "yy.", "yyy", "yyy", "yyy"];
    }

    function setUp() public {
        setUpActions();
    }

    function test_table_LibraryAndContractsFollowIt() public {
        uint256 start = block.timestamp;
        _column(Mode.NORMAL);
        vm.warp(start + parameters.laneLimits().reduceOnlyAge + 1);
        _column(Mode.REDUCE_ONLY);
        vm.warp(start + parameters.laneLimits().haltAge + 1);
        _column(Mode.HALTED);
    }

    function test_table_APauseIsReduceOnly() public {
        pause.pause(uint64(block.timestamp + 1 hours), "reason");
        _column(Mode.REDUCE_ONLY);
    }

    function test_table_HasARowForEachAction() public pure {
        assertEq(uint256(type(Action).max) + 1, _table().length);
    }

    function _column(Mode mode) private {
        assertEq(uint8(engine.mode()), uint8(mode), "the fixture's mode");
        string[12] memory table = _table();
        for (uint8 i; i < table.length; ++i) {
            bool wanted = bytes(table[i])[uint8(mode)] == "y";
            string memory cell =
                string.concat("INV-31: ", nameOf(Action(i)), " in mode ", vm.toString(uint8(mode)));
            assertEq(Modes.allows(mode, Action(i)), wanted, cell);
            assertEq(passes(Action(i)), wanted, cell);
        }
    }
}
