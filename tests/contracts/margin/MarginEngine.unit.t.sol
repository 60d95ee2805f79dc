// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IPriceIntervals} from "../../../contracts/interfaces/IPriceIntervals.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {InstrumentId, Instruments, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState, Mode, Witness} from "../../../contracts/types/Margin.sol";
import {MarketFixture} from "./MarketFixture.sol";

contract MarginEngineUnitTest is MarketFixture {
    function _holdCall(int128 quantity) private {
        ledger.hold(ACCOUNT, _option(1, FAR, 60_000, 1), quantity);
    }

    // ---- what an account is worth and needs ----

    function test_marginOf_EmptyAccountNeedsNothing() public {
        ledger.setCash(ACCOUNT, 123e18);
        vm.warp(block.timestamp + 10 days); // no price is needed either
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(state.equityLow, 123e18);
        assertEq(state.equityHigh, 123e18);
        assertEq(state.initialRequirement, 0);
        assertEq(state.ownRequirement, 0);
        assertEq(engine.markOf(ACCOUNT), 0);
    }

    /// @dev Two long perpetuals bought at 58,000: each end is 2 x index - 116,000; the worst point is -45%.
    function test_marginOf_PerpetualWorkedExample() public {
        ledger.hold(ACCOUNT, _perpetual(1), 2e18);
        ledger.setEntryValue(ACCOUNT, 1, 116_000e18);
        ledger.setCash(ACCOUNT, 10_000e18);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(state.equityLow, 10_000e18 + 119_800e18 - 116_000e18);
        assertEq(state.equityHigh, 10_000e18 + 120_200e18 - 116_000e18);
        assertEq(engine.markOf(ACCOUNT), 4_000e18);
        assertEq(state.scenarioLoss, 54_000e18);
        // 2.67 standard deviations of 12% on 120,000
        assertEq(state.deltaGammaVega, 38_448e18);
        assertEq(state.ownRequirement, 54_000e18);
        assertEq(state.maintenanceRequirement, 54_000e18);
        assertEq(state.initialRequirement, 81_000e18);
    }

    function test_marginOf_ShortOptionPaysItsCharge() public {
        _holdCall(-2e18);
        assertEq(engine.marginOf(ACCOUNT).charges, 600e18); // 50 bp of 60,000, twice
    }

    /// @dev Rows of two underlyings are summed: no netting of grid losses between them.
    function test_marginOf_SumsGridLossesOverUnderlyings() public {
        ledger.hold(1, _perpetual(1), 1e18);
        ledger.hold(2, _perpetual(2), -20e18);
        ledger.hold(3, _perpetual(1), 1e18);
        ledger.hold(3, _perpetual(2), -20e18);
        uint256 first = engine.marginOf(1).scenarioLoss;
        uint256 second = engine.marginOf(2).scenarioLoss;
        MarginState memory both = engine.marginOf(3);
        assertEq(both.scenarioLoss, first + second);
        assertLt(both.deltaGammaVega, engine.marginOf(1).deltaGammaVega);
    }

    // ---- expiry ----

    function test_marginOf_ExpiredLegIsIntrinsicAtIndexUntilFixed() public {
        ledger.hold(ACCOUNT, _option(1, NEAR, 55_000, 1), 2e18);
        vm.warp(NEAR);
        _publish();
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(engine.markOf(ACCOUNT), 10_000e18);
        assertEq(state.equityLow, 9_800e18);
        assertGt(state.ownRequirement, 0);
    }

    function test_marginOf_FixedLegIsPayoffWithoutRisk() public {
        ledger.hold(ACCOUNT, _option(1, NEAR, 55_000, 1), 2e18);
        ledger.hold(ACCOUNT, _option(1, NEAR, 70_000, 2), -1e18);
        vm.warp(NEAR + 60);
        _publish();
        lanes.setSettlementPrice(1, NEAR, 58_000e18);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(state.equityLow, 6_000e18 - 12_000e18);
        assertEq(state.equityHigh, state.equityLow);
        assertEq(engine.markOf(ACCOUNT), -6_000e18);
        assertEq(state.ownRequirement, 0);
    }

    // ---- ratios ----

    function test_marginOf_UsesAFreshAttestationOfThisPortfolio() public {
        _holdCall(-1e18);
        _attest(18_000, 12_000, 1, uint64(block.timestamp));
        vm.warp(block.timestamp + 600);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertTrue(state.attested);
        assertEq(state.initialRatioBps, 18_000);
        assertEq(state.maintenanceRatioBps, 12_000);
        assertEq(state.maintenanceRequirement, (state.ownRequirement * 12 + 9) / 10);
    }

    function test_marginOf_FallsBackIf_AttestationIsOld() public {
        _holdCall(-1e18);
        _attest(18_000, 12_000, 1, uint64(block.timestamp));
        vm.warp(block.timestamp + 601);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertFalse(state.attested);
        assertEq(state.initialRatioBps, 15_000);
        // 2,000 x 2,999 / 3,600 above one, rounded up
        assertEq(state.maintenanceRatioBps, 11_667);
    }

    function test_marginOf_FallsBackIf_PortfolioChanged() public {
        _holdCall(-1e18);
        _attest(9_000, 8_500, 1, uint64(block.timestamp));
        assertEq(engine.marginOf(ACCOUNT).maintenanceRatioBps, 8_500);
        _holdCall(-1e18);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertFalse(state.attested);
        assertEq(state.maintenanceRatioBps, 10_000);
        assertEq(state.initialRatioBps, 15_000);
    }

    function test_marginOf_HoldsAnOutlyingAttestationInTheCorridor() public {
        _holdCall(-1e18);
        _attest(60_000, 100, 1, uint64(block.timestamp));
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertEq(state.initialRatioBps, 20_000);
        assertEq(state.maintenanceRatioBps, 8_000);
    }

    function test_whatIf_KeepsTheAttestationOnlyIf_NoLegChanges() public {
        _holdCall(-1e18);
        _attest(18_000, 12_000, 1, uint64(block.timestamp));
        Leg[] memory changes = new Leg[](1);
        changes[0] = Leg(_option(1, FAR, 60_000, 1), 0);
        MarginState memory same = engine.whatIf(ACCOUNT, changes, 5e18);
        assertTrue(same.attested);
        assertEq(same.equityLow, engine.marginOf(ACCOUNT).equityLow + 5e18);
        changes[0].quantity = 1;
        assertFalse(engine.whatIf(ACCOUNT, changes, 0).attested);
    }

    // ---- refusals ----

    function test_marginOf_FailsIf_NoPriceIsUsable() public {
        _holdCall(1e18);
        engine.marginOf(ACCOUNT);
        lanes.setInterval(1, 0, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceIntervals.NoUsablePrice.selector, 1));
        engine.marginOf(ACCOUNT);
    }

    function test_marginOf_FailsIf_SurfaceIsStale() public {
        _holdCall(1e18);
        uint256 observedAt = block.timestamp;
        vm.warp(observedAt + 901);
        lanes.setInterval(1, 1e18, 1e18, 1e18, uint64(block.timestamp));
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarginEngine.StaleMarketData.selector, 1, FAR, observedAt, block.timestamp
            )
        );
        engine.marginOf(ACCOUNT);
    }

    function test_marginOf_FailsIf_ThereIsNoSurface() public {
        ledger.hold(ACCOUNT, _option(1, FAR + 1 days, 60_000, 1), 1e18);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NoSurface.selector, 1, FAR + 1 days));
        engine.marginOf(ACCOUNT);
    }

    function test_witnessOf_FailsIf_PointIsBeyondTheGrid() public {
        _holdCall(1e18);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.InvalidWitness.selector, 23, 23));
        engine.witnessOf(ACCOUNT, Witness(true, 23));
    }

    function test_whatIf_FailsIf_InstrumentIsMalformed() public {
        Leg[] memory changes = new Leg[](1);
        changes[0] = Leg(Instruments.encode(1, FAR, 0, 1), 1e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                Instruments.MalformedInstrument.selector, InstrumentId.unwrap(changes[0].instrument)
            )
        );
        engine.whatIf(ACCOUNT, changes, 0);
    }

    // ---- modes ----

    function test_mode_IsThatOfThePrices() public {
        for (uint8 mode = 0; mode < 3; ++mode) {
            lanes.setMode(Mode(mode));
            assertEq(uint8(engine.mode()), mode);
        }
    }

    function test_fundingIndex_IsTheLanes() public {
        lanes.setFundingIndex(2, -5e18);
        assertEq(engine.fundingIndex(2), -5e18);
    }
}
