// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";

import {IMarginAccounts} from "contracts/interfaces/IMarginAccounts.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import {RiskParameters} from "contracts/parameters/RiskParameters.sol";
import "contracts/types/Wire.sol";

import {NonceLedger} from "../mocks/NonceLedger.sol";
import {ParameterFixtures} from "../parameters/ParameterFixtures.sol";

/// @notice Two underlyings, two expiries, five accounts and a 2-of-3 quorum at 00:00 UTC.
abstract contract LanesFixture is Test {
    uint64 internal constant MIDNIGHT = 20_000 * 1 days;
    uint32 internal constant NEAR = uint32(MIDNIGHT + 8 hours);
    uint32 internal constant FAR = uint32(MIDNIGHT + 30 days + 8 hours);
    uint96 internal constant SPOT = 50_000e18;

    AccessManager internal manager;
    RiskParameters internal parameters;
    NonceLedger internal ledger;
    SignedLanes internal lanes;
    uint256[] internal keys;

    function setUp() public virtual {
        vm.warp(MIDNIGHT);
        manager = new AccessManager(address(this));
        parameters = new RiskParameters(address(manager));
        ParameterFixtures.setAll(parameters);
        parameters.listExpiry(NEAR);
        parameters.listExpiry(FAR);
        ledger = new NonceLedger();
        for (uint64 account = 1; account <= 5; ++account) {
            ledger.setNonce(account, 10 * account);
        }
        lanes = new SignedLanes(address(manager), parameters, IMarginAccounts(address(ledger)));
        keys = [uint256(0xA11CE), 0xB0B, 0xCA401];
        lanes.setSigners(_addresses(keys), 2);
    }

    // ---- rounds ----

    function _header(uint8 lane) internal view returns (Header memory) {
        uint64 now_ = uint64(vm.getBlockTimestamp());
        return Header({
            configDigest: lanes.configDigest(),
            lane: lane,
            seq: lanes.lastSequence(lane) + 1,
            observedAt: now_,
            validUntil: now_ + 60,
            snapshot: keccak256("snapshot"),
            model: keccak256("model")
        });
    }

    function _sign(Header memory header, bytes memory packedRows, uint256 bitmap)
        internal
        view
        returns (QuorumSignature memory)
    {
        return _signDigest(lanes.roundDigest(header, keccak256(packedRows)), bitmap);
    }

    function _signDigest(bytes32 digest, uint256 bitmap)
        internal
        view
        returns (QuorumSignature memory quorum)
    {
        quorum.signerBitmap = bitmap;
        for (uint256 index; index < keys.length; ++index) {
            if ((bitmap >> index) & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = vm.signCompact(keys[index], digest);
            quorum.signatures = abi.encodePacked(quorum.signatures, r, vs);
        }
    }

    function _publish(PriceRow[] memory rows) internal {
        _publishPacked(RoundRows.pack(rows));
    }

    function _publishPacked(bytes memory prices) internal {
        Header memory header = _header(LANE_PRICES);
        lanes.publishPrices(header, prices, _sign(header, prices, 3));
    }

    function _publish(SurfaceRow[] memory rows) internal {
        Header memory header = _header(LANE_SURFACES);
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishSurfaces(header, packed, _sign(header, packed, 5));
    }

    function _publish(MarginRow[] memory rows) internal {
        Header memory header = _header(LANE_MARGINS);
        bytes memory packed = RoundRows.pack(rows);
        lanes.publishMargins(header, packed, _sign(header, packed, 6));
    }

    function _publishPriceAt(uint256 time, uint96 price) internal {
        vm.warp(time);
        _publish(_prices(price));
    }

    // ---- rows ----

    function _prices(uint96 price) internal pure returns (PriceRow[] memory rows) {
        rows = new PriceRow[](1);
        rows[0] = PriceRow(1, price, price / 1_000);
    }

    /// @dev A 60% surface with mild skew, 30 days out.
    function _surfaceRow(uint16 underlying, uint32 expiry) internal pure returns (SurfaceRow memory) {
        return SurfaceRow({
            underlying: underlying,
            expiry: expiry,
            basis: 0.002e12,
            a: 0.01e12,
            b: 0.1e12,
            rho: -0.2e12,
            m: 0.01e12,
            sigma: 0.2e12
        });
    }

    function _surfaces() internal pure returns (SurfaceRow[] memory rows) {
        rows = new SurfaceRow[](2);
        rows[0] = _surfaceRow(1, FAR);
        rows[1] = _surfaceRow(2, FAR);
    }

    function _marginRow(uint64 account) internal pure returns (MarginRow memory) {
        return MarginRow(account, 10 * account, 12_000, 10_000, 1_000e18, 1_200e18);
    }

    function _margins(uint64 count) internal pure returns (MarginRow[] memory rows) {
        rows = new MarginRow[](count);
        for (uint64 index; index < count; ++index) {
            rows[index] = _marginRow(index + 1);
        }
    }

    function _addresses(uint256[] memory privateKeys) internal pure returns (address[] memory list) {
        list = new address[](privateKeys.length);
        for (uint256 index; index < list.length; ++index) {
            list[index] = vm.addr(privateKeys[index]);
        }
    }
}
