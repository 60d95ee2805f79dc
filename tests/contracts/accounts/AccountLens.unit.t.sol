// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountLens, AccountView} from "../../../contracts/accounts/AccountLens.sol";
import {InstrumentId} from "../../../contracts/types/Instrument.sol";
import {ListingMock} from "../mocks/LedgerMocks.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

contract AccountLensTest is LedgerFixture {
    AccountLens internal lens;

    function setUp() public override {
        super.setUp();
        lens = new AccountLens(address(ledger), address(new ListingMock()));
    }

    function test_accounts_ReadsEachField() public {
        uint64 a = _open(alice, 100);
        uint64 b = _open(bob, 100);
        ledger.settleTrade(a, b, perpetual, 2e18, 100e18);
        vm.prank(alice);
        ledger.transferFrom(alice, carol, a);
        engine.setFundingIndex(1, 1e18);
        (AccountView[] memory page, uint64 total) = lens.accounts(1, 10);
        assertEq(total, 2);
        assertEq(page.length, 2);
        assertEq(page[0].account, a);
        assertEq(page[0].owner, carol);
        assertEq(page[0].cash, 98e18);
        assertEq(page[0].portfolioNonce, 1);
        assertEq(page[0].ownerEpoch, 1);
        assertEq(page[0].entryValues.length, 2);
        assertEq(page[0].entryValues[0], 200e18);
        assertEq(page[0].entryValues[1], 0);
        assertEq(page[1].entryValues[0], -200e18);
        assertEq(page[0].legs.length, 1);
        assertEq(InstrumentId.unwrap(page[0].legs[0].instrument), InstrumentId.unwrap(perpetual));
        assertEq(page[1].legs[0].quantity, -2e18);
    }

    function testFuzz_accounts_PagesAreCutAtTheEnd(uint8 existing, uint64 from, uint64 count) public {
        existing = uint8(bound(existing, 0, 20));
        for (uint256 i; i < existing; ++i) {
            ledger.create(alice);
        }
        (AccountView[] memory page, uint64 total) = lens.accounts(from, count);
        assertEq(total, existing);
        uint256 first = from == 0 ? 1 : from;
        uint256 left = first > existing ? 0 : existing - first + 1;
        assertEq(page.length, count < left ? count : left);
        for (uint256 i; i < page.length; ++i) {
            assertEq(page[i].account, first + i);
        }
    }

    function test_snapshot_NamesItsBlock() public {
        _open(alice, 1);
        vm.roll(77);
        vm.warp(1_700_000_123);
        (uint256 number, uint256 timestamp, AccountView[] memory page, uint64 total) = lens.snapshot(1, 1);
        assertEq(number, 77);
        assertEq(timestamp, 1_700_000_123);
        assertEq(page.length, 1);
        assertEq(total, 1);
    }
}
