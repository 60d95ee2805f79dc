// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IExpirySettlement} from "../../../contracts/interfaces/IExpirySettlement.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {ISignedLanes} from "../../../contracts/interfaces/ISignedLanes.sol";
import {ExpirySettlement} from "../../../contracts/settlement/ExpirySettlement.sol";
import {CALL, InstrumentId, Instruments, PERPETUAL, PUT} from "../../../contracts/types/Instrument.sol";
import {LedgerMock} from "../mocks/LedgerMock.sol";
import {SettlementPricesMock} from "../mocks/SettlementPricesMock.sol";

/// @notice Which legs are settled, at what payoff, and which are left alone.
contract ExpirySettlementUnitTest is Test {
    uint32 private constant EXPIRY = 1_700_035_200;

    LedgerMock private ledger;
    SettlementPricesMock private prices;
    ExpirySettlement private settlement;
    uint64 private account;

    function setUp() public {
        vm.warp(EXPIRY - 1);
        ledger = new LedgerMock(address(0));
        prices = new SettlementPricesMock();
        settlement = new ExpirySettlement(IMarginAccounts(address(ledger)), ISignedLanes(address(prices)));
        account = ledger.create(address(this));
    }

    function _option(uint8 kind, uint256 strike, uint32 expiry) private pure returns (InstrumentId) {
        return Instruments.encode(1, expiry, uint48(strike * 1e6), kind);
    }

    function _settle() private returns (uint256) {
        uint64[] memory list = new uint64[](2);
        (list[0], list[1]) = (account, account);
        return settlement.settle(list);
    }

    function test_settle_PaysCallsAndPutsAndSkipsTheRest() public {
        ledger.addLeg(account, _option(CALL, 100, EXPIRY), 2e18);
        ledger.addLeg(account, Instruments.encode(1, 0, 0, PERPETUAL), 1e18);
        ledger.addLeg(account, _option(PUT, 150, EXPIRY), -1e18);
        ledger.addLeg(account, _option(CALL, 100, EXPIRY + 1 days), 1e18);
        ledger.addLeg(account, Instruments.encode(2, EXPIRY, 1e6, CALL), 1e18);
        prices.fix(1, EXPIRY, 130e18);
        prices.fix(1, EXPIRY + 1 days, 130e18);
        vm.warp(EXPIRY);
        assertEq(_settle(), 2, "the second mention finds nothing left");
        assertEq(ledger.cashOf(account), 60e18 - 20e18);
        assertEq(ledger.legsOf(account).length, 3);
        (uint64 seq,) = settlement.auditTrail();
        assertEq(seq, 2);
    }

    function test_settle_WaitsForExpiryAndPrice() public {
        ledger.addLeg(account, _option(CALL, 100, EXPIRY), 2e18);
        vm.warp(EXPIRY);
        assertEq(_settle(), 0, "price not fixed");
        prices.fix(1, EXPIRY, 130e18);
        vm.warp(EXPIRY - 1);
        assertEq(_settle(), 0, "not expired");
    }

    function test_settle_AcceptsNobodyAndUnknownAccounts() public {
        assertEq(settlement.settle(new uint64[](0)), 0);
        assertEq(settlement.settle(new uint64[](3)), 0);
    }

    function testFuzz_payoffOf_IsIntrinsicValue(uint48 strikeMicros, uint96 price) public {
        vm.assume(strikeMicros != 0 && price != 0);
        vm.warp(EXPIRY);
        prices.fix(1, EXPIRY, price);
        uint256 callPayoff = settlement.payoffOf(Instruments.encode(1, EXPIRY, strikeMicros, CALL));
        uint256 putPayoff = settlement.payoffOf(Instruments.encode(1, EXPIRY, strikeMicros, PUT));
        int256 forward = int256(uint256(price)) - int256(uint256(strikeMicros) * 1e12);
        assertEq(int256(callPayoff) - int256(putPayoff), forward, "parity");
        assertTrue(callPayoff == 0 || putPayoff == 0);
    }

    function test_payoffOf_FailsIf_NotExpiredOrNotFixed() public {
        InstrumentId instrument = _option(CALL, 100, EXPIRY);
        vm.expectRevert(
            abi.encodeWithSelector(IExpirySettlement.NotExpired.selector, EXPIRY, uint256(EXPIRY - 1))
        );
        settlement.payoffOf(instrument);
        vm.warp(EXPIRY);
        vm.expectRevert(
            abi.encodeWithSelector(IExpirySettlement.SettlementPriceNotFixed.selector, uint16(1), EXPIRY)
        );
        settlement.payoffOf(instrument);
        vm.expectRevert(abi.encodeWithSelector(IExpirySettlement.NotExpired.selector, 0, uint256(EXPIRY)));
        settlement.payoffOf(Instruments.encode(1, 0, 0, PERPETUAL));
    }
}
