// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginAccounts} from "contracts/accounts/MarginAccounts.sol";
import {IMarginAccounts} from "contracts/interfaces/IMarginAccounts.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import "contracts/types/Wire.sol";

import {MockToken} from "../mocks/MockToken.sol";
import {UnlimitedPayouts} from "../mocks/UnlimitedPayouts.sol";
import {LanesFixture} from "../oracle/LanesFixture.sol";
import {Budget} from "./Budget.sol";

/// @notice Gas of publishing with 2 of 3 signatures on the real ledger, whole transactions where they are isolated.
contract LanesBudgetTest is LanesFixture, Budget {
    uint64 private constant ACCOUNTS = 100;

    function setUp() public override {
        super.setUp();
        UnlimitedPayouts payouts = new UnlimitedPayouts(address(manager));
        MarginAccounts accounts = new MarginAccounts(address(new MockToken()), address(manager), payouts);
        for (uint64 account = 1; account <= ACCOUNTS; ++account) {
            accounts.create(address(uint160(0x1000 + account)));
        }
        lanes = new SignedLanes(address(manager), parameters, IMarginAccounts(address(accounts)));
        lanes.setSigners(_addresses(keys), 2);
    }

    function test_hundredMarginRows() public {
        assertLt(_measureMargins("margin_rows_100_first"), 7_500_000, "first");
        vm.warp(MIDNIGHT + 60);
        assertLt(_measureMargins("margin_rows_100"), 5_000_000, "renewed");
    }

    function test_prices() public {
        _measurePrices("prices_2_first", 2);
        vm.warp(MIDNIGHT + 60);
        assertLt(_measurePrices("prices_2", 2), 220_000, "two");
        vm.warp(MIDNIGHT + 120);
        assertLt(_measurePrices("prices_1", 1), 180_000, "one");
    }

    function test_surfaces() public {
        _measureSurfaces("surfaces_4_first");
        vm.warp(MIDNIGHT + 60);
        assertLt(_measureSurfaces("surfaces_4"), 350_000, "four");
    }

    function _measureMargins(string memory name) private returns (uint256) {
        MarginRow[] memory rows = new MarginRow[](ACCOUNTS);
        for (uint64 index; index < ACCOUNTS; ++index) {
            rows[index] = MarginRow(index + 1, 0, 11_237, 9_871, 12_345e18 + index, 15_432e18 + index);
        }
        Header memory header = _header(LANE_MARGINS);
        QuorumSignature memory quorum = _sign(header, abi.encode(rows), 3);
        lanes.publishMargins(header, rows, quorum);
        return recordLastCall(name);
    }

    function _measurePrices(string memory name, uint16 count) private returns (uint256) {
        PriceRow[] memory rows = new PriceRow[](count);
        for (uint16 index; index < count; ++index) {
            rows[index] = PriceRow(index + 1, SPOT + index, SPOT / 2_000);
        }
        Header memory header = _header(LANE_PRICES);
        QuorumSignature memory quorum = _sign(header, abi.encode(rows), 3);
        lanes.publishPrices(header, rows, quorum);
        return recordLastCall(name);
    }

    function _measureSurfaces(string memory name) private returns (uint256) {
        SurfaceRow[] memory rows = new SurfaceRow[](4);
        (rows[0], rows[1]) = (_surfaceRow(1, NEAR), _surfaceRow(1, FAR));
        (rows[2], rows[3]) = (_surfaceRow(2, NEAR), _surfaceRow(2, FAR));
        (rows[0].a, rows[0].b) = (0.0005e12, 0.001e12); // eight hours of variance
        (rows[2].a, rows[2].b) = (0.0005e12, 0.001e12);
        Header memory header = _header(LANE_SURFACES);
        QuorumSignature memory quorum = _sign(header, abi.encode(rows), 3);
        lanes.publishSurfaces(header, rows, quorum);
        return recordLastCall(name);
    }
}
