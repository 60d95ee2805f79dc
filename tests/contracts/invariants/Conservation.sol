// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AuditTrail} from "../../../contracts/libraries/AuditTrail.sol";
import {IExpirySettlement} from "../../../contracts/interfaces/IExpirySettlement.sol";
import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {InstrumentId, Leg} from "../../../contracts/types/Instrument.sol";
import {LANE_MARGINS} from "../../../contracts/types/Wire.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @notice Of docs/invariants.md, those that hold whoever signs what: money, positions and the record.
abstract contract Conservation is Test {
    /// @dev One token unit: the rounding that the house may have gained in a whole run.
    int256 private constant DUST = 1e12;

    IMarginAccounts internal accounts;
    IMarginEngine internal engine;
    ISignedLanes internal lanes;
    ILiquidation internal liquidation;
    IExpirySettlement internal settlement;
    IERC20 internal token;
    SystemHandler private _world;

    function _watch(SystemHandler world) internal {
        (address a, address e, address l, address q, address s, address t) = world.system();
        (accounts, engine, lanes) = (IMarginAccounts(a), IMarginEngine(e), ISignedLanes(l));
        (liquidation, settlement, token) = (ILiquidation(q), IExpirySettlement(s), IERC20(t));
        _world = world;
    }

    function _inv01_CashIsConserved() internal view {
        int256 held = int256(token.balanceOf(address(accounts)) * 1e12);
        // What interest has set aside for the insurance fund is backed by tokens too.
        int256 claims = _claims() + int256(uint256(accounts.interestNow().reserve));
        assertGe(held, claims, "INV-01 tokens held cover every claim");
        assertLe(held - claims, DUST, "INV-01 nothing vanishes");
    }

    function _inv02_PositionsNetToZero() internal view {
        InstrumentId[] memory list = _world.allInstruments();
        for (uint256 i = 0; i < list.length; ++i) {
            if (_isFixed(list[i])) continue;
            assertEq(_netQuantity(list[i]), 0, "INV-02 positions net to zero per instrument");
        }
    }

    function _inv07_AuditTrailsAreContiguous() internal view {
        assertEq(_world.verifier().mismatches(), 0, "INV-07 every log continues its trail");
        address[] memory emitters = _world.allEmitters();
        for (uint256 i = 0; i < emitters.length; ++i) {
            (uint64 seq, bytes24 hash) = AuditTrail(emitters[i]).auditTrail();
            (uint64 wantSeq, bytes24 wantHash) = _world.verifier().trailOf(emitters[i]);
            assertEq(seq, wantSeq, "INV-07 no log is missing");
            assertEq(bytes32(hash), bytes32(wantHash), "INV-07 the logs hash to the stored trail");
        }
        for (uint8 lane; lane <= LANE_MARGINS; ++lane) {
            (uint64 seq, bytes24 hash) = lanes.laneTrail(lane);
            (uint64 wantSeq, bytes24 wantHash) = _world.verifier().laneTrailOf(address(lanes), lane);
            assertEq(seq, wantSeq, "INV-07 no round is missing");
            assertEq(bytes32(hash), bytes32(wantHash), "INV-07 the rounds hash to the lane's trail");
        }
    }

    /// @dev sum(cash) - sum(entry values) + payoffs of settled but unclaimed legs.
    function _claims() private view returns (int256 sum) {
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            sum += accounts.cashOf(account);
            sum -= accounts.entryValueOf(account, 1) + accounts.entryValueOf(account, 2);
            Leg[] memory legs = accounts.legsOf(account);
            for (uint256 i = 0; i < legs.length; ++i) {
                if (_isFixed(legs[i].instrument)) sum += _payoff(legs[i]);
            }
        }
    }

    function _payoff(Leg memory leg) private view returns (int256) {
        int256 exact = int256(leg.quantity) * int256(settlement.payoffOf(leg.instrument));
        return exact < 0 ? -((-exact + 1e18 - 1) / 1e18) : exact / 1e18;
    }

    function _isFixed(InstrumentId instrument) private view returns (bool) {
        if (instrument.isPerpetual()) return false;
        return lanes.settlementPrice(instrument.underlying(), instrument.expiry()) != 0;
    }

    function _netQuantity(InstrumentId instrument) private view returns (int256 net) {
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            Leg[] memory legs = accounts.legsOf(account);
            for (uint256 i = 0; i < legs.length; ++i) {
                if (InstrumentId.unwrap(legs[i].instrument) == InstrumentId.unwrap(instrument)) {
                    net += legs[i].quantity;
                }
            }
        }
    }
}
