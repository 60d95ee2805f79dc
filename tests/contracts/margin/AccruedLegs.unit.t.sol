// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CALL, PUT} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Options in the last half hour: the accrued part of their settlement price is fixed, so delta decays. With half of
/// the window over at an average a, q options struck at K are q / 2 struck at 2 K - a, which the engine prices as such.
contract AccruedLegsTest is MarketFixture {
    uint64 private constant OTHER = 8;
    uint256 private constant AVERAGE = 59_000e18;
    uint256 private constant FORWARD = 60_060e18; // basis 0.1%

    function setUp() public override {
        super.setUp();
        vm.warp(NEAR - 15 minutes);
        _publish();
        for (uint16 underlying = 1; underlying <= 2; ++underlying) {
            RiskTerms memory charged;
            (charged.depth, charged.concentrationBps) = (1e18, 100);
            (charged.basisBps, charged.confidenceBps) = (200, 5000);
            terms.set(underlying, charged);
        }
    }

    /// @dev Calls and puts, bought and sold, at one strike or two, beside a perpetual and an option of another expiry.
    function testFuzz_marginOf_IsThatOfWhatRemains(
        uint256 first,
        uint256 second,
        bool isCall,
        int64 sold,
        int64 perpetual
    ) public {
        first = bound(first, 30_000, 90_000);
        second = perpetual % 3 == 0 ? first : bound(second, 30_000, 90_000);
        lanes.setAccrued(1, NEAR, 900, 900 * AVERAGE);
        _hold(ACCOUNT, first, second, isCall, 4e18, 2 * int128(sold), perpetual);
        MarginState memory got = engine.marginOf(ACCOUNT);
        int256 mark = engine.markOf(ACCOUNT);
        Witness memory worst = engine.worstWitness(ACCOUNT);
        (uint256 bound_,,) = engine.witnessOf(ACCOUNT, worst);
        lanes.setAccrued(1, NEAR, 0, 0);
        _hold(OTHER, 2 * first - 59_000, 2 * second - 59_000, isCall, 2e18, sold, perpetual);
        MarginState memory want = engine.marginOf(OTHER);
        assertEq(mark, engine.markOf(OTHER), "mark");
        assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(want)), "state");
        (uint256 wanted,,) = engine.witnessOf(OTHER, worst);
        assertEq(bound_, wanted, "what the witness proves");
    }

    function _hold(
        uint64 account,
        uint256 first,
        uint256 second,
        bool isCall,
        int128 bought,
        int128 sold,
        int64 perpetual
    ) private {
        ledger.hold(account, _option(1, NEAR, first, isCall ? CALL : PUT), bought);
        ledger.hold(account, _option(1, NEAR, second, isCall ? PUT : CALL), sold);
        ledger.hold(account, _option(1, FAR, 60_000, PUT), -1e18);
        ledger.hold(account, _perpetual(1), perpetual);
    }

    /// @dev By hand: half of the window at 59,000, so a call struck at 10,000 pays (59,000 + S) / 2 - 10,000 for sure; in money at
    /// the forward 60,060 that is 49,530, half a forward moves it, and a put pays nothing.
    function test_markOf_CertainExerciseIsAForward() public {
        lanes.setAccrued(1, NEAR, 900, 900 * AVERAGE);
        ledger.hold(ACCOUNT, _option(1, NEAR, 10_000, CALL), 1e18);
        ledger.hold(OTHER, _option(1, NEAR, 10_000, PUT), -1e18);
        assertEq(engine.markOf(ACCOUNT), 49_530e18);
        assertEq(engine.markOf(OTHER), 0);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertApproxEqRel(state.equityHigh - state.equityLow, 100.1e18, 1e12, "half of the interval's width");
        // half a unit is below the depth; 0.5 x 60,000 x 50 bps sold; 900 s of basis at 2%
        uint256 short = 150e18;
        uint256 basis = 30_000e18 * uint256(900) * 200 / 10_000 / 365 days;
        assertApproxEqAbs(engine.marginOf(OTHER).charges, short + basis, 2, "it counts until it is settled");
    }

    /// @dev A delta of one at the start decays with the share that is open: so does the width of equity.
    function testFuzz_marginOf_DeltaDecaysWithTheOpenShare(uint256 covered) public {
        covered = bound(covered, 1, 1799);
        ledger.hold(ACCOUNT, _option(1, NEAR, 10_000, CALL), 1e18);
        lanes.setAccrued(1, NEAR, covered, covered * 60_000e18);
        MarginState memory state = engine.marginOf(ACCOUNT);
        uint256 width = 200.2e18 * (1800 - covered) / 1800;
        assertApproxEqRel(uint256(int256(state.equityHigh - state.equityLow)), width, 1e9);
        uint256 mark = (60_000e18 * covered + FORWARD * (1800 - covered)) / 1800 - 10_000e18;
        assertApproxEqAbs(engine.markOf(ACCOUNT), int256(mark), FORWARD / 1e15);
        assertLe(engine.markOf(ACCOUNT), int256(mark), "against the holder");
    }

    /// @dev Whatever the index does in the last second hardly moves the mark any more.
    function test_marginOf_TheRequirementDecaysWithTheWindow() public {
        ledger.hold(ACCOUNT, _option(1, NEAR, 59_500, CALL), -1e18);
        uint256 last = type(uint256).max;
        for (uint256 covered = 1; covered < 1800; covered += 257) {
            lanes.setAccrued(1, NEAR, covered, covered * 60_000e18);
            uint256 own = engine.marginOf(ACCOUNT).ownRequirement;
            assertLt(own, last);
            last = own;
        }
        lanes.setAccrued(1, NEAR, 1799, 1799 * 60_000e18);
        assertLt(engine.marginOf(ACCOUNT).ownRequirement, 60e18, "a thousandth of the notional");
        assertApproxEqAbs(engine.markOf(ACCOUNT), -500e18, 1e18);
    }

    /// @dev A window that is not over in time, or one with a gap, counts for nothing.
    function test_markOf_NothingAccruedIsTheIndex() public {
        ledger.hold(ACCOUNT, _option(1, NEAR, 55_000, CALL), 1e18);
        int256 plain = engine.markOf(ACCOUNT);
        lanes.setAccrued(1, FAR, 900, 900 * AVERAGE);
        lanes.setAccrued(2, NEAR, 900, 900 * 2_900e18);
        assertEq(engine.markOf(ACCOUNT), plain, "another window");
        lanes.setAccrued(1, NEAR, 900, 900 * AVERAGE);
        assertLt(engine.markOf(ACCOUNT), plain);
    }

    function test_markOf_AWholeWindowIsThePriceAlsoBeforeItIsFixed() public {
        ledger.hold(ACCOUNT, _option(1, NEAR, 55_000, CALL), 2e18);
        vm.warp(NEAR + 60);
        _publish();
        assertEq(engine.markOf(ACCOUNT), 10_000e18, "at the index while nothing is known");
        lanes.setAccrued(1, NEAR, 1800, 1800 * AVERAGE);
        assertEq(engine.markOf(ACCOUNT), 8_000e18);
        assertEq(engine.marginOf(ACCOUNT).ownRequirement, 0);
        lanes.setSettlementPrice(1, NEAR, 58_000e18);
        assertEq(engine.markOf(ACCOUNT), 6_000e18, "what is fixed comes first");
    }

    /// @dev A strike that only an average can have, of 5e11: the put is sure, the call worth nothing.
    function test_markOf_StrikesBeyondTheWireAreValued() public {
        lanes.setAccrued(1, NEAR, 1799, 1799);
        ledger.hold(ACCOUNT, _option(1, NEAR, 281_000_000, CALL), 1e18);
        ledger.hold(OTHER, _option(1, NEAR, 281_000_000, PUT), -1e18);
        assertEq(engine.markOf(ACCOUNT), 0);
        assertApproxEqRel(engine.markOf(OTHER), -281_000_000e18 + 33.3667e18, 1e9);
        engine.marginOf(ACCOUNT);
        engine.marginOf(OTHER);
    }
}
