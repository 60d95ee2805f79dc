// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginState, Mode} from "../../../contracts/types/Margin.sol";
import {SystemParameters} from "../SystemParameters.sol";
import {Actions} from "./Actions.sol";
import {Conservation} from "./Conservation.sol";
import {FundActions} from "./FundActions.sol";
import {LiquidationActions} from "./LiquidationActions.sol";

/// @notice The invariants listed in docs/invariants.md, on the whole system.
contract SystemInvariantTest is Conservation {
    Actions private actions;

    function setUp() public {
        actions = new Actions();
        _watch(actions);
        targetContract(address(actions));
        targetSelector(FuzzSelector(address(actions), _selectors()));
    }

    /// @dev Named twice where more of it is wanted.
    function _selectors() private pure returns (bytes4[] memory list) {
        list = new bytes4[](27);
        (list[0], list[1], list[2]) = (Actions.trade.selector, Actions.trade.selector, Actions.trade.selector);
        (list[3], list[4]) = (Actions.movePrices.selector, Actions.movePrices.selector);
        (list[5], list[6]) = (Actions.movePrices.selector, Actions.attest.selector);
        (list[7], list[8]) = (Actions.replayRound.selector, LiquidationActions.start.selector);
        (list[9], list[10]) = (LiquidationActions.start.selector, LiquidationActions.bid.selector);
        (list[11], list[12]) = (LiquidationActions.bid.selector, LiquidationActions.end.selector);
        (list[13], list[14]) = (Actions.settle.selector, Actions.deposit.selector);
        (list[15], list[16]) = (Actions.withdraw.selector, Actions.wait.selector);
        (list[17], list[18]) = (Actions.nextDay.selector, LiquidationActions.brink.selector);
        (list[19], list[20]) = (LiquidationActions.bidLegs.selector, LiquidationActions.bidLegs.selector);
        (list[21], list[22]) = (Actions.tick.selector, LiquidationActions.deleverage.selector);
        (list[23], list[24]) = (FundActions.enterFund.selector, FundActions.queueExit.selector);
        (list[25], list[26]) = (FundActions.claimExit.selector, LiquidationActions.deleverage.selector);
    }

    /// @notice INV-01 to INV-07 after every single action of one campaign.
    /// forge-config: deep.invariant.runs = 1200
    function invariant_System_INV01_To_INV07() public view {
        _inv01_CashIsConserved();
        _inv02_PositionsNetToZero();
        _inv03_RatiosStayInTheCorridor();
        _inv04_LaneSequencesAreContiguous();
        _inv05_LiquidationCostsAtMostTheCurve();
        _inv06_NoFillRuinsASolventAccount();
        _inv07_AuditTrailsAreContiguous();
        _inv50_To_Inv55_Liquidation();
        _inv56_SharesOfTheFundAreBacked();
    }

    function _inv50_To_Inv55_Liquidation() private view {
        assertEq(actions.clockErrors(), 0, "INV-50 the auction clock is monotone and stands while HALTED");
        assertEq(actions.worsened(), 0, "INV-51 a fill for legs never lowers equity less the witness's bound");
        assertEq(actions.overRewarded(), 0, "INV-52 a reward is within its share, its most and the equity");
        assertEq(actions.dustLeft(), 0, "INV-53 no fill leaves dust");
        assertEq(actions.unfairlyClosed(), 0, "INV-54 a leg closed against the other side moves no equity");
        assertEq(actions.endangered(), 0, "INV-54 nobody solvent is left below maintenance by it");
        assertEq(actions.escaped(), 0, "INV-55 nothing leaves through a closed exit gate");
        assertEq(actions.escapedExits(), 0, "INV-55 nobody leaves the fund before a known loss");
        uint256 deficits;
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            uint256 deficit = liquidation.deficitOf(account);
            if (deficit != 0) {
                assertTrue(liquidation.inLiquidation(account), "INV-55 a deficit is on auction");
            }
            deficits += deficit;
        }
        assertEq(liquidation.totalDeficit(), deficits, "INV-55 the gate knows every deficit");
    }

    function _inv56_SharesOfTheFundAreBacked() private view {
        (uint256 byExits, uint256 held) = actions.queued();
        assertEq(byExits, held, "INV-56 every queued share is in custody, once");
        (uint256 shares, uint256 cash) = actions.fundWorth();
        assertLe(shares, cash, "INV-56 all shares together are worth at most the fund's cash");
        assertEq(actions.diluted(), 0, "INV-56 entering, queuing and leaving cost nobody who stays");
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

    /// @notice The actions reach what the invariants are about; a campaign of refusals would prove nothing. Each aim in one of eight
    /// lives at least, whatever their seeds.
    function test_actions_ReachLiquidationsSettlementsAndBadDebt() public {
        uint256 start = vm.snapshotState();
        bool[10] memory reached;
        for (uint256 life; life < 8; ++life) {
            uint256 passed = _live(life);
            bool[10] memory now_ = _aims(passed);
            bool isAll = true;
            for (uint256 i; i < 10; ++i) {
                reached[i] = reached[i] || now_[i];
                isAll = isAll && reached[i];
            }
            if (isAll) return;
            vm.revertToState(start);
        }
        string[10] memory names = [
            "half of all actions pass",
            "trades",
            "auctions",
            "fills",
            "fills for named legs",
            "fills whose discount the cap cut",
            "bad debts",
            "settled legs",
            "legs closed against the other side",
            "shares of the fund"
        ];
        for (uint256 i; i < 10; ++i) {
            assertTrue(reached[i], names[i]);
        }
    }

    function _live(uint256 life) private returns (uint256 passed) {
        bytes4[] memory list = _selectors();
        for (uint256 i = 0; i < 300; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(life, i)));
            bytes memory arguments = abi.encode(seed, seed >> 16, seed >> 32, seed >> 48);
            if (list[i % list.length] == Actions.attest.selector) {
                arguments = abi.encode(seed, seed & 0xfffe, seed >> 240, seed & 1);
            }
            (bool ok,) = address(actions).call(bytes.concat(list[i % list.length], arguments));
            if (ok) ++passed;
        }
    }

    function _aims(uint256 passed) private view returns (bool[10] memory) {
        return [
            passed > 150,
            actions.traded() > 5,
            actions.lastAuction() > 3,
            actions.fills() > 3,
            actions.legFills() > 0,
            actions.cappedFills() > 0,
            actions.badDebts() > 0,
            actions.settled() > 0,
            actions.deleveraged() > 0,
            actions.entered() > 0
        ];
    }

    /// @dev After each run: whatever is on auction can be finished by one bidder with enough money.
    function afterInvariant() public {
        actions.clear();
        for (uint64 account = 1; account <= accounts.accountCount(); ++account) {
            assertFalse(liquidation.inLiquidation(account), "INV-08 no auction is stuck");
        }
        (, uint256 cash) = actions.fundWorth();
        assertLe(actions.leaveFund() * 1e12, cash, "INV-56 whoever leaves is paid out of the fund");
        _inv01_CashIsConserved();
        _inv05_LiquidationCostsAtMostTheCurve();
        _inv07_AuditTrailsAreContiguous();
        _inv56_SharesOfTheFundAreBacked();
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
}
