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
import {MarginState, Mode} from "../../../contracts/types/Margin.sol";
import {LANE_MARGINS} from "../../../contracts/types/Wire.sol";
import {SystemParameters} from "../SystemParameters.sol";
import {Actions} from "./Actions.sol";

/// @notice The invariants listed in docs/invariants.md, on the whole system.
contract SystemInvariantTest is Test {
    /// @dev One token unit: the rounding that the house may have gained in a whole run.
    int256 private constant DUST = 1e12;

    Actions private actions;
    IMarginAccounts private accounts;
    IMarginEngine private engine;
    ISignedLanes private lanes;
    ILiquidation private liquidation;
    IExpirySettlement private settlement;
    IERC20 private token;
    uint256 private passed;

    function setUp() public {
        actions = new Actions();
        (address a, address e, address l, address q, address s, address t) = actions.system();
        (accounts, engine, lanes) = (IMarginAccounts(a), IMarginEngine(e), ISignedLanes(l));
        (liquidation, settlement, token) = (ILiquidation(q), IExpirySettlement(s), IERC20(t));
        targetContract(address(actions));
        targetSelector(FuzzSelector(address(actions), _selectors()));
    }

    /// @dev Named twice where more of it is wanted.
    function _selectors() private pure returns (bytes4[] memory list) {
        list = new bytes4[](19);
        (list[0], list[1], list[2]) = (Actions.trade.selector, Actions.trade.selector, Actions.trade.selector);
        (list[3], list[4]) = (Actions.movePrices.selector, Actions.movePrices.selector);
        (list[5], list[6]) = (Actions.movePrices.selector, Actions.attest.selector);
        (list[7], list[8]) = (Actions.replayRound.selector, Actions.start.selector);
        (list[9], list[10]) = (Actions.start.selector, Actions.bid.selector);
        (list[11], list[12]) = (Actions.bid.selector, Actions.end.selector);
        (list[13], list[14]) = (Actions.settle.selector, Actions.deposit.selector);
        (list[15], list[16]) = (Actions.withdraw.selector, Actions.wait.selector);
        (list[17], list[18]) = (Actions.nextDay.selector, Actions.brink.selector);
    }

    /// @notice INV-01 to INV-07 after every single action of one campaign.
    function invariant_System_INV01_To_INV07() public view {
        _inv01_CashIsConserved();
        _inv02_PositionsNetToZero();
        _inv03_RatiosStayInTheCorridor();
        _inv04_LaneSequencesAreContiguous();
        _inv05_LiquidationCostsAtMostTheCurve();
        _inv06_NoFillRuinsASolventAccount();
        _inv07_AuditTrailsAreContiguous();
    }

    function _inv01_CashIsConserved() private view {
        int256 held = int256(token.balanceOf(address(accounts)) * 1e12);
        int256 claims = _claims();
        assertGe(held, claims, "INV-01 tokens held cover every claim");
        assertLe(held - claims, DUST, "INV-01 nothing vanishes");
    }

    function _inv02_PositionsNetToZero() private view {
        InstrumentId[] memory list = actions.allInstruments();
        for (uint256 i = 0; i < list.length; ++i) {
            if (_isFixed(list[i])) continue;
            assertEq(_netQuantity(list[i]), 0, "INV-02 positions net to zero per instrument");
        }
    }

    function _inv03_RatiosStayInTheCorridor() private view {
        if (engine.mode() == Mode.HALTED) return;
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            _checkRatios(engine.marginOf(account));
        }
    }

    function _inv04_LaneSequencesAreContiguous() private view {
        for (uint8 lane = 0; lane < 5; ++lane) {
            assertEq(lanes.lastSequence(lane), actions.rounds(lane), "INV-04 one number per accepted round");
        }
        assertEq(actions.replaysAccepted(), 0, "INV-04 a wrong number is refused");
    }

    function _inv05_LiquidationCostsAtMostTheCurve() private view {
        for (uint64 id = 1; id <= actions.lastAuction(); ++id) {
            (uint256 discounts, uint256 fees, uint256 base) = actions.paid(id);
            assertLe(discounts, base * 3000 / 10_000, "INV-05 discounts within endDiscount x base");
            assertLe(fees, base * 100 / 10_000, "INV-05 fees within insuranceFee x base");
        }
        assertEq(actions.overpriced(), 0, "INV-05 a fill costs discount and fee, no more");
    }

    function _inv06_NoFillRuinsASolventAccount() private view {
        assertEq(actions.ruined(), 0, "INV-06 no solvent account is driven into debt by a fill");
    }

    function _inv07_AuditTrailsAreContiguous() private view {
        assertEq(actions.verifier().mismatches(), 0, "INV-07 every log continues its trail");
        address[] memory emitters = actions.allEmitters();
        for (uint256 i = 0; i < emitters.length; ++i) {
            (uint64 seq, bytes24 hash) = AuditTrail(emitters[i]).auditTrail();
            (uint64 wantSeq, bytes24 wantHash) = actions.verifier().trailOf(emitters[i]);
            assertEq(seq, wantSeq, "INV-07 no log is missing");
            assertEq(bytes32(hash), bytes32(wantHash), "INV-07 the logs hash to the stored trail");
        }
        for (uint8 lane; lane <= LANE_MARGINS; ++lane) {
            (uint64 seq, bytes24 hash) = lanes.laneTrail(lane);
            (uint64 wantSeq, bytes24 wantHash) = actions.verifier().laneTrailOf(address(lanes), lane);
            assertEq(seq, wantSeq, "INV-07 no round is missing");
            assertEq(bytes32(hash), bytes32(wantHash), "INV-07 the rounds hash to the lane's trail");
        }
    }

    /// @notice The actions reach what the invariants are about; a campaign of refusals would prove nothing.
    function test_actions_ReachLiquidationsSettlementsAndBadDebt() public {
        bytes4[] memory list = _selectors();
        for (uint256 i = 0; i < 300; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("campaign", i)));
            bytes memory arguments = abi.encode(seed, seed >> 16, seed >> 32, seed >> 48);
            if (list[i % list.length] == Actions.attest.selector) {
                arguments = abi.encode(seed, seed & 0xfffe, seed >> 240, seed & 1);
            }
            (bool ok,) = address(actions).call(bytes.concat(list[i % list.length], arguments));
            if (ok) ++passed;
        }
        assertGt(passed, 150, "half of all actions pass");
        assertGt(actions.traded(), 5, "trades");
        assertGt(actions.lastAuction(), 3, "auctions");
        assertGt(actions.fills(), 3, "fills");
        assertGt(actions.cappedFills(), 0, "fills whose discount the cap cut");
        assertGt(actions.badDebts(), 0, "bad debts");
        assertGt(actions.settled(), 0, "settled legs");
    }

    /// @dev After each run: whatever is on auction can be finished by one bidder with enough money.
    function afterInvariant() public {
        actions.clear();
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            assertFalse(liquidation.inLiquidation(account), "INV-08 no auction is stuck");
        }
        _inv01_CashIsConserved();
        _inv05_LiquidationCostsAtMostTheCurve();
        _inv07_AuditTrailsAreContiguous();
    }

    function _checkRatios(MarginState memory margin) private pure {
        uint256 cap = SystemParameters.marginModel().ratioCapBps;
        uint256 floor = SystemParameters.marginModel().ratioFloorBps;
        assertLe(margin.initialRatioBps, cap, "INV-03 initial ratio at most the cap");
        assertLe(margin.maintenanceRatioBps, margin.initialRatioBps, "INV-03 maintenance at most initial");
        uint256 least = margin.attested ? floor : 10_000;
        assertGe(margin.maintenanceRatioBps, least, "INV-03 maintenance ratio at least the floor");
        uint256 want = (margin.ownRequirement * margin.maintenanceRatioBps + 9999) / 10_000;
        assertEq(margin.maintenanceRequirement, want, "INV-03 effective = ratio x own");
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
