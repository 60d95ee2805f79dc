// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Auction, ILiquidation, LegLimit} from "../../../contracts/interfaces/ILiquidation.sol";
import {IBidValuation} from "../../../contracts/interfaces/IBidValuation.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginEngine} from "../../../contracts/interfaces/IMarginEngine.sol";
import {IRiskParameters} from "../../../contracts/interfaces/IRiskParameters.sol";
import {InsuranceFund} from "../../../contracts/liquidation/InsuranceFund.sol";
import {Liquidation} from "../../../contracts/liquidation/Liquidation.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {Mode, Witness} from "../../../contracts/types/Margin.sol";
import {AuctionParametersMock} from "../mocks/AuctionParametersMock.sol";
import {LedgerMock} from "../mocks/LedgerMock.sol";
import {MockToken} from "../mocks/MockToken.sol";
import {LinearEngineMock} from "../mocks/LinearEngineMock.sol";

/// @notice Every branch of the auction on an account that is short 10 units, each requiring 10.
contract LiquidationUnitTest is Test {
    uint64 private constant ROLE = 7;
    InstrumentId private constant INSTRUMENT = InstrumentId.wrap(1 << 88);
    Witness private own = Witness(false, 0);

    LedgerMock private ledger;
    LinearEngineMock private engine;
    AuctionParametersMock private parameters;
    InsuranceFund private fund;
    Liquidation private liquidation;
    uint64 private account;
    uint64 private bidder;

    function setUp() public {
        vm.warp(1_700_000_000);
        ledger = new LedgerMock(address(new MockToken()));
        engine = new LinearEngineMock(ledger);
        parameters = new AuctionParametersMock();
        AccessManager manager = new AccessManager(address(this));
        fund = new InsuranceFund(IMarginAccounts(address(ledger)), address(manager));
        liquidation = new Liquidation(
            IMarginAccounts(address(ledger)),
            IMarginEngine(address(engine)),
            IRiskParameters(address(parameters)),
            fund,
            IBidValuation(address(0))
        );
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = InsuranceFund.cover.selector;
        manager.setTargetFunctionRole(address(fund), selectors, ROLE);
        manager.grantRole(ROLE, address(liquidation), 0);

        account = ledger.create(address(0xA));
        bidder = ledger.create(address(this));
        ledger.addLeg(account, INSTRUMENT, -10e18);
        ledger.setCash(account, 200e18);
        ledger.setCash(bidder, 1000e18);
        engine.set(11e18, 10e18, 0.1e18); // mark -110, equity 90 +- 1, requirement 100
    }

    function _start() private {
        liquidation.start(account, own, 0);
    }

    function test_start_SnapshotsBaseBoundAndCurve() public {
        _start();
        Auction memory auction = liquidation.auctionOf(account);
        assertEq(auction.base, 100e18);
        assertEq(auction.remaining, 1e18);
        assertEq(auction.startedAt, block.timestamp);
        assertEq(auction.curve.durationSeconds, 1800);
        assertTrue(liquidation.inLiquidation(account));
        (uint64 seq,) = liquidation.auditTrail();
        assertEq(seq, 2, "the clock's reading and the start");
    }

    function test_start_FailsIf_AccountIsAboveTheBoundAtTheHighPrice() public {
        ledger.setCash(account, 209e18); // equity 99, high 100
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidation.NotLiquidatable.selector, account, 100e18, int256(100e18))
        );
        _start();
    }

    function test_start_FailsIf_TheWitnessIsTooWeak() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidation.NotLiquidatable.selector, account, 90e18, int256(91e18))
        );
        liquidation.start(account, Witness(true, 9), 0);
    }

    /// @dev 0.5% of the bound of 100; the equity at the worse end is 89.
    function test_start_PaysTheStarterOutOfEquity() public {
        uint64 starter = ledger.create(address(0xC));
        liquidation.start(account, own, starter);
        assertEq(ledger.cashOf(starter), 0.5e18);
        assertEq(ledger.cashOf(account), 199.5e18);
    }

    function test_start_RewardIsNeverADebt() public {
        uint64 starter = ledger.create(address(0xC));
        ledger.setCash(account, 111.2e18); // equity 1.2, at the worse end 0.2
        liquidation.start(account, own, starter);
        assertEq(ledger.cashOf(starter), 0.2e18);
        assertEq(engine.marginOf(account).equityLow, 0);
    }

    function test_start_RewardOfAnInsolventAccountIsNothing() public {
        uint64 starter = ledger.create(address(0xC));
        ledger.setCash(account, 100e18);
        liquidation.start(account, own, starter);
        assertEq(ledger.cashOf(starter), 0);
        assertEq(ledger.cashOf(account), 100e18);
    }

    function test_start_NobodyIsRewardedOutOfItself() public {
        liquidation.start(account, own, account);
        assertEq(ledger.cashOf(account), 200e18);
    }

    function test_challenge_NamesASecondWitness() public {
        liquidation.start(account, own, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidation.WitnessNotWorse.selector, account, 100e18, 100e18)
        );
        liquidation.challenge(account, own);
        liquidation.challenge(account, Witness(true, 11));
        assertEq(liquidation.auctionOf(account).challenger.points, 11);
        assertEq(liquidation.auctionOf(account).witness.points, 0, "the first one stays");
        assertEq(liquidation.auctionOf(account).base, 100e18, "and so does the base");
    }

    function test_start_FailsIf_AlreadyRunning() public {
        _start();
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.AuctionRunning.selector, account));
        _start();
    }

    function test_everything_FailsIf_Halted() public {
        _start();
        engine.setMode(Mode.HALTED);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.start(bidder, own, 0);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.raiseWitness(account, own);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.challenge(account, own);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.bid(account, bidder, 1e18, 0);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.bidLegs(account, bidder, new LegLimit[](0), 0, 0);
        vm.expectRevert(ILiquidation.Halted.selector);
        liquidation.end(account);
    }

    function test_reduceOnly_DoesNotStopTheAuction() public {
        engine.setMode(Mode.REDUCE_ONLY);
        _start();
        assertGt(liquidation.bid(account, bidder, 1e18, 0), 0);
    }

    function test_raiseWitness_KeepsTheWorst() public {
        ledger.setCash(account, 190e18); // equity 80 +- 1
        liquidation.start(account, Witness(true, 9), 0);
        liquidation.raiseWitness(account, own);
        assertEq(liquidation.auctionOf(account).base, 100e18);
        assertEq(liquidation.auctionOf(account).challenger.points, 9, "what it replaced is the challenger");
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.WitnessNotWorse.selector, account, 90e18, 100e18));
        liquidation.raiseWitness(account, Witness(true, 9));
    }

    function test_noAuction_FailsEverywhere() public {
        bytes memory none = abi.encodeWithSelector(ILiquidation.NoAuction.selector, account);
        vm.expectRevert(none);
        liquidation.bid(account, bidder, 1e18, 0);
        vm.expectRevert(none);
        liquidation.end(account);
        vm.expectRevert(none);
        liquidation.raiseWitness(account, own);
        vm.expectRevert(none);
        liquidation.discountNow(account);
        vm.expectRevert(none);
        liquidation.largestFraction(account);
    }

    /// @dev Target 105, equityLow 89, mark equity 90, discount 1 and fee 1: f = 16 / (16 + 88).
    function test_bid_LargestFractionCures() public {
        _start();
        uint256 most = liquidation.largestFraction(account);
        assertApproxEqAbs(most, uint256(16e18) / 104, 1e9 + 1);
        assertEq(liquidation.discountNow(account), 1e18);
        uint256 taken = liquidation.bid(account, bidder, 1e18, 0.01e18);
        assertEq(taken, most);
        assertFalse(liquidation.inLiquidation(account), "cured");
        assertGe(
            engine.marginOf(account).equityLow * 100, int256(engine.marginOf(account).ownRequirement) * 105
        );
        assertEq(fund.balance(), most * 1e18 / 1e18, "fee of 1 per whole account");
    }

    function test_bid_PartialFillsShareTheBase() public {
        ledger.setCash(account, 130e18); // equity 20
        _start();
        vm.warp(block.timestamp + 900); // 15.5% of 100
        assertEq(liquidation.discountNow(account), 15.5e18);
        liquidation.bid(account, bidder, 0.5e18, 0.155e18);
        assertEq(liquidation.auctionOf(account).remaining, 0.5e18);
        assertEq(liquidation.discountNow(account), 7.75e18);
        assertEq(ledger.cashOf(account), 130e18 - 55e18 - 7.75e18 - 0.5e18);
    }

    function test_bid_FailsIf_BidderMayNot() public {
        _start();
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.BidderIsAccount.selector, account));
        liquidation.bid(account, account, 1e18, 0);
        vm.prank(address(0xB));
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.NotAuthorised.selector, bidder, address(0xB)));
        liquidation.bid(account, bidder, 1e18, 0);
    }

    function test_bid_FailsIf_BidderIsInLiquidation() public {
        _start();
        ledger.addLeg(bidder, INSTRUMENT, -100e18);
        liquidation.start(bidder, own, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.BidderInLiquidation.selector, bidder));
        liquidation.bid(account, bidder, 1e18, 0);
    }

    function test_bid_FailsIf_BidderEndsBelowInitialMargin() public {
        ledger.setCash(account, 100e18); // equity -10: everything may be taken
        _start();
        ledger.setCash(bidder, 20e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILiquidation.BidderBelowInitialMargin.selector, bidder, int256(20e18), uint256(130e18)
            )
        );
        liquidation.bid(account, bidder, 1e18, 0);
    }

    function test_bid_FailsIf_FractionOrDiscountIsWrong() public {
        _start();
        vm.expectRevert(ILiquidation.ZeroFraction.selector);
        liquidation.bid(account, bidder, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.FractionTooSmall.selector, account, 1, 0.01e18));
        liquidation.bid(account, bidder, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.ShareBelowLimit.selector, 0.01e18, 0.011e18));
        liquidation.bid(account, bidder, 0.05e18, 0.011e18);
    }

    function test_bid_FailsIf_TheAccountIsCured() public {
        _start();
        ledger.setCash(account, 300e18);
        assertEq(liquidation.largestFraction(account), 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.FractionTooLarge.selector, account, 1e18, 0));
        liquidation.bid(account, bidder, 1e18, 0);
    }

    function test_bid_FailsIf_DustWouldBeLeft() public {
        ledger.setCash(account, 100e18);
        _start();
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidation.FractionTooSmall.selector, account, 0.995e18, 1e18)
        );
        liquidation.bid(account, bidder, 0.995e18, 0);
    }

    function test_end_OnlyAboveTheBuffer() public {
        _start();
        ledger.setCash(account, 215e18); // equityLow 104
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidation.StillUnderWater.selector, account, int256(104e18), 105e18)
        );
        liquidation.end(account);
        ledger.setCash(account, 216e18);
        vm.prank(address(0xB));
        liquidation.end(account);
        assertFalse(liquidation.inLiquidation(account));
    }

    /// @dev Equity -40 and a discount of 30: the fund's 50 go first, the other 20 are everyone's.
    function test_bid_InsolventAccountIsPaidByTheFundThenByAll() public {
        ledger.setCash(account, 70e18);
        ledger.setCash(fund.fundAccount(), 50e18);
        _start();
        vm.warp(block.timestamp + 1 days);
        assertEq(liquidation.bid(account, bidder, 1e18, 0.3e18), 1e18);
        assertEq(fund.balance(), 0);
        assertEq(ledger.socialisedTotal(), 20e18);
        assertEq(ledger.cashOf(account), 0);
        assertEq(ledger.cashOf(bidder), 1000e18 + 110e18 + 30e18);
        assertFalse(liquidation.inLiquidation(account));
    }

    function test_end_ResolvesTheDebtOfAnAccountThatSettlementEmptied() public {
        _start();
        ledger.closeExpired(account, INSTRUMENT, 30e18);
        assertEq(ledger.cashOf(account), -100e18);
        liquidation.end(account);
        assertEq(ledger.socialisedTotal(), 100e18);
        assertFalse(liquidation.inLiquidation(account));
    }

    function test_start_TakesAnAccountWithDebtAndNoLegs() public {
        ledger.closeExpired(account, INSTRUMENT, 30e18);
        _start();
        vm.expectRevert(abi.encodeWithSelector(ILiquidation.FractionTooLarge.selector, account, 1e18, 0));
        liquidation.bid(account, bidder, 1e18, 0);
        liquidation.end(account);
        assertEq(ledger.socialisedTotal(), 100e18);
    }

    /// @notice Whatever the numbers of an account under water, after the duration one bid for everything empties or cures it.
    function testFuzz_bid_ForEverythingNeverFails(int256 price, uint256 requirement, uint256 cash) public {
        engine.set(bound(price, -1e40, 1e40), bound(requirement, 0, 1e40), 0);
        ledger.setCash(account, int256(bound(cash, 0, 1e45)) - 5e44);
        (uint256 lower,, int256 high) = engine.witnessOf(account, own);
        vm.assume(int256(lower) > high);
        ledger.setCash(bidder, 1e60);
        _start();
        vm.warp(block.timestamp + 1800);
        liquidation.bid(account, bidder, 1e18, 0);
        assertFalse(liquidation.inLiquidation(account));
    }
}
