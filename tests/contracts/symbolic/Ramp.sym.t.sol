// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ramp} from "../../../contracts/libraries/Ramp.sol";

/// @notice Proved by halmos for every rise between two ratios of 16 bits, a rise of 1 an hour, as configured, and times of
/// 32 bits from its beginning: it stays between its ends, is never ahead of its rate, and one second more never lowers it;
/// any longer wait is a chain of such steps.
/// @custom:halmos --solver-command ".audit-venv/bin/python tools/integers.py"
contract RampSymbolic {
    uint256 private constant START = 1_700_000_000;
    uint256 private constant UNIT = 10_000;
    uint256 private constant RISE = 1 hours;

    function check_rise_StaysBetweenItsEnds(uint16 from, uint16 span, uint32 time) external pure {
        uint256 value = _valueAt(from, span, time);
        assert(from <= value && value <= uint256(from) + span);
        // rounded down: no rise comes early
        assert((value - from) * RISE <= UNIT * time);
    }

    function check_rise_GoesOneWay(uint16 from, uint16 span, uint32 time) external pure {
        assert(_valueAt(from, span, time) <= _valueAt(from, span, uint256(time) + 1));
    }

    function _valueAt(uint256 from, uint256 span, uint256 time) private pure returns (uint256) {
        return Ramp.valueAt(Ramp.Path(from, from + span, START), START + time, UNIT, RISE);
    }
}
