// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TradeSettlement} from "contracts/accounts/TradeSettlement.sol";
import {Order} from "contracts/interfaces/ITradeSettlement.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "./LanesFixture.sol";

/// @notice The contracts hash and accept what Python encoded and signed: tests/parity/generate_wire.py.
contract WireParityTest is LanesFixture {
    string private vectors;

    function setUp() public override {
        super.setUp();
        vectors = vm.readFile("tests/parity/vectors/wire.json");
        vm.chainId(_uint(".chainId"));
        address target = vm.parseJsonAddress(vectors, ".contract");
        _construct(
            target, abi.encodePacked(type(SignedLanes).creationCode, abi.encode(manager, parameters, ledger))
        );
        lanes = SignedLanes(target);
        lanes.setSigners(vm.parseJsonAddressArray(vectors, ".signers"), uint8(_uint(".threshold")));
    }

    function test_parametersDigest() public view {
        assertEq(parameters.parametersDigest(), _bytes32(".parametersDigest"));
    }

    function test_configDigestOnThisChainAndOnAnother() public {
        assertEq(lanes.epoch(), _uint(".epoch"), "epoch");
        assertEq(lanes.configDigest(), _bytes32(".configDigest"), "this chain");
        vm.chainId(_uint(".otherChainId"));
        assertEq(lanes.configDigest(), _bytes32(".otherChainConfigDigest"), "another chain");
    }

    function test_rowsReencodeToTheSameHash() public view {
        PriceRow[] memory prices = abi.decode(_bytes(".prices.encodedRows"), (PriceRow[]));
        assertEq(keccak256(abi.encode(prices)), _bytes32(".prices.rowsHash"), "prices");
        SurfaceRow[] memory surfaces = abi.decode(_bytes(".surfaces.encodedRows"), (SurfaceRow[]));
        assertEq(keccak256(abi.encode(surfaces)), _bytes32(".surfaces.rowsHash"), "surfaces");
        MarginRow[] memory margins = abi.decode(_bytes(".margins.encodedRows"), (MarginRow[]));
        assertEq(keccak256(abi.encode(margins)), _bytes32(".margins.rowsHash"), "margins");
    }

    function test_roundDigests() public view {
        string[3] memory names = [".prices", ".surfaces", ".margins"];
        for (uint256 index; index < names.length; ++index) {
            bytes32 rowsHash = _bytes32(string.concat(names[index], ".rowsHash"));
            assertEq(
                lanes.roundDigest(_headerOf(names[index]), rowsHash),
                _bytes32(string.concat(names[index], ".digest")),
                names[index]
            );
        }
    }

    function test_roundsSignedInPythonAreAccepted() public {
        lanes.publishPrices(
            _headerOf(".prices"), abi.decode(_bytes(".prices.encodedRows"), (PriceRow[])), _quorum(".prices")
        );
        lanes.publishSurfaces(
            _headerOf(".surfaces"),
            abi.decode(_bytes(".surfaces.encodedRows"), (SurfaceRow[])),
            _quorum(".surfaces")
        );
        lanes.publishMargins(
            _headerOf(".margins"),
            abi.decode(_bytes(".margins.encodedRows"), (MarginRow[])),
            _quorum(".margins")
        );
        assertEq(lanes.priceInterval(2).price, 1_500e18, "price");
        (SurfaceRow memory surface,) = lanes.surface(2, FAR);
        assertEq(surface.basis, -0.0015e12, "basis");
        (MarginRow memory margin, uint64 observedAt) = lanes.attestation(5);
        assertEq(margin.valueAtRisk, type(uint96).max, "value at risk");
        assertEq(observedAt, MIDNIGHT - 5, "observed");
    }

    function test_orderHash() public {
        address target = vm.parseJsonAddress(vectors, ".order.contract");
        _construct(
            target, abi.encodePacked(type(TradeSettlement).creationCode, abi.encode(ledger, parameters))
        );
        Order memory order = abi.decode(_bytes(".order.encodedOrder"), (Order));
        assertEq(TradeSettlement(target).orderHash(order), _bytes32(".order.orderHash"));
    }

    /// @dev Runs a constructor at an address of our choice: the vectors name the contracts' addresses.
    function _construct(address target, bytes memory creation) private {
        vm.etch(target, creation);
        (bool ok, bytes memory runtime) = target.call("");
        assertTrue(ok, "constructor");
        vm.etch(target, runtime);
    }

    function _headerOf(string memory name) private view returns (Header memory) {
        return abi.decode(_bytes(string.concat(name, ".encodedHeader")), (Header));
    }

    function _quorum(string memory name) private view returns (QuorumSignature memory) {
        return QuorumSignature(
            _uint(string.concat(name, ".signerBitmap")), _bytes(string.concat(name, ".signatures"))
        );
    }

    function _uint(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(vectors, key);
    }

    function _bytes(string memory key) private view returns (bytes memory) {
        return vm.parseJsonBytes(vectors, key);
    }

    function _bytes32(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(vectors, key);
    }
}
