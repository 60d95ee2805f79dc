// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginAccounts} from "contracts/accounts/MarginAccounts.sol";
import {IMarginAccounts} from "contracts/interfaces/IMarginAccounts.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import "contracts/types/Wire.sol";

import {MockToken} from "../mocks/MockToken.sol";
import {UnlimitedPayouts} from "../mocks/UnlimitedPayouts.sol";
import {LanesFixture} from "../oracle/LanesFixture.sol";
import {Budget} from "./Budget.sol";

/// @notice Gas of publishing with 3 of 5 signatures on the real ledger, whole transactions where they are isolated.
contract LanesBudgetTest is LanesFixture, Budget {
    /// @dev An account without code: rows are in calldata and not logged.
    address private constant KEEPER = address(uint160(uint256(keccak256("keeper"))));
    uint64 private constant ACCOUNTS = 100;
    uint256 private constant THREE_OF_FIVE = 21; // signers 0, 2 and 4

    function setUp() public override {
        super.setUp();
        UnlimitedPayouts payouts = new UnlimitedPayouts(address(manager));
        MarginAccounts accounts = new MarginAccounts(address(new MockToken()), address(manager), payouts);
        for (uint64 account = 1; account <= ACCOUNTS; ++account) {
            accounts.create(address(uint160(0x1000 + account)));
        }
        lanes = new SignedLanes(address(manager), parameters, IMarginAccounts(address(accounts)));
        keys = [uint256(0xA11CE), 0xB0B, 0xCA401, 0xDA4E, 0xE4E];
        lanes.setSigners(_addresses(keys), 3);
        for (uint16 feed; feed < 18; ++feed) {
            parameters.setPriceOnly(256 + feed, 0.8e18);
        }
    }

    function test_hundredMarginRows() public {
        assertLt(_measureMargins("margin_rows_100_first"), 4_200_000, "first");
        vm.warp(MIDNIGHT + 60);
        assertLt(_measureMargins("margin_rows_100"), 1_100_000, "renewed");
    }

    /// @dev The tree of 2^17 verdicts is not built: any siblings give the root that this row has with them.
    function test_marginRootAndProof() public {
        _measureRootAndProof("margin_root_first", "margin_proof_first");
        vm.warp(MIDNIGHT + 60);
        (uint256 root, uint256 proof) = _measureRootAndProof("margin_root", "margin_proof");
        assertLt(root, 80_000, "root");
        assertLt(proof, 65_000, "proof");
    }

    function _measureRootAndProof(string memory rootName, string memory proofName)
        private
        returns (uint256 root, uint256 proof)
    {
        Header memory header = _header(LANE_MARGIN_ROOTS);
        MarginRow memory row = MarginRow(7, 0, 11_237, 9_871, 12_345e18 + 7, 15_432e18 + 7);
        bytes32[] memory path = new bytes32[](17);
        bytes32 node = keccak256(abi.encodePacked(header.seq, RoundRows.pack(row)));
        for (uint256 index; index < path.length; ++index) {
            path[index] = keccak256(abi.encode("sibling", index));
            node = keccak256(
                node < path[index] ? abi.encodePacked(node, path[index]) : abi.encodePacked(path[index], node)
            );
        }
        QuorumSignature memory quorum = _signDigest(lanes.roundDigest(header, node), THREE_OF_FIVE);
        vm.prank(KEEPER, KEEPER);
        lanes.publishMarginRoot(header, node, quorum);
        root = recordLastCall(rootName);
        vm.prank(KEEPER, KEEPER);
        lanes.proveMargin(header.seq, header.observedAt, row, path);
        proof = recordLastCall(proofName);
    }

    function test_prices() public {
        _measurePrices("publish_prices_20_first", 20);
        vm.warp(MIDNIGHT + 60);
        assertLt(_measurePrices("publish_prices_20", 20), 260_000, "twenty");
        vm.warp(MIDNIGHT + 120);
        assertLt(_measurePrices("publish_prices_1", 1), 90_000, "one");
    }

    /// @dev A contract's rows are not in the transaction's calldata for sure, so they are logged.
    function test_pricesByAContract() public {
        _measurePricesOf(address(lanes), "publish_prices_20_contract_first", 20);
        vm.warp(MIDNIGHT + 60);
        uint256 twenty = _measurePricesOf(address(lanes), "publish_prices_20_contract", 20);
        assertLt(twenty, 280_000, "twenty");
        vm.warp(MIDNIGHT + 120);
        assertLt(_measurePricesOf(address(lanes), "publish_prices_1_contract", 1), 100_000, "one");
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
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, THREE_OF_FIVE);
        vm.prank(KEEPER, KEEPER);
        lanes.publishMargins(header, packed, quorum);
        return recordLastCall(name);
    }

    function _measurePrices(string memory name, uint16 count) private returns (uint256) {
        return _measurePricesOf(KEEPER, name, count);
    }

    function _measurePricesOf(address publisher, string memory name, uint16 count) private returns (uint256) {
        PriceRow[] memory rows = new PriceRow[](count);
        for (uint16 index; index < count; ++index) {
            // two underlyings, the others listed for prices alone
            rows[index] = PriceRow(index < 2 ? index + 1 : 254 + index, SPOT + index, SPOT / 2_000);
        }
        Header memory header = _header(LANE_PRICES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, THREE_OF_FIVE);
        vm.prank(publisher, KEEPER);
        lanes.publishPrices(header, packed, quorum);
        return recordLastCall(name);
    }

    function _measureSurfaces(string memory name) private returns (uint256) {
        SurfaceRow[] memory rows = new SurfaceRow[](4);
        (rows[0], rows[1]) = (_surfaceRow(1, NEAR), _surfaceRow(1, FAR));
        (rows[2], rows[3]) = (_surfaceRow(2, NEAR), _surfaceRow(2, FAR));
        (rows[0].a, rows[0].b) = (0.0005e12, 0.001e12); // eight hours of variance
        (rows[2].a, rows[2].b) = (0.0005e12, 0.001e12);
        Header memory header = _header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        QuorumSignature memory quorum = _sign(header, packed, THREE_OF_FIVE);
        vm.prank(KEEPER, KEEPER);
        lanes.publishSurfaces(header, packed, quorum);
        return recordLastCall(name);
    }
}
