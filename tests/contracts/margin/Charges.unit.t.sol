// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CALL, InstrumentId, PUT} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {RiskTerms} from "../../../contracts/types/RiskTerms.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Each charge against its formula in round numbers: bitcoin at 60,000 within [59,900, 60,100], ether at 3,000
/// within [2,990, 3,015].
contract ChargesTest is MarketFixture {
    uint16 private constant BTC = 1;
    uint16 private constant ETH = 2;

    function _charges() private view returns (uint256) {
        return engine.marginOf(ACCOUNT).charges;
    }

    // ---- concentration ----

    /// @dev 5% of what is beyond a depth of 15.
    function test_concentration_IsAShareOfWhatIsBeyondTheDepth() public {
        terms.set(BTC, RiskTerms(15e18, 500, 0, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), -10e18);
        assertEq(_charges(), 0);
        ledger.hold(ACCOUNT, _perpetual(BTC), -10e18);
        assertEq(_charges(), 5 * 60_000e18 * 5 / 100);
    }

    function test_concentration_CountsLegsGrossAndUnderlyingsApart() public {
        terms.set(BTC, RiskTerms(8e18, 500, 0, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), 5e18);
        ledger.hold(ACCOUNT, _option(BTC, FAR, 60_000, PUT), 5e18);
        ledger.hold(ACCOUNT, _perpetual(ETH), 1_000e18);
        assertEq(_charges(), 2 * 3_000e18);
    }

    function test_concentration_WithoutDepthIsAShareOfNotional() public {
        terms.set(BTC, RiskTerms(0, 500, 0, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), 1e18);
        assertEq(_charges(), 3_000e18);
    }

    // ---- basis ----

    /// @dev 2% a year of the notional, for two days and for thirty-two; what an expiry hedges in another counts in both.
    function test_basis_ChargesEachOptionForItsTime() public {
        terms.set(BTC, RiskTerms(0, 0, 200, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _option(BTC, NEAR, 60_000, CALL), 1e18);
        uint256 near = 60_000e18 * 2 / 100 * 2 days / uint256(365 days);
        assertApproxEqAbs(_charges(), near, 10);
        ledger.hold(ACCOUNT, _option(BTC, FAR, 60_000, CALL), 2e18);
        uint256 far = 2 * 60_000e18 * 2 / 100 * 32 days / uint256(365 days);
        assertApproxEqAbs(_charges(), near + far, 20);
    }

    /// @dev Long the perpetual, short the forward: no delta to speak of, and yet all of the basis.
    function test_basis_IsNotHedgedByThePerpetual() public {
        terms.set(BTC, RiskTerms(0, 0, 200, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _option(BTC, FAR, 60_000, CALL), -1e18);
        ledger.hold(ACCOUNT, _option(BTC, FAR, 60_000, PUT), 1e18);
        uint256 alone = _charges();
        assertGt(alone, 200e18);
        ledger.hold(ACCOUNT, _perpetual(BTC), 1e18);
        assertEq(_charges(), alone);
    }

    function test_basis_ThePerpetualAloneHasNone() public {
        terms.set(BTC, RiskTerms(0, 0, 5_000, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), 3e18);
        assertEq(_charges(), 0);
    }

    /// @dev Unsettled behind its expiry a leg has no time.
    function test_basis_EndsAtTheExpiry() public {
        terms.set(BTC, RiskTerms(0, 0, 5_000, 0, 0, 0, 0));
        ledger.hold(ACCOUNT, _option(BTC, NEAR, 50_000, CALL), 1e18);
        assertGt(_charges(), 0);
        vm.warp(NEAR);
        _publish();
        assertEq(_charges(), 0);
    }

    // ---- confidence ----

    /// @dev Half of the 100 that the price may move either way, for 3 units.
    function test_confidence_IsAShareOfTheWidthToBothSides() public {
        terms.set(BTC, RiskTerms(0, 0, 0, 5_000, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), -3e18);
        assertEq(_charges(), 150e18);
        lanes.setInterval(BTC, 59_900e18, 60_000e18, 70_000e18, uint64(block.timestamp));
        assertEq(_charges(), 150e18, "disagreement to one side is not a lack of confidence");
        lanes.setInterval(BTC, 60_000e18, 60_000e18, 70_000e18, uint64(block.timestamp));
        assertEq(_charges(), 0);
    }

    /// @dev At the full share: whatever a wider interval adds to the requirement of a linear position it adds to equityHigh.
    function testFuzz_confidence_WideningLiquidatesNoLinearPosition(
        int128 quantity,
        uint256 low,
        uint256 high,
        int256 cash
    ) public {
        quantity = int128(bound(quantity, -50e18, 50e18));
        if (quantity == 0) quantity = 1e18;
        terms.set(BTC, RiskTerms(0, 0, 0, 10_000, 0, 0, 0));
        ledger.hold(ACCOUNT, _perpetual(BTC), quantity);
        ledger.setEntryValue(ACCOUNT, BTC, int256(quantity) * 60_000);
        ledger.setCash(ACCOUNT, bound(cash, 0, 5_000_000e18));
        lanes.setInterval(BTC, 60_000e18, 60_000e18, 60_000e18, uint64(block.timestamp));
        MarginState memory narrow = engine.marginOf(ACCOUNT);
        lanes.setInterval(
            BTC,
            bound(low, 30_000e18, 60_000e18),
            60_000e18,
            bound(high, 60_000e18, 90_000e18),
            uint64(block.timestamp)
        );
        MarginState memory wide = engine.marginOf(ACCOUNT);
        int256 before = narrow.equityHigh - int256(narrow.maintenanceRequirement);
        assertGe(wide.equityHigh - int256(wide.maintenanceRequirement) + 4, before);
    }

    // ---- all of them ----

    /// @dev What a liquidation proves: with charges, and still no more than the requirement.
    function testFuzz_witness_CarriesTheCharges(uint256 seed) public {
        terms.set(BTC, RiskTerms(20e18, 700, 300, 8_000, 0, 0, 0));
        terms.set(ETH, RiskTerms(300e18, 900, 500, 4_000, 0, 0, 0));
        _drawPortfolio(ACCOUNT, seed);
        MarginState memory state = engine.marginOf(ACCOUNT);
        (uint256 worst,,) = engine.witnessOf(ACCOUNT, engine.worstWitness(ACCOUNT));
        assertEq(worst, state.maintenanceRequirement, "INV-45: the worst witness falls short");
        (uint256 other,,) =
            engine.witnessOf(ACCOUNT, Witness(true, uint248(seed % 23) | uint248(seed >> 8) % 23 << 8));
        assertLe(other, worst, "INV-45: a witness above the requirement");
        if (state.ownRequirement > 0 && state.charges > 0) assertGe(state.ownRequirement, _least(state));
    }

    /// @dev With an offset between perpetuals: any points give a lower bound still, the worst ones reach the requirement.
    function testFuzz_witness_IsALowerBoundWithAnOffset(int128 bitcoins, int128 ethers, uint256 points)
        public
    {
        RiskTerms memory offset;
        offset.offsetBps = 3_000;
        terms.set(BTC, offset);
        terms.set(ETH, offset);
        bitcoins = int128(bound(bitcoins, -100e18, 100e18));
        ethers = int128(bound(ethers, -2_000e18, 2_000e18));
        if (bitcoins != 0) ledger.hold(ACCOUNT, _perpetual(BTC), bitcoins);
        if (ethers != 0) ledger.hold(ACCOUNT, _perpetual(ETH), ethers);
        MarginState memory state = engine.marginOf(ACCOUNT);
        (uint256 worst,,) = engine.witnessOf(ACCOUNT, engine.worstWitness(ACCOUNT));
        assertEq(worst, state.maintenanceRequirement, "INV-45: the worst witness falls short");
        uint248 named = uint248(points % 23) | uint248((points >> 8) % 23) << 8;
        (uint256 other,,) = engine.witnessOf(ACCOUNT, Witness(true, named));
        assertLe(other, worst + 2, "INV-45: a witness above the requirement");
    }

    /// @dev Charges alone, unless the account holds bought options only.
    function _least(MarginState memory state) private pure returns (uint256) {
        uint256 loss = state.deltaGammaVega > state.scenarioLoss ? state.deltaGammaVega : state.scenarioLoss;
        return state.ownRequirement < loss ? 0 : state.charges;
    }

    function testFuzz_charges_NeverFallWithTheirTerms(uint256 seed, uint16 more) public {
        _drawPortfolio(ACCOUNT, seed);
        uint256 none = _charges();
        terms.set(BTC, RiskTerms(50e18, 100, 100, 100, 0, 0, 0));
        uint256 some = _charges();
        more = uint16(bound(more, 100, 5_000));
        terms.set(BTC, RiskTerms(50e18 - uint96(more) * 1e15, more, more, more, 0, 0, 0));
        assertLe(none, some);
        assertLe(some, _charges());
    }
}
