// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IStateLane} from "../interfaces/IStateLane.sol";
import {StateRow} from "../types/Wire.sol";

/// @title Rows of a state round as they are signed and sent: fields in their order, big-endian, without padding
library StateRows {
    /// @dev kind 8 bits, index 16, column 16, value 64.
    uint256 internal constant LENGTH = 13;

    /// @notice The value at `place`, which must be that of this kind, index and column. The caller has checked the length.
    function valueAt(bytes calldata rows, uint256 place, uint8 kind, uint16 index, uint16 column)
        internal
        pure
        returns (int256)
    {
        uint104 row = uint104(bytes13(rows[place * LENGTH:(place + 1) * LENGTH]));
        (uint8 kind_, uint16 index_, uint16 column_) =
            (uint8(row >> 96), uint16(row >> 80), uint16(row >> 64));
        if (kind_ != kind || index_ != index || column_ != column) {
            revert IStateLane.MisplacedRow(place, kind_, index_, column_);
        }
        return int64(uint64(row));
    }

    function pack(StateRow[] memory rows) internal pure returns (bytes memory packed) {
        for (uint256 i; i < rows.length; ++i) {
            StateRow memory row = rows[i];
            packed = abi.encodePacked(packed, row.kind, row.index, row.column, row.value);
        }
    }
}
