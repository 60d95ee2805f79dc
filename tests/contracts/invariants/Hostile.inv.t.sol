// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Actions} from "./Actions.sol";
import {Conservation} from "./Conservation.sol";
import {HostileActions} from "./HostileActions.sol";
import {LiquidationActions} from "./LiquidationActions.sol";

/// @notice Invariants that hold whoever lies: a second campaign, with hostile calls between any two of the first's.
contract HostileInvariantTest is Conservation {
    HostileActions private actions;

    function setUp() public {
        actions = new HostileActions();
        _watch(actions);
        targetContract(address(actions));
        targetSelector(FuzzSelector(address(actions), _selectors()));
    }

    function _selectors() private pure returns (bytes4[] memory list) {
        list = new bytes4[](19);
        (list[0], list[1]) = (Actions.trade.selector, Actions.trade.selector);
        (list[2], list[3]) = (Actions.movePrices.selector, Actions.attest.selector);
        (list[4], list[5]) = (LiquidationActions.start.selector, LiquidationActions.bid.selector);
        (list[6], list[7]) = (Actions.settle.selector, Actions.withdraw.selector);
        (list[8], list[9]) = (Actions.wait.selector, Actions.nextDay.selector);
        (list[10], list[11]) = (HostileActions.lie.selector, HostileActions.bendSurface.selector);
        (list[12], list[13]) =
        (HostileActions.withdrawReentrantly.selector, HostileActions.withdrawReentrantly.selector);
        (list[14], list[15]) = (HostileActions.depositSkimmed.selector, HostileActions.depositAlways.selector);
        (list[16], list[17]) = (HostileActions.pauseTrading.selector, HostileActions.sellAccount.selector);
        list[18] = HostileActions.pull.selector;
    }

    /// @notice INV-70 to INV-75, and of those of the honest campaign the ones that no lie may break.
    /// forge-config: deep.invariant.runs = 2800
    function invariant_Hostile_INV70_To_INV75() public view {
        _inv70_ClaimsAreCovered();
        _inv71_OutflowIsLimited();
        _inv72_PausesEnd();
        _inv73_TokensGainNothing();
        _inv74_DepositsPass();
        _inv75_TheQuorumIsAMajority();
        _inv01_CashIsConserved();
        _inv02_PositionsNetToZero();
        _inv07_AuditTrailsAreContiguous();
    }

    function _inv70_ClaimsAreCovered() private view {
        (uint256 held, uint256 owed, uint256 claims) = actions.owedByPayouts();
        assertEq(owed, claims, "INV-70 owed is the sum of claims");
        assertGe(held, owed, "INV-70 every claim is covered");
    }

    function _inv71_OutflowIsLimited() private view {
        (int256 net, uint256 most) = actions.outflow();
        assertLe(net, int256(most), "INV-71 net outflow within its limit, whatever was signed");
    }

    function _inv72_PausesEnd() private view {
        (uint256 since, uint256 until) = actions.paused();
        assertLe(until, since + 72 hours, "INV-72 no pause outlives 72 hours");
    }

    function _inv73_TokensGainNothing() private view {
        assertEq(actions.reentered(), 0, "INV-73 no call enters the ledger from within a transfer");
        assertEq(actions.shortDeposits(), 0, "INV-73 no deposit is credited that did not arrive in full");
    }

    function _inv74_DepositsPass() private view {
        assertEq(actions.depositsRefused(), 0, "INV-74 a deposit passes at any time");
    }

    function _inv75_TheQuorumIsAMajority() private view {
        (uint256 signers, uint256 threshold) = actions.quorum();
        assertGe(signers, threshold, "INV-75 a quorum can be reached");
        assertGt(2 * threshold, signers, "INV-75 two quorums share a signer");
    }

    /// @notice The campaign is hostile in fact.
    function test_hostileActions_ReachTheirAim() public {
        bytes4[] memory list = _selectors();
        for (uint256 i = 0; i < 285; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("hostile", i)));
            bytes memory arguments = abi.encode(seed, seed >> 16, seed >> 32, seed >> 48);
            if (list[i % list.length] == Actions.attest.selector) {
                arguments = abi.encode(seed, seed & 0xfffe, seed >> 240, seed & 1);
            }
            (bool ok,) = address(actions).call(bytes.concat(list[i % list.length], arguments));
            ok;
        }
        assertGt(actions.lies(), 5, "lies");
        assertGt(actions.bends(), 0, "surfaces bent");
        assertGt(actions.reentries(), 3, "withdrawals with a callback");
        assertGt(actions.skimmed(), 5, "deposits skimmed");
        assertGt(actions.pauses(), 0, "pauses");
        assertGt(actions.transfers(), 5, "accounts sold");
        assertGt(actions.pulled(), 0, "claims pulled");
        invariant_Hostile_INV70_To_INV75();
    }
}
