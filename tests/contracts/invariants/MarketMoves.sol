// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @notice Markets led to where accounts go under water, time in which they stay live, and who is where.
abstract contract MarketMoves is SystemHandler {
    /// @dev Rounds and readings of the clock every five minutes.
    function _passLive(uint256 seconds_) internal {
        for (uint256 step; seconds_ != 0; seconds_ -= step) {
            step = seconds_ < 5 minutes ? seconds_ : 5 minutes;
            vm.warp(block.timestamp + step);
            vm.recordLogs();
            refresh(0.7e18);
            liquidation.tick();
            verifier.follow(vm.getRecordedLogs());
        }
    }

    /// @dev Halves its steps until equity is between zero and a tenth of the requirement; gives up after twelve.
    function _leadToTheBrink(uint64 account) internal {
        int256 before = _equity(account);
        _moveBoth(500);
        int256 adverse = _equity(account) < before ? int256(1) : int256(-1);
        int256 step = 1500;
        for (uint256 i = 0; i < 12; ++i) {
            int256 equity = _equity(account);
            int256 own = int256(engine.marginOf(account).ownRequirement);
            if (equity >= 0 && equity < own / 10) return;
            _moveBoth((equity < 0 ? -adverse : adverse) * step);
            if (equity < 0) step = step / 2 + 1;
        }
    }

    function _moveBoth(int256 bps) internal {
        prices[0] = _bound(prices[0] * uint256(10_000 + bps) / 10_000, 2000e18, 200_000e18);
        prices[1] = _bound(prices[1] * uint256(10_000 + bps) / 10_000, 150e18, 15_000e18);
        vm.warp(vm.getBlockTimestamp() + 3); // time for the three rounds that confirm a jump
        refresh(0.7e18);
    }

    /// @dev The quorum is alive most of the time: stale data meets one action in four.
    function _freshen(uint256 seed) internal {
        if (seed % 4 != 0) refresh(_bound(seed, 0.4e18, 1e18));
    }

    function _crash(uint256 seed) internal {
        _moveBoth(seed % 3 == 0 ? int256(2000) : -2000);
    }

    /// @dev Ascending, as people are opened in order; those with the opposite sign.
    function _holders(InstrumentId instrument, int256 quantity) internal view returns (uint64[] memory list) {
        list = new uint64[](PEOPLE + 1);
        uint256 count;
        for (uint64 account = 1; account <= accounts.accountCount() && count < list.length; ++account) {
            Leg[] memory legs = accounts.legsOf(account);
            for (uint256 i = 0; i < legs.length; ++i) {
                if (InstrumentId.unwrap(legs[i].instrument) != InstrumentId.unwrap(instrument)) continue;
                if ((legs[i].quantity < 0) != (quantity < 0)) list[count++] = account;
            }
        }
        assembly ("memory-safe") {
            mstore(list, count) // only ever shortens
        }
    }

    function _equity(uint64 account) internal view returns (int256) {
        return accounts.cashOf(account) + engine.markOf(account);
    }

    /// @dev The first person from a seed on that is under water, so that a start often passes.
    function _worst(uint256 seed) internal view returns (uint64 account) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            account = person(seed % PEOPLE + i);
            if (!liquidation.inLiquidation(account) && _isUnderWater(account)) return account;
        }
    }

    function _isUnderWater(uint64 account) internal view returns (bool) {
        (uint256 lower,, int256 high) = engine.witnessOf(account, engine.worstWitness(account));
        return int256(lower) > high;
    }

    function _auctioned(uint256 seed) internal view returns (uint64) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint64 account = person(seed % PEOPLE + i);
            if (liquidation.inLiquidation(account)) return account;
        }
        return 0;
    }
}
