// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IBidValuation} from "../../../contracts/interfaces/IBidValuation.sol";
import {IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {Liquidation} from "../../../contracts/liquidation/Liquidation.sol";

/// @notice Proved by halmos for spans of 32 bits: the clock of the auctions counts each second up to where the last reading
/// vouched for the chain and none of a halt; a reading after the halt leaves it where it stood, and it goes on from there.
contract AuctionClockSymbolic is Test {
    uint64 private constant BEGINNING = 1_700_000_000;

    Liquidation private liquidation;
    uint64 public liveUntil;

    function setUp() public {
        vm.warp(BEGINNING);
        liquidation = new Liquidation(
            IMarginAccounts(address(0)),
            IMarginEngine(address(this)),
            IRiskParameters(address(0)),
            IInsuranceFund(address(0)),
            IBidValuation(address(0))
        );
    }

    /// @dev A reading learns until when the chain is live, and the clock counts up to there.
    function check_clock_CountsUpToTheHalt(uint32 live, uint32 wait) external {
        _read(BEGINNING + live);
        vm.warp(uint256(BEGINNING) + wait);
        assert(liquidation.liveSeconds() == (wait < live ? wait : live));
    }

    function check_clock_AReadingAfterTheHaltLeavesItWhereItStood(uint32 live, uint32 halt, uint32 again)
        external
    {
        _read(BEGINNING + live);
        uint256 resumed = uint256(BEGINNING) + live + halt;
        vm.warp(resumed);
        _read(uint64(resumed) + again);
        assert(liquidation.liveSeconds() == live);
    }

    /// @dev After ten minutes of live time and a day's halt.
    function check_clock_GoesOnFromWhereItStood(uint32 again, uint32 wait) external {
        _read(BEGINNING + 10 minutes);
        uint256 resumed = uint256(BEGINNING) + 10 minutes + 1 days;
        vm.warp(resumed);
        _read(uint64(resumed) + again);
        vm.warp(resumed + wait);
        assert(liquidation.liveSeconds() == 10 minutes + (wait < again ? uint256(wait) : again));
    }

    function _read(uint64 until) private {
        liveUntil = until;
        liquidation.tick();
    }
}
