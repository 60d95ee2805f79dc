// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Exit, IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ReentrantToken} from "../adversarial/ReentrantToken.sol";
import {SystemMarket} from "../SystemMarket.sol";

/// @notice The fund on the real system: entering, the queue, first loss, and what a donation can and cannot do.
contract InsuranceFundUnitTest is SystemMarket {
    address private constant ALICE = address(0xA11CE);
    address private constant MALLORY = address(0xBAD);

    uint64 private account;

    function setUp() public {
        deploySystem();
        publishPrices(20_000e18, 1500e18, 10);
        account = open("somebody", 1000e6);
    }

    function _enter(address who, uint256 assets) private returns (uint256 shares) {
        token.mint(who, assets);
        vm.startPrank(who);
        token.approve(address(fund), assets);
        shares = fund.deposit(assets, who);
        vm.stopPrank();
    }

    function _cover(uint256 shortfall) private returns (uint256) {
        vm.prank(address(liquidation));
        return fund.cover(account, shortfall);
    }

    /// @dev A queued exit of all shares, due, with fresh prices.
    function _leave(address who) private returns (uint256 id) {
        uint256 shares = fund.balanceOf(who);
        vm.prank(who);
        id = fund.requestExit(shares, who);
    }

    function _wait() private {
        vm.warp(block.timestamp + fund.exitDelay());
        publishPrices(20_000e18, 1500e18, 10);
    }

    function test_contribute_IsAGiftToTheFund() public {
        contribute(60e6);
        assertEq(fund.balance(), 60e18);
        assertEq(fund.totalAssets(), 60e6);
        assertEq(fund.totalSupply(), 0);
        assertEq(accounts.ownerOf(fund.fundAccount()), address(fund));
        assertEq(token.balanceOf(address(fund)), 0);
    }

    function test_deposit_BecomesCashOfTheFundsAccount() public {
        uint256 shares = _enter(ALICE, 100e6);
        assertEq(shares, 100e12, "a million shares per unit");
        assertEq(accounts.cashOf(fund.fundAccount()), 100e18);
        assertEq(fund.convertToAssets(shares), 100e6);
    }

    function testFuzz_cover_PaysTheLesserOfShortfallAndBalance(uint256 given, uint256 shortfall) public {
        given = bound(given, 1, 100e6);
        shortfall = bound(shortfall, 1, 200e18);
        contribute(given);
        uint256 want = shortfall < given * 1e12 ? shortfall : given * 1e12;
        assertEq(_cover(shortfall), want);
        assertEq(fund.balance(), given * 1e12 - want);
        assertEq(accounts.cashOf(account), int256(1000e18 + want));
    }

    function test_cover_OfAnEmptyFundPaysNothingAndPasses() public {
        assertEq(_cover(1e18), 0);
    }

    function test_cover_FailsIf_NothingIsAsked() public {
        vm.prank(address(liquidation));
        vm.expectRevert(IInsuranceFund.NothingToPay.selector);
        fund.cover(account, 0);
    }

    function test_cover_FailsIf_CallerIsNotTheModule() public {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(this))
        );
        fund.cover(account, 1e18);
    }

    function test_exit_IsPaidAfterTheDelayAndNotBefore() public {
        _enter(ALICE, 100e6);
        uint256 id = _leave(ALICE);
        assertEq(fund.balanceOf(ALICE), 0);
        Exit memory queued = fund.exitOf(id);
        assertEq(queued.claimableAt, block.timestamp + 14 days);
        vm.warp(queued.claimableAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInsuranceFund.ExitNotDue.selector, id, queued.claimableAt, block.timestamp
            )
        );
        fund.claimExit(id);
        vm.warp(queued.claimableAt);
        publishPrices(20_000e18, 1500e18, 10);
        assertEq(fund.claimExit(id), 100e6);
        assertEq(payouts.claimOf(address(token), ALICE), 100e6, "pulled by whoever is paid");
        assertEq(fund.totalSupply(), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoExit.selector, id));
        fund.claimExit(id);
    }

    /// @dev Class 7: whoever asked to leave before a loss bears it like whoever stayed.
    function testFuzz_exit_QueuedSharesBearFirstLoss(uint256 loss) public {
        loss = bound(loss, 1e18, 200e18);
        _enter(ALICE, 100e6);
        _enter(MALLORY, 100e6);
        uint256 id = _leave(MALLORY);
        _cover(loss);
        uint256 left = (200e18 - loss) / 1e12;
        assertApproxEqAbs(fund.convertToAssets(fund.balanceOf(ALICE)), left / 2, 1);
        _wait();
        uint256 paid = fund.claimExit(id);
        assertApproxEqAbs(paid, left / 2, 1);
        assertLe(paid, left / 2, "rounded against whoever leaves");
    }

    /// @dev Class 7: a due exit is no way out kept open until a loss is seen coming; who misses it queues again.
    function test_claimExit_FailsIf_Lapsed() public {
        uint256 shares = _enter(ALICE, 100e6);
        uint256 id = _leave(ALICE);
        uint256 lapsesAt = block.timestamp + 17 days;
        vm.warp(lapsesAt);
        publishPrices(20_000e18, 1500e18, 10);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.ExitNotLapsed.selector, id, lapsesAt, lapsesAt));
        fund.returnExit(id);
        vm.warp(lapsesAt + 1);
        publishPrices(20_000e18, 1500e18, 10);
        vm.expectRevert(
            abi.encodeWithSelector(IInsuranceFund.ExitLapsed.selector, id, lapsesAt, lapsesAt + 1)
        );
        fund.claimExit(id);
        fund.returnExit(id);
        assertEq(fund.balanceOf(ALICE), shares, "whoever called");
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoExit.selector, id));
        fund.returnExit(id);
        assertEq(fund.exitOf(_leave(ALICE)).claimableAt, block.timestamp + 14 days);
    }

    /// @dev Double exit: what is queued is in custody and cannot be queued, sent or claimed again.
    function test_requestExit_FailsIf_TheSharesAreQueued() public {
        uint256 shares = _enter(ALICE, 100e6);
        uint256 id = _leave(ALICE);
        vm.startPrank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 0, shares)
        );
        fund.requestExit(shares, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.EmptyExit.selector, ALICE, 0));
        fund.requestExit(0, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.EmptyExit.selector, address(0), 1));
        fund.requestExit(1, address(0));
        vm.stopPrank();
        _wait();
        assertEq(fund.claimExit(id), 100e6);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoExit.selector, id));
        fund.claimExit(id);
    }

    /// @dev Class 9: a token that calls back while it enters or leaves finds the price of a share as it was.
    function test_fund_ReenteredByItsTokenGivesNothing() public {
        _enter(ALICE, 100e6);
        contribute(100e6);
        uint256 worth = fund.convertToAssets(fund.balanceOf(ALICE));
        _enter(MALLORY, 100e6);
        uint256 id = _leave(MALLORY);
        vm.etch(address(token), address(new ReentrantToken()).code);
        ReentrantToken evil = ReentrantToken(address(token));
        token.mint(address(evil), 50e6);
        vm.prank(address(evil));
        token.approve(address(fund), 50e6);
        evil.arm(address(fund), abi.encodeCall(fund.deposit, (50e6, MALLORY)));
        _enter(MALLORY, 60e6);
        assertTrue(evil.called());
        _wait();
        evil.arm(address(fund), abi.encodeCall(fund.claimExit, (id)));
        assertLe(fund.claimExit(id), 100e6);
        assertTrue(evil.called() && !evil.succeeded());
        assertEq(evil.reason(), IInsuranceFund.NoExit.selector);
        assertLe(fund.convertToAssets(fund.balanceOf(MALLORY)), 110e6);
        assertGe(fund.convertToAssets(fund.balanceOf(ALICE)), worth);
    }

    function test_withdrawAndRedeem_AreShut() public {
        uint256 shares = _enter(ALICE, 100e6);
        assertEq(fund.maxWithdraw(ALICE), 0);
        assertEq(fund.maxRedeem(ALICE), 0);
        vm.startPrank(ALICE);
        vm.expectRevert();
        fund.withdraw(1, ALICE, ALICE);
        vm.expectRevert();
        fund.redeem(shares, ALICE, ALICE);
        vm.stopPrank();
    }

    function test_claimExit_FailsIf_TheChainIsHalted() public {
        _enter(ALICE, 100e6);
        uint256 id = _leave(ALICE);
        vm.warp(block.timestamp + fund.exitDelay());
        vm.expectRevert(IMarginAccounts.Halted.selector);
        fund.claimExit(id);
    }

    /// @dev Class 11: the first depositor donates to raise the price of a share; the next one loses next to nothing, the
    /// donor loses what it gave.
    function testFuzz_deposit_CannotBeInflatedByADonation(uint256 first, uint256 donated, uint256 entered)
        public
    {
        first = bound(first, 1, 10e6);
        donated = bound(donated, 1, 100_000e6);
        entered = bound(entered, 1e6, 100_000e6);
        _enter(MALLORY, first);
        contribute(donated);
        uint256 shares = _enter(ALICE, entered);
        uint256 worth = fund.convertToAssets(shares);
        assertGe(
            worth + 1 + (first + donated + entered) / (first * 1e6 + 1), entered, "a millionth of it at most"
        );
        uint256 attacker = fund.convertToAssets(fund.balanceOf(MALLORY));
        assertLe(attacker, first + donated, "and no more than was put in");
    }

    /// @dev Class 11: tokens sent to the contracts are nobody's; no account and no share is worth more.
    function testFuzz_transfer_ToTheContractsChangesNothing(uint256 amount) public {
        amount = bound(amount, 1, 1e15);
        uint256 shares = _enter(ALICE, 100e6);
        int256 cash = accounts.cashOf(account);
        uint256 worth = fund.convertToAssets(shares);
        token.mint(address(fund), amount);
        token.mint(address(accounts), amount);
        assertEq(fund.convertToAssets(shares), worth);
        assertEq(accounts.cashOf(account), cash);
        assertEq(accounts.cashOf(fund.fundAccount()), 100e18);
        assertEq(fund.totalAssets(), 100e6);
    }

    /// @dev Entering and leaving at once takes nothing from those who stay.
    function testFuzz_exit_OfAPasserByCostsNobody(uint256 held, uint256 passing, uint256 gift) public {
        held = bound(held, 1e6, 1e12);
        passing = bound(passing, 1, 1e12);
        _enter(ALICE, held);
        contribute(bound(gift, 1, 1e12));
        uint256 worth = fund.convertToAssets(fund.balanceOf(ALICE));
        _enter(MALLORY, passing);
        uint256 id = _leave(MALLORY);
        _wait();
        assertLe(fund.claimExit(id), passing);
        assertGe(fund.convertToAssets(fund.balanceOf(ALICE)), worth);
    }
}
