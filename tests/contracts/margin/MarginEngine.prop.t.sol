// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Instruments, Leg} from "../../../contracts/types/Instrument.sol";
import {MarginState, Witness} from "../../../contracts/types/Margin.sol";
import {MarketFixture} from "./MarketFixture.sol";

contract MarginEnginePropTest is MarketFixture {
    function testFuzz_witnessOf_NeverExceedsMaintenance(uint256 seed, uint8 first, uint8 second) public {
        _drawPortfolio(ACCOUNT, seed);
        MarginState memory state = engine.marginOf(ACCOUNT);
        uint248 points = uint248(first % 23) | (uint248(second % 23) << 8);
        for (uint256 i; i < 2; ++i) {
            (uint256 bound_, int256 low, int256 high) =
                engine.witnessOf(ACCOUNT, Witness({isScenario: i == 0, points: points}));
            assertLe(bound_, state.maintenanceRequirement);
            assertLe(low, state.equityLow);
            assertGe(high, state.equityHigh);
            if (int256(bound_) > high) {
                // proven by bounds alone, unless they are exact
                assertLe(uint256(high - state.equityHigh), _mostLooseness());
                assertLe(uint256(state.equityLow - low), _mostLooseness());
                continue;
            }
            assertEq(low, state.equityLow);
            assertEq(high, state.equityHigh);
        }
    }

    /// @dev A leg's worth at an end differs from its tangent, and its tangent from its worth at the other end's distance, by no more
    /// than quantity x the larger distance of an end (100 and 15) x forward / price, which is at most 1.004.
    function _mostLooseness() private view returns (uint256 most) {
        Leg[] memory legs = ledger.legsOf(ACCOUNT);
        most = 4;
        for (uint256 i; i < legs.length; ++i) {
            uint256 distance = legs[i].instrument.underlying() == 1 ? 100 : 15;
            most += 2 * FixedPointMathLib.abs(legs[i].quantity) * distance * 1004 / 1000 + 4;
        }
    }

    /// @dev Also where the floor on gross notional binds: every witness proves it.
    function testFuzz_worstWitness_ReachesMaintenance(uint256 seed) public {
        _drawPortfolio(ACCOUNT, seed);
        MarginState memory state = engine.marginOf(ACCOUNT);
        (uint256 bound_,,) = engine.witnessOf(ACCOUNT, engine.worstWitness(ACCOUNT));
        assertEq(bound_, state.maintenanceRequirement);
    }

    function testFuzz_marginOf_OrdersItsFigures(uint256 seed) public {
        _drawPortfolio(ACCOUNT, seed);
        MarginState memory state = engine.marginOf(ACCOUNT);
        assertLe(state.equityLow, state.equityHigh);
        assertLe(state.maintenanceRequirement, state.initialRequirement);
        assertGe(state.ownRequirement, state.scenarioLoss + state.charges);
        if (state.ownRequirement >= state.deltaGammaVega + state.charges) return;
        Leg[] memory legs = ledger.legsOf(ACCOUNT);
        for (uint256 i; i < legs.length; ++i) {
            assertTrue(legs[i].quantity > 0 && !legs[i].instrument.isPerpetual(), "options bought alone");
        }
        assertApproxEqAbs(int256(state.ownRequirement), engine.markOf(ACCOUNT), 2, "what they are worth");
    }

    /// @dev What a trade would do is what it does.
    function testFuzz_whatIf_EqualsHolding(uint256 seed, int96 quantity, int96 cash) public {
        _drawPortfolio(ACCOUNT, seed);
        Leg[] memory changes = new Leg[](2);
        changes[0] = Leg(_option(1, FAR, 61_234, 1), quantity);
        changes[1] = Leg(_perpetual(2), -1e18);
        MarginState memory before = engine.whatIf(ACCOUNT, changes, cash);
        ledger.hold(ACCOUNT, changes[0].instrument, quantity);
        ledger.hold(ACCOUNT, changes[1].instrument, -1e18);
        ledger.setCash(ACCOUNT, ledger.cashOf(ACCOUNT) + cash);
        assertEq(keccak256(abi.encode(before)), keccak256(abi.encode(engine.marginOf(ACCOUNT))));
    }

    function testFuzz_whatIf_OfALegAndItsInverseChangesNothing(uint256 seed, int96 quantity) public {
        _drawPortfolio(ACCOUNT, seed);
        Leg[] memory changes = new Leg[](2);
        changes[0] = Leg(_option(2, FAR, 2_900, 2), quantity);
        changes[1] = Leg(_option(2, FAR, 2_900, 2), -int128(quantity));
        assertEq(
            keccak256(abi.encode(engine.whatIf(ACCOUNT, changes, 0))),
            keccak256(abi.encode(engine.marginOf(ACCOUNT)))
        );
    }

    /// @dev Duplicated rows of one instrument count as one position, whatever their order.
    function testFuzz_marginOf_DoesNotDependOnOrderOrSplit(int96 first, int96 second) public {
        ledger.hold(1, _option(1, FAR, 50_000, 2), int128(first) + second);
        ledger.hold(1, _perpetual(1), 1e18);
        ledger.hold(2, _option(1, FAR, 50_000, 2), first);
        ledger.hold(2, _perpetual(1), 1e18);
        ledger.hold(2, _option(1, FAR, 50_000, 2), second);
        assertEq(keccak256(abi.encode(engine.marginOf(1))), keccak256(abi.encode(engine.marginOf(2))));
    }

    /// @dev The largest legs that the ledger's types can hold: a bound has to come out, not a revert.
    function testFuzz_marginOf_SurvivesExtremeLegs(int128 quantity, uint48 strike, uint96 price) public {
        strike = uint48(bound(strike, 1, type(uint48).max));
        price = uint96(bound(price, 1, type(uint96).max));
        lanes.setInterval(1, 0, price, uint256(price) * 3 / 2, uint64(block.timestamp));
        for (uint8 kind = 1; kind <= 2; ++kind) {
            for (uint48 i; i < 8; ++i) {
                uint48 shifted = strike > 16 ? strike - i : strike + i;
                ledger.hold(ACCOUNT, Instruments.encode(1, NEAR, shifted, kind), quantity);
            }
        }
        MarginState memory state = engine.marginOf(ACCOUNT);
        (uint256 bound_,,) = engine.witnessOf(ACCOUNT, engine.worstWitness(ACCOUNT));
        assertLe(bound_, state.maintenanceRequirement);
    }
}
