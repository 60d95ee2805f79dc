// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";
import {Pause} from "../../../contracts/governance/Pause.sol";

/// @notice Proved by halmos for any three calls at any times: no pause outlives 72 hours, none begins within 7 days of
/// the last.
contract PauseSymbolic is Test {
    Pause private pausing;

    function setUp() public {
        pausing = new Pause(address(new AccessManager(address(this))));
    }

    function check_pause_EndsWithin72HoursAndCoolsDown(uint32[3] memory times, uint64[3] memory untils)
        external
    {
        uint256 ended;
        for (uint256 i; i < 3; ++i) {
            vm.assume(times[i] > 1_700_000_000 && (i == 0 || times[i] >= times[i - 1]));
            vm.warp(times[i]);
            (uint64 since, uint64 before) = (pausing.pausedSince(), pausing.pausedUntil());
            try pausing.pause(untils[i], "") {
                ended = pausing.pausedUntil();
                assert(ended <= uint256(pausing.pausedSince()) + 72 hours);
                bool isNew = pausing.pausedSince() != since || before == 0;
                if (isNew) assert(before == 0 || times[i] >= uint256(before) + 7 days);
            } catch {}
        }
    }
}
