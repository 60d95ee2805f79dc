// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginState, Mode} from "../../../contracts/types/Margin.sol";
import {SystemParameters} from "../SystemParameters.sol";
import {Actions} from "./Actions.sol";
import {Conservation} from "./Conservation.sol";

/// @notice The invariants listed in docs/invariants.md, on the whole system.
contract SystemInvariantTest is Conservation {
    Actions private actions;
    uint256 private passed;

    function setUp() public {
        actions = new Actions();
        _watch(actions);
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
}
