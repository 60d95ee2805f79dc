// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PriceBandMock} from "../mocks/PriceBandMock.sol";
import {TradeSettlement} from "contracts/accounts/TradeSettlement.sol";
import {Order} from "contracts/interfaces/ITradeSettlement.sol";
import {Policy, PolicyLimits} from "contracts/interfaces/IPolicyLane.sol";
import {StateLimits} from "contracts/interfaces/IStateLane.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {SurfaceVolatility} from "contracts/libraries/SurfaceVolatility.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import {Attestation} from "contracts/types/Attestation.sol";
import {PolicyLane} from "contracts/parameters/PolicyLane.sol";
import {StateLane} from "contracts/parameters/StateLane.sol";
import "contracts/types/Wire.sol";

import {SystemParameters} from "../SystemParameters.sol";
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

    function test_packedRowsHashToWhatIsSigned() public view {
        string[3] memory names = [".prices", ".surfaces", ".margins"];
        for (uint256 index; index < names.length; ++index) {
            bytes memory packed = _bytes(string.concat(names[index], ".packedRows"));
            assertEq(keccak256(packed), _bytes32(string.concat(names[index], ".rowsHash")), names[index]);
        }
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
        lanes.publishPrices(_headerOf(".prices"), _bytes(".prices.packedRows"), _quorum(".prices"));
        lanes.publishSurfaces(_headerOf(".surfaces"), _bytes(".surfaces.packedRows"), _quorum(".surfaces"));
        lanes.publishMargins(_headerOf(".margins"), _bytes(".margins.packedRows"), _quorum(".margins"));
        assertEq(lanes.priceInterval(2).price, 1_500e18, "price");
        (SurfaceRow memory surface,) = lanes.surface(2, FAR);
        assertEq(surface.basis, -0.0015e12, "basis");
        Attestation memory margin = lanes.attestation(5);
        assertEq(margin.maintenanceRatioBps, 20_000, "maintenance");
        assertEq(margin.observedAt, MIDNIGHT - 5, "observed");
    }

    function test_surfaceVolatilities() public view {
        for (uint256 index; index < 2; ++index) {
            SurfaceRow memory row = this.surfaceAt(_bytes(".surfaces.packedRows"), index);
            string memory key = string.concat(".surfaceVolatilities[", vm.toString(index), "]");
            uint256[] memory wanted = vm.parseJsonUintArray(vectors, key);
            uint256[3] memory bps = SurfaceVolatility.ofRow(row, MIDNIGHT - 5);
            for (uint256 point; point < 3; ++point) {
                assertEq(bps[point], wanted[point], key);
            }
        }
    }

    function surfaceAt(bytes calldata packed, uint256 index) external pure returns (SurfaceRow memory) {
        return RoundRows.surface(packed, index);
    }

    function test_aRootSignedInPythonIsProvenByItsPaths() public {
        lanes.publishMarginRoot(
            _headerOf(".marginRoots"), _bytes32(".marginRoots.rowsHash"), _quorum(".marginRoots")
        );
        MarginRow memory row = MarginRow(5, 50, 20_000, 20_000, type(uint96).max, type(uint96).max);
        bytes32[] memory path = vm.parseJsonBytes32Array(vectors, ".marginRoots.paths[2]");
        lanes.proveMargin(1, MIDNIGHT - 5, row, path);
        row = MarginRow(2, 20, 8_000, 8_000, 0, 0);
        lanes.proveMargin(1, MIDNIGHT - 5, row, vm.parseJsonBytes32Array(vectors, ".marginRoots.paths[1]"));
        assertEq(lanes.attestation(2).maintenanceRatioBps, 8_000, "a pair");
        assertEq(lanes.attestation(5).initialRatioBps, 20_000, "the one without a sibling");
    }

    function test_aStateRoundSignedInPythonIsAccepted() public {
        StateLane state = StateLane(vm.parseJsonAddress(vectors, ".state.contract"));
        _construct(
            address(state),
            abi.encodePacked(type(StateLane).creationCode, abi.encode(manager, lanes, parameters))
        );
        manager.setTargetFunctionRole(address(parameters), SystemParameters.stateSelectors(), 9);
        manager.grantRole(9, address(state), 0);
        state.setStateLimits(abi.decode(_words(".state.limits"), (StateLimits)));
        lanes.publishPrices(_headerOf(".prices"), _bytes(".prices.packedRows"), _quorum(".prices"));
        bytes memory rows = _bytes(".state.packedRows");
        assertEq(keccak256(rows), _bytes32(".state.rowsHash"), "rows");
        assertEq(state.configDigest(), _bytes32(".state.configDigest"), "configuration");
        state.publishState(_headerOf(".state"), rows, _quorum(".state"));
        assertEq(parameters.perpetualPremium(2), -0.0025e18, "half a window of the sample");
    }

    function test_aPolicyRoundSignedInPythonIsAccepted() public {
        PolicyLane lane = PolicyLane(vm.parseJsonAddress(vectors, ".policy.contract"));
        _construct(
            address(lane),
            abi.encodePacked(
                type(PolicyLane).creationCode, abi.encode(manager, lanes, parameters, address(0))
            )
        );
        lane.setPolicyLimits(abi.decode(_words(".policy.limits"), (PolicyLimits)));
        Policy memory newest = abi.decode(_bytes(".policy.encodedNewest"), (Policy));
        Policy memory target = abi.decode(_bytes(".policy.encodedTarget"), (Policy));
        assertEq(lane.digestOf(newest), _bytes32(".policy.newestDigest"), "newest");
        assertEq(lane.newestPolicy(), lane.digestOf(newest), "is in force");
        assertEq(lane.configDigest(), _bytes32(".policy.configDigest"), "configuration");
        lane.publishPolicy(_headerOf(".policy"), newest, target, _quorum(".policy"));
        assertEq(lane.newestPolicy(), lane.digestOf(target), "accepted");
    }

    function test_orderHash() public {
        address target = vm.parseJsonAddress(vectors, ".order.contract");
        bytes memory arguments = abi.encode(ledger, parameters, address(0), new PriceBandMock());
        _construct(target, abi.encodePacked(type(TradeSettlement).creationCode, arguments));
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

    /// @dev A list of numbers as the words of a struct.
    function _words(string memory key) private view returns (bytes memory) {
        return abi.encodePacked(vm.parseJsonUintArray(vectors, key));
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
