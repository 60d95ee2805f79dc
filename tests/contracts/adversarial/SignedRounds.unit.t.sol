// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "contracts/interfaces/IMarginAccounts.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import "contracts/types/Wire.sol";

import {LanesFixture} from "../oracle/LanesFixture.sol";

/// @notice Whoever holds signed rounds chooses which to submit, when, where and in which form. Classes 2 and 3 of the
/// vulnerabilities this project tests for: stale, replayed and selected rounds; other chains, contracts and encodings.
contract SignedRoundsTest is LanesFixture {
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    Header private header;
    bytes private rows;
    QuorumSignature private quorum;

    function setUp() public override {
        super.setUp();
        header = _header(LANE_PRICES);
        rows = RoundRows.pack(_prices(SPOT));
        quorum = _sign(header, rows, 3);
    }

    // ---- class 2: which round, and when ----

    function test_ofTwoSignedRoundsForOnePlaceTheFirstVoidsTheOther() public {
        bytes memory dearer = RoundRows.pack(_prices(2 * SPOT));
        QuorumSignature memory second = _sign(header, dearer, 6);
        lanes.publishPrices(header, rows, quorum);
        _expectRefused(header, dearer, second, ISignedLanes.WrongSequence.selector);
        assertEq(lanes.priceInterval(1).price, SPOT);
    }

    function test_aWithheldRoundIsNoChoiceLater() public {
        vm.warp(MIDNIGHT + 30);
        _publish(_prices(2 * SPOT)); // signed by the quorum for the same sequence number, later
        _expectRefused(header, rows, quorum, ISignedLanes.WrongSequence.selector);
    }

    /// @dev A quorum that signs an older observation for the next sequence number is refused per row.
    function test_noRowGoesBackInTime() public {
        vm.warp(MIDNIGHT + 30);
        _publish(_prices(2 * SPOT));
        header.seq = 2;
        _expectRefused(header, rows, _sign(header, rows, 3), ISignedLanes.ObservedBackwards.selector);
        assertEq(lanes.priceInterval(1).observedAt, MIDNIGHT + 30);
    }

    function testFuzz_aRoundDiesWithItsValidity(uint32 late) public {
        vm.warp(header.validUntil + bound(late, 1, type(uint32).max));
        _expectRefused(header, rows, quorum, ISignedLanes.RoundExpired.selector);
    }

    function test_aRefusedRoundLeavesNoTrace() public {
        (uint64 seq, bytes24 hash) = lanes.laneTrail(LANE_PRICES);
        bytes memory unlisted = abi.encodePacked(rows, uint16(3), SPOT, uint96(1));
        QuorumSignature memory signed = _sign(header, unlisted, 3);
        vm.expectRevert();
        lanes.publishPrices(header, unlisted, signed);
        (uint64 seqAfter, bytes24 hashAfter) = lanes.laneTrail(LANE_PRICES);
        assertEq(seqAfter, seq, "sequence");
        assertEq(bytes32(hashAfter), bytes32(hash), "trail");
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.NoPrice.selector, 1));
        lanes.priceInterval(1);
    }

    // ---- class 3: where ----

    function testFuzz_aForkHasItsOwnDomain(uint64 chain) public {
        vm.assume(chain != block.chainid);
        bytes32 here = lanes.domainSeparator();
        vm.chainId(chain);
        assertNotEq(lanes.domainSeparator(), here, "derived at each use, not kept");
        _expectRefused(header, rows, quorum, ISignedLanes.WrongConfigDigest.selector);
    }

    function test_aTwinContractWithTheSameSignersRefuses() public {
        SignedLanes twin = new SignedLanes(address(manager), parameters, IMarginAccounts(address(ledger)));
        twin.setSigners(_addresses(keys), 2);
        header.configDigest = twin.configDigest(); // even claiming its configuration
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        twin.publishPrices(header, rows, quorum);
    }

    function testFuzz_noLaneTakesAnothersRound(uint8 lane) public {
        lane = uint8(bound(lane, 1, 255));
        header.lane = lane;
        QuorumSignature memory signed = _sign(header, rows, 3);
        _expectRefused(header, rows, signed, ISignedLanes.WrongLane.selector);
    }

    // ---- class 3: by whom ----

    function test_aRevokedSignersSignatureIsWorthNothing() public {
        lanes.revokeSigner(vm.addr(keys[0]));
        _expectRefused(header, rows, quorum, ISignedLanes.WrongConfigDigest.selector);
        header.configDigest = lanes.configDigest();
        _expectRefused(header, rows, _sign(header, rows, 3), ISignedLanes.WrongSignature.selector);
    }

    function test_aThresholdRaisedInBetweenVoidsWhatWasSigned() public {
        lanes.setSigners(_addresses(keys), 3);
        _expectRefused(header, rows, quorum, ISignedLanes.WrongConfigDigest.selector);
        header.configDigest = lanes.configDigest();
        _expectRefused(header, rows, _sign(header, rows, 3), ISignedLanes.TooFewSigners.selector);
    }

    function testFuzz_signersInAnyOtherOrderAreRefused(uint256 seed) public {
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        uint256 first = seed % 3;
        uint256 second = (seed >> 8) % 3;
        vm.assume(first >= second); // descending or the same twice
        bytes memory both = bytes.concat(
            _signDigest(digest, 1 << first).signatures, _signDigest(digest, 1 << second).signatures
        );
        uint256 claimed = first == second ? 3 : (1 << first) | (1 << second);
        _expectRefused(header, rows, QuorumSignature(claimed, both), ISignedLanes.WrongSignature.selector);
    }

    function testFuzz_aStrangersKeyNeverCounts(uint256 key, uint8 place) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        place = place % 2;
        vm.assume(vm.addr(key) != vm.addr(keys[place]));
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digest);
        bytes memory honest = _signDigest(digest, 1 << (1 - place)).signatures;
        bytes memory forged = abi.encodePacked(r, vs);
        bytes memory both = place == 0 ? bytes.concat(forged, honest) : bytes.concat(honest, forged);
        _expectRefused(header, rows, QuorumSignature(3, both), ISignedLanes.WrongSignature.selector);
    }

    // ---- class 3: in which form ----

    function testFuzz_everyOtherFormOfASignatureIsRefused(uint8 form) public {
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], digest);
        bytes memory other;
        form = form % 4;
        if (form == 0) other = abi.encodePacked(r, s, v); // 65 bytes
        else if (form == 1) other = abi.encodePacked(r, CURVE_ORDER - uint256(s)); // the high twin
        else if (form == 2) other = abi.encodePacked(r, uint256(s) ^ (1 << 255)); // the other parity
        else other = abi.encodePacked(bytes32(0), bytes32(0)); // recovers nobody
        if (form == 2 && v == 28) other = abi.encodePacked(r, s);
        bytes memory both = bytes.concat(other, _signDigest(digest, 2).signatures);
        bytes4 reason =
            form == 0 ? ISignedLanes.MalformedSignatures.selector : ISignedLanes.WrongSignature.selector;
        _expectRefused(header, rows, QuorumSignature(3, both), reason);
    }

    /// @dev Rows have one form: a byte more or less is another number of rows or none.
    function testFuzz_rowsOfAnyOtherLengthAreRefused(uint8 length) public {
        vm.assume(length % 26 != 0);
        bytes memory ragged = new bytes(length);
        QuorumSignature memory signed = _sign(header, ragged, 3);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.MalformedRows.selector, length, 26));
        lanes.publishPrices(header, ragged, signed);
    }

    function testFuzz_anyFlippedBitOfTheRowsBreaksTheSignatures(uint8 bit) public {
        bit = uint8(bound(bit, 0, 26 * 8 - 1));
        bytes memory flipped = rows;
        flipped[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _expectRefused(header, flipped, quorum, ISignedLanes.WrongSignature.selector);
    }

    function testFuzz_anyChangedHeaderFieldIsRefused(uint8 field, uint64 change) public {
        change = uint64(bound(change, 1, 30));
        field = field % 7;
        Header memory changed = header;
        if (field == 0) changed.configDigest = bytes32(uint256(changed.configDigest) ^ change);
        else if (field == 1) changed.lane ^= uint8(change);
        else if (field == 2) changed.seq += change;
        else if (field == 3) changed.observedAt -= change;
        else if (field == 4) changed.validUntil += change;
        else if (field == 5) changed.snapshot = bytes32(uint256(changed.snapshot) ^ change);
        else changed.model = bytes32(uint256(changed.model) ^ change);
        vm.expectRevert();
        lanes.publishPrices(changed, rows, quorum);
    }

    function _expectRefused(
        Header memory head,
        bytes memory packed,
        QuorumSignature memory signed,
        bytes4 reason
    ) private {
        vm.expectPartialRevert(reason);
        lanes.publishPrices(head, packed, signed);
    }
}
