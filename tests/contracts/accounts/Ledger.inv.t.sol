// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {InstrumentId, Instruments, Leg, PERPETUAL} from "../../../contracts/types/Instrument.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @notice Whatever owners and modules do, the ledger's books balance.
contract LedgerInvariantTest is LedgerFixture {
    LedgerHandler internal handler;
    InstrumentId[] internal instruments;

    function setUp() public override {
        super.setUp();
        instruments.push(perpetual);
        instruments.push(Instruments.encode(2, 0, 0, PERPETUAL));
        instruments.push(_strike(1));
        instruments.push(_strike(2));
        handler = new LedgerHandler(ledger, token, engine, instruments);
        manager.grantRole(LEDGER_ROLE, address(handler), 0);
        targetContract(address(handler));
    }

    function _sums() private view returns (int256 cash, int256 entries) {
        for (uint64 id = 1; id <= ledger.accountCount(); ++id) {
            cash += ledger.cashOf(id);
            entries += ledger.entryValueOf(id, 1) + ledger.entryValueOf(id, 2);
        }
    }

    /// @notice L1: sum(cash) - sum(entryValue) - settled payoffs is at most the tokens held, less only by dust.
    function invariant_L1_CashIsConserved() public view {
        (int256 cash, int256 entries) = _sums();
        int256 claims = cash - entries - handler.settledPayoffs();
        int256 vault = int256(token.balanceOf(address(ledger)) * 1e12);
        assertLe(claims, vault, "L1: claims exceed the vault");
        // Funding not booked yet rounds once per perpetual leg.
        uint256 dust = handler.roundings() + handler.socialisedDustBound() + 2 * ledger.accountCount();
        assertLe(vault - claims, int256(dust), "L1: more than dust is missing");
    }

    /// @notice L2: the positions of a perpetual net to zero.
    function invariant_L2_PerpetualsNetToZero() public view {
        int256[2] memory net;
        for (uint64 id = 1; id <= ledger.accountCount(); ++id) {
            net[0] += _quantity(id, instruments[0]);
            net[1] += _quantity(id, instruments[1]);
        }
        assertEq(net[0], 0, "L2");
        assertEq(net[1], 0, "L2");
    }

    /// @notice L3: no leg has quantity zero, none occurs twice.
    function invariant_L3_LegsAreDistinctAndHeld() public view {
        for (uint64 id = 1; id <= ledger.accountCount(); ++id) {
            Leg[] memory legs = ledger.legsOf(id);
            for (uint256 i; i < legs.length; ++i) {
                assertTrue(legs[i].quantity != 0, "L3: an empty leg");
                assertEq(_quantity(id, legs[i].instrument), legs[i].quantity, "L3: a leg twice");
            }
        }
    }

    /// @notice L4: an account without a perpetual has no entry value.
    function invariant_L4_FlatMeansNoEntryValue() public view {
        for (uint64 id = 1; id <= ledger.accountCount(); ++id) {
            if (_quantity(id, instruments[0]) == 0) assertEq(ledger.entryValueOf(id, 1), 0, "L4");
            if (_quantity(id, instruments[1]) == 0) assertEq(ledger.entryValueOf(id, 2), 0, "L4");
        }
    }

    /// @notice L5: positive cash without unbooked funding never exceeds what is tracked.
    function invariant_L5_PositiveCashIsTracked() public view {
        uint256 sum;
        for (uint64 id = 1; id <= ledger.accountCount(); ++id) {
            if (_quantity(id, instruments[0]) != 0 || _quantity(id, instruments[1]) != 0) continue;
            int256 cash = ledger.cashOf(id);
            if (cash > 0) sum += uint256(cash);
        }
        assertLe(sum, ledger.totalPositiveCash(), "L5");
    }
}
