// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "contracts/interfaces/IMarginAccounts.sol";
import {LaneLimits} from "contracts/interfaces/IRiskParameters.sol";
import {ISignedLanes} from "contracts/interfaces/ISignedLanes.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {SignedLanes} from "contracts/oracle/SignedLanes.sol";
import "contracts/types/Wire.sol";

import {ParameterFixtures} from "../parameters/ParameterFixtures.sol";
import {LanesFixture} from "./LanesFixture.sol";

contract RoundGateTest is LanesFixture {
    Header private header;
    bytes private rows;

    function setUp() public override {
        super.setUp();
        header = _header(LANE_PRICES);
        rows = _two(SPOT, 3_000e18);
    }

    // ---- accepted ----

    function test_anyoneMaySubmitASignedRound() public {
        QuorumSignature memory quorum = _sign(header, rows, 5);
        vm.prank(makeAddr("passer-by"));
        lanes.publishPrices(header, rows, quorum);
        assertEq(lanes.lastSequence(LANE_PRICES), 1, "sequence");
        assertEq(lanes.priceInterval(1).observedAt, MIDNIGHT, "observed");
    }

    function testFuzz_anyMajorityIsEnoughAndAnyMinorityIsNot(uint8 bitmap) public {
        bitmap = uint8(bound(bitmap, 0, 7));
        QuorumSignature memory quorum = _sign(header, rows, bitmap);
        uint256 given = (bitmap & 1) + ((bitmap >> 1) & 1) + (bitmap >> 2);
        if (given < 2) {
            vm.expectRevert(abi.encodeWithSelector(ISignedLanes.TooFewSigners.selector, given, 2));
        }
        lanes.publishPrices(header, rows, quorum);
    }

    function test_sequencesOfLanesAreIndependent() public {
        _publishPacked(rows);
        _publishPacked(rows);
        _publish(_margins(1));
        _publish(_surfaces());
        assertEq(lanes.lastSequence(LANE_PRICES), 2, "prices");
        assertEq(lanes.lastSequence(LANE_MARGINS), 1, "margins");
        assertEq(lanes.lastSequence(LANE_SURFACES), 1, "surfaces");
    }

    function testFuzz_rowsHashIsThatOfThePackedBytes(uint96 price, uint96 confidence, uint8 count) public {
        price = uint96(bound(price, 2, type(uint96).max));
        confidence = uint96(bound(confidence, 0, price / 2));
        count = uint8(bound(count, 1, 2));
        PriceRow[] memory list = new PriceRow[](count);
        for (uint16 index; index < count; ++index) {
            list[index] = PriceRow(index + 1, price, confidence);
        }
        _publish(list); // signed over keccak256 of 26 bytes a row
        assertEq(lanes.priceInterval(count).price, price);
    }

    // ---- refused by header ----

    function test_aRoundForAnotherContractIsRefused() public {
        SignedLanes other = new SignedLanes(address(manager), parameters, IMarginAccounts(address(ledger)));
        other.setSigners(_addresses(keys), 2);
        QuorumSignature memory quorum = _sign(header, rows, 3);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISignedLanes.WrongConfigDigest.selector, header.configDigest, other.configDigest()
            )
        );
        other.publishPrices(header, rows, quorum);
    }

    function test_aSignatureForAnotherContractIsRefusedEvenUnderTheRightConfigDigest() public {
        SignedLanes other = new SignedLanes(address(manager), parameters, IMarginAccounts(address(ledger)));
        bytes32 digest = other.roundDigest(header, keccak256(rows));
        _expectWrongSignature(_signDigest(digest, 3));
    }

    function test_aRoundForAnotherChainIsRefused() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        vm.chainId(block.chainid + 1);
        _expectWrongConfig(quorum);
    }

    function test_aSignatureForAnotherChainIsRefusedEvenUnderTheRightConfigDigest() public {
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        vm.chainId(chain);
        _expectWrongSignature(_signDigest(digest, 3));
    }

    function test_aParameterChangeVoidsEverySignatureBefore() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        LaneLimits memory limits = ParameterFixtures.laneLimits();
        limits.haltAge += 1;
        parameters.setLaneLimits(limits);
        _expectWrongConfig(quorum);
    }

    function test_aReplacedSignerSetVoidsEverySignatureBefore() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        lanes.setSigners(_addresses(keys), 2); // the very same signers
        _expectWrongConfig(quorum);
    }

    function test_anotherLanesRoundIsRefused() public {
        header.lane = LANE_SURFACES;
        _expectRevert(abi.encodeWithSelector(ISignedLanes.WrongLane.selector, LANE_SURFACES, LANE_PRICES));
    }

    function test_aRoundIsAcceptedOnceOnly() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        lanes.publishPrices(header, rows, quorum);
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.WrongSequence.selector, 1, 2));
        lanes.publishPrices(header, rows, quorum);
    }

    function testFuzz_onlyTheNextSequenceIsAccepted(uint64 seq) public {
        _publishPacked(rows);
        vm.assume(seq != 2);
        header.seq = seq;
        _expectRevert(abi.encodeWithSelector(ISignedLanes.WrongSequence.selector, seq, 2));
    }

    function test_observationsMayStandStillButNotGoBack() public {
        _publishPacked(rows);
        header.seq = 2;
        header.observedAt = MIDNIGHT - 1;
        _expectRevert(abi.encodeWithSelector(ISignedLanes.ObservedBackwards.selector, MIDNIGHT - 1, MIDNIGHT));
        header.observedAt = MIDNIGHT;
        lanes.publishPrices(header, rows, _sign(header, rows, 3));
    }

    function testFuzz_futureObservationsAreRefused(uint64 ahead) public {
        header.observedAt = MIDNIGHT + uint64(bound(ahead, 1, type(uint64).max - MIDNIGHT));
        header.validUntil = type(uint64).max;
        _expectRevert(
            abi.encodeWithSelector(ISignedLanes.ObservedInFuture.selector, header.observedAt, MIDNIGHT)
        );
    }

    function test_aRoundIsValidUpToItsLastSecond() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        vm.warp(header.validUntil + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISignedLanes.RoundExpired.selector, header.validUntil, header.validUntil + 1
            )
        );
        lanes.publishPrices(header, rows, quorum);
        vm.warp(header.validUntil);
        lanes.publishPrices(header, rows, quorum);
    }

    function test_aRoundMayNotClaimALongValidity() public {
        header.validUntil = header.observedAt + 15 minutes + 1;
        _expectRevert(abi.encodeWithSelector(ISignedLanes.ValidityTooLong.selector, 901, 900));
        header.validUntil = header.observedAt + 15 minutes;
        lanes.publishPrices(header, rows, _sign(header, rows, 3));
    }

    function test_anEmptyRoundIsRefusedOnEveryLane() public {
        QuorumSignature memory quorum;
        vm.expectRevert(ISignedLanes.EmptyRound.selector);
        lanes.publishPrices(header, "", quorum);
        vm.expectRevert(ISignedLanes.EmptyRound.selector);
        lanes.publishSurfaces(header, "", quorum);
        vm.expectRevert(ISignedLanes.EmptyRound.selector);
        lanes.publishMargins(header, "", quorum);
    }

    // ---- refused by signatures ----

    function test_aChangedRowBreaksTheSignature() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        rows = _two(SPOT, 3_000e18 + 1);
        _expectWrongSignature(quorum);
    }

    function test_signaturesInTheWrongOrderAreRefused() public {
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        bytes memory first = _signDigest(digest, 1).signatures;
        bytes memory second = _signDigest(digest, 2).signatures;
        _expectWrongSignature(QuorumSignature(3, bytes.concat(second, first)));
    }

    function test_oneSignerCannotSignTwice() public {
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        bytes memory first = _signDigest(digest, 1).signatures;
        QuorumSignature memory quorum = QuorumSignature(3, bytes.concat(first, first));
        vm.expectRevert(
            abi.encodeWithSelector(
                ISignedLanes.WrongSignature.selector, 1, vm.addr(keys[0]), vm.addr(keys[1])
            )
        );
        lanes.publishPrices(header, rows, quorum);
    }

    function test_signersBeyondTheSetAreUnknown() public {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        quorum.signerBitmap |= 1 << 3;
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.UnknownSigner.selector, 3));
        lanes.publishPrices(header, rows, quorum);
        quorum.signerBitmap |= 1 << 255;
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.UnknownSigner.selector, 255));
        lanes.publishPrices(header, rows, quorum);
    }

    function testFuzz_theLengthIsSixtyFourBytesForEachBit(uint16 length) public {
        length = uint16(bound(length, 0, 300));
        vm.assume(length != 128);
        QuorumSignature memory quorum = QuorumSignature(3, new bytes(length));
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.MalformedSignatures.selector, length, 128));
        lanes.publishPrices(header, rows, quorum);
    }

    function test_theHighTwinOfASignatureIsRefused() public {
        bytes32 digest = lanes.roundDigest(header, keccak256(rows));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 twin = bytes32(order - uint256(s)); // its top bit is set: it reads as a parity
        assertEq(ecrecover(digest, 55 - v, r, twin), vm.addr(keys[0]), "a valid twin");
        bytes memory second = _signDigest(digest, 2).signatures;
        _expectWrongSignature(QuorumSignature(3, bytes.concat(r, twin, second)));
    }

    function test_aSignatureThatRecoversNobodyIsRefused() public {
        QuorumSignature memory quorum = QuorumSignature(3, new bytes(128));
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.WrongSignature.selector, 0, address(0), vm.addr(keys[0]))
        );
        lanes.publishPrices(header, rows, quorum);
    }

    function testFuzz_randomSignaturesAreRefused(bytes32 r, bytes32 vs, bytes32 r2, bytes32 vs2) public {
        QuorumSignature memory quorum = QuorumSignature(6, abi.encodePacked(r, vs, r2, vs2));
        _expectWrongSignature(quorum);
    }

    function test_beforeSignersAreSetNothingIsAccepted() public {
        lanes = new SignedLanes(address(manager), parameters, IMarginAccounts(address(ledger)));
        header = _header(LANE_PRICES);
        QuorumSignature memory quorum;
        vm.expectRevert(abi.encodeWithSelector(ISignedLanes.TooFewSigners.selector, 0, 0));
        lanes.publishPrices(header, rows, quorum);
    }

    // ---- helpers ----

    function _two(uint96 first, uint96 second) private pure returns (bytes memory) {
        PriceRow[] memory list = new PriceRow[](2);
        (list[0], list[1]) = (PriceRow(1, first, 50e18), PriceRow(2, second, 3e18));
        return RoundRows.pack(list);
    }

    function _expectRevert(bytes memory reason) private {
        QuorumSignature memory quorum = _sign(header, rows, 3);
        vm.expectRevert(reason);
        lanes.publishPrices(header, rows, quorum);
    }

    function _expectWrongConfig(QuorumSignature memory quorum) private {
        bytes32 current = lanes.configDigest();
        assertNotEq(header.configDigest, current, "the configuration has changed");
        vm.expectRevert(
            abi.encodeWithSelector(ISignedLanes.WrongConfigDigest.selector, header.configDigest, current)
        );
        lanes.publishPrices(header, rows, quorum);
    }

    function _expectWrongSignature(QuorumSignature memory quorum) private {
        vm.expectPartialRevert(ISignedLanes.WrongSignature.selector);
        lanes.publishPrices(header, rows, quorum);
    }
}
