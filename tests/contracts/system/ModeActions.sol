// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILiquidation} from "../../../contracts/interfaces/ILiquidation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ITradeSettlement} from "../../../contracts/interfaces/ITradeSettlement.sol";
import {Action} from "../../../contracts/libraries/Modes.sol";
import {Witness} from "../../../contracts/types/Margin.sol";
import {DecimalsTokenMock} from "../mocks/LedgerMocks.sol";
import {SystemMarket} from "../SystemMarket.sol";
import {SystemParameters} from "../SystemParameters.sol";

/// @notice The whole system in a state in which every action of the mode table can be tried at once: nothing but the mode
/// stands in its way.
/// @dev Bitcoin fell from 20,000 to 15,500. Long 10 at 20,000 with 60,000 in cash: equity 15,000, own 31,000 by the worst
/// grid point and 16,554 by the weaker delta-gamma-vega witness.
abstract contract ModeActions is SystemMarket {
    uint256 internal constant LOW = 15_500e18;
    uint256 internal constant ETHER_PRICE = 1500e18;
    Witness internal weak = Witness(false, 0);

    uint64 internal long;
    uint64 internal short;
    uint64 internal sinking;
    uint64 internal inAuction;
    uint64 internal cured;
    uint64 internal rescuer;
    uint64 internal optionHolder;
    address internal recipient = makeAddr("recipient");
    DecimalsTokenMock internal collateral;

    function setUpActions() internal {
        deploySystem();
        publishPrices(20_000e18, ETHER_PRICE, 10);
        publishSurfaces(0.7e18);
        (long, short) = (open("long", 1_000_000e6), open("short", 1_000_000e6));
        (rescuer, optionHolder) = (open("rescuer", 1_000_000e6), open("option holder", 1_000_000e6));
        trade(long, short, perpetual(BTC), 1e18, 20_000e18);
        _withdraw();
        _depositCollateral();
        trade(optionHolder, short, call(BTC, NEAR, 10_000), 1e18, 10_000e18);
        (sinking, inAuction, cured) = (_sinker("sinking"), _sinker("in auction"), _sinker("cured"));
        vm.warp(NEAR - 10 minutes);
        publishPrices(20_000e18, ETHER_PRICE, 10);
        vm.warp(NEAR + 1);
        publishPrices(20_000e18, ETHER_PRICE, 10);
        vm.warp(NEAR + 1 hours);
        publishPrices(LOW, ETHER_PRICE, 10);
        publishSurfaces(0.7e18);
        liquidation.start(inAuction, weak, 0);
        liquidation.start(cured, weak, 0);
        deposit(cured, 40_000e6);
    }

    /// @dev Whether the action passes now; state is as before afterwards. A refusal must name the mode.
    function passes(Action action) internal returns (bool passed) {
        uint256 before = vm.snapshotState();
        try this.attempt(action) {
            passed = true;
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            bool named = selector == ILiquidation.Halted.selector
                || selector == IMarginAccounts.Halted.selector
                || selector == ITradeSettlement.NotAllowedInMode.selector;
            assertTrue(named, string.concat(nameOf(action), ": ", vm.toString(reason)));
        }
        vm.revertToState(before);
    }

    /// @dev External, so that its revert can be caught.
    function attempt(Action action) external {
        if (action == Action.DEPOSIT) deposit(sinking, 1e6);
        else if (action == Action.WITHDRAW) _withdraw();
        else if (action == Action.WITHDRAW_COLLATERAL) _withdrawCollateral();
        else if (action == Action.OPEN_TRADE) trade(long, short, perpetual(BTC), 1e18, LOW);
        else if (action == Action.REDUCING_TRADE) trade(short, long, perpetual(BTC), 0.5e18, LOW);
        else if (action == Action.START_LIQUIDATION) liquidation.start(sinking, weak, 0);
        else if (action == Action.RAISE_WITNESS) liquidation.raiseWitness(inAuction, _worst());
        else if (action == Action.BID) bid(inAuction, rescuer, 1e18);
        else if (action == Action.END_LIQUIDATION) liquidation.end(cured);
        else if (action == Action.SETTLE_EXPIRY) assertEq(settleAccount(optionHolder), 1);
        else if (action == Action.CLAIM_PAYOUT) _claim();
        else if (action == Action.PUBLISH) publishPrices(LOW, ETHER_PRICE, 10);
        else revert("an action without an attempt");
    }

    function nameOf(Action action) internal pure returns (string memory) {
        string[12] memory names = [
            "deposit",
            "withdraw",
            "withdraw collateral",
            "open trade",
            "reducing trade",
            "start",
            "raise",
            "bid",
            "end",
            "settle",
            "claim",
            "publish"
        ];
        return names[uint8(action)];
    }

    /// @dev The grid point of bitcoin at -20%, ether unmoved: the worst for a long holder.
    function _worst() private pure returns (Witness memory) {
        return Witness(true, 0);
    }

    function _withdraw() private {
        vm.prank(owners[long]);
        accounts.withdraw(long, 1e6, recipient);
    }

    function _withdrawCollateral() private {
        vm.prank(owners[long]);
        vault.withdraw(long, address(collateral), 1e18, recipient);
    }

    function _claim() private {
        vm.prank(recipient);
        assertEq(payouts.claim(address(token), recipient), 1e6);
    }

    function _depositCollateral() private {
        collateral = new DecimalsTokenMock(18);
        vault.setCollateral(address(collateral), SystemParameters.collateral(ETH, 1e30));
        collateral.mint(address(this), 10e18);
        collateral.approve(address(vault), 10e18);
        vault.deposit(long, address(collateral), 10e18);
    }

    function _sinker(string memory name) private returns (uint64 account) {
        account = open(name, 60_000e6);
        trade(account, short, perpetual(BTC), 10e18, 20_000e18);
    }
}
