// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

import {PackedAttestation} from "contracts/libraries/PackedAttestation.sol";
import {PackedPrice} from "contracts/libraries/PackedPrice.sol";
import {PriceTerms} from "contracts/libraries/PriceTerms.sol";
import {RoundRows} from "contracts/libraries/RoundRows.sol";
import {Attestation} from "contracts/types/Attestation.sol";
import "contracts/types/Wire.sol";

/// @notice Every packed word and row: each field comes back whole, and changing one leaves its neighbours alone.
contract PackedFieldsPropTest is Test {
    // ---- the price slot ----

    function testFuzz_aPriceComesBackWhole(
        uint96 price,
        uint96 confidence,
        uint40 time,
        int96 index,
        uint8 standing
    ) public pure {
        standing %= 16;
        price = uint96(bound(price, 1, type(uint96).max));
        confidence = uint96(bound(confidence, 0, price / 2));
        index = int96(bound(index, -PackedPrice.MOST_FUNDING_INDEX, PackedPrice.MOST_FUNDING_INDEX));
        uint256 word = PackedPrice.pack(price, confidence, time, index, standing);
        assertEq(PackedPrice.priceOf(word), price, "price");
        assertEq(PackedPrice.observedAtOf(word), time, "observed");
        assertEq(PackedPrice.fundingIndexOf(word), index, "funding");
        assertEq(PackedPrice.standingOf(word), standing, "standing");
        uint256 kept = PackedPrice.confidenceOf(word);
        assertGe(kept, confidence, "never narrower than signed");
        assertLe(kept, uint256(confidence) + price / 1e6 + 1, "wider by a millionth of the price at most");
    }

    function testFuzz_whatSurelyCoversIsCovered(uint96 price, uint96 other, uint96 confidence, uint96 more)
        public
        pure
    {
        price = uint96(bound(price, 1, type(uint96).max));
        other = uint96(bound(other, price / 2 + 1, price));
        uint256 a = PackedPrice.pack(price, uint96(bound(confidence, 0, price / 2)), 1);
        uint256 b = PackedPrice.pack(other, uint96(bound(more, 0, other / 2)), 1);
        uint256 confidences = PackedPrice.confidenceOf(a) + PackedPrice.confidenceOf(b);
        bool isSure = PackedPrice.surelyCover(a, b);
        if (isSure) assertLe(price - other, confidences, "sure");
        else assertGe(uint256(price - other) + 2, confidences, "within what rounding adds");
    }

    function testFuzz_aFundingIndexBeyondItsFieldSaturatesAndTouchesNothing(int256 index, uint96 price)
        public
        pure
    {
        price = uint96(bound(price, 1, type(uint96).max));
        uint256 word = PackedPrice.pack(price, price / 2, 7, index, 15);
        int256 most = PackedPrice.MOST_FUNDING_INDEX;
        int256 wanted = index > most ? most : index < -most ? -most : index;
        assertEq(PackedPrice.fundingIndexOf(word), wanted, "funding");
        assertEq(PackedPrice.priceOf(word), price, "price");
        assertEq(PackedPrice.observedAtOf(word), 7, "observed");
        assertEq(PackedPrice.standingOf(word), 15, "standing");
        assertEq(
            PackedPrice.confidenceOf(word), (uint256(price) * _halfOf(price) + 999_999) / 1e6, "confidence"
        );
    }

    function _halfOf(uint96 price) private pure returns (uint256) {
        return (uint256(price / 2) * 1e6 + price - 1) / price;
    }

    // ---- the attestation slot ----

    function testFuzz_anAttestationComesBackWhole(Attestation memory value, uint40 risesAt, uint40 time)
        public
        pure
    {
        (value.risesAt, value.observedAt) = (risesAt, time);
        Attestation memory read = PackedAttestation.unpack(PackedAttestation.pack(value));
        assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(value)));
    }

    function testFuzz_eachAttestationFieldHasItsOwnBits(Attestation memory value, uint8 field, uint64 other)
        public
        pure
    {
        (value.risesAt, value.observedAt) = (uint40(value.risesAt), uint40(value.observedAt));
        uint256 before = PackedAttestation.pack(value);
        uint256 mask;
        field = field % 7;
        if (field == 0) (value.portfolioNonce, mask) = (other, uint256(type(uint64).max) << 192);
        else if (field == 1) (value.initialRatioBps, mask) = (uint16(other), uint256(0xffff) << 176);
        else if (field == 2) (value.maintenanceRatioBps, mask) = (uint16(other), uint256(0xffff) << 160);
        else if (field == 3) (value.risesFromBps, mask) = (uint16(other), uint256(0xffff) << 144);
        else if (field == 4) (value.risesAt, mask) = (uint40(other), uint256(type(uint40).max) << 104);
        else if (field == 5) (value.observedAt, mask) = (uint40(other), uint256(type(uint40).max) << 64);
        else (value.proofs, mask) = (other, type(uint64).max);
        assertEq((before ^ PackedAttestation.pack(value)) & ~mask, 0, "neighbours untouched");
    }

    // ---- five underlyings to a slot, or 256 ----

    function testFuzz_listingOneUnderlyingTouchesNoOther(uint256 word, uint16 underlying, int64 rate)
        public
        pure
    {
        underlying = uint16(bound(underlying, 0, 250));
        rate = int64(bound(rate, -10e12, 10e12));
        uint256 changed = PriceTerms.list(word, underlying, rate);
        (bool listed, int256 read) = PriceTerms.read(changed, underlying);
        assertTrue(listed, "listed");
        assertEq(read, rate, "rate");
        for (uint16 other = underlying + 1; other < underlying + 5; ++other) {
            (bool wasListed, int256 was) = PriceTerms.read(word, other);
            (bool isListed, int256 is_) = PriceTerms.read(changed, other);
            assertEq(isListed, wasListed, "another's listing");
            assertEq(is_, was, "another's rate");
        }
        assertEq(changed >> 255, word >> 255, "the unused bit");
    }

    function testFuzz_listingOneForPricesAloneTouchesNoOther(uint256 word, uint16 underlying, uint8 ahead)
        public
        pure
    {
        underlying = uint16(bound(underlying, 256, type(uint16).max - 255));
        uint256 changed = PriceTerms.list(word, underlying, 0);
        assertEq(changed, word | (1 << (underlying % 256)), "one bit");
        (bool listed, int256 rate) = PriceTerms.read(changed, underlying);
        assertTrue(listed, "listed");
        assertEq(rate, 0, "no funding");
        uint16 other = underlying + ahead;
        if (ahead == 0 || PriceTerms.slotOf(other) != PriceTerms.slotOf(underlying)) return;
        (bool wasListed,) = PriceTerms.read(word, other);
        (bool isListed,) = PriceTerms.read(changed, other);
        assertEq(isListed, wasListed, "another's listing");
    }

    function test_noTwoUnderlyingsShareTheirBits() public pure {
        uint256 last;
        for (uint16 underlying = 1; underlying < 1024; ++underlying) {
            uint256 slot = PriceTerms.slotOf(underlying);
            bool isFirst = underlying < 256 ? underlying % 5 == 0 : underlying % 256 == 0;
            assertEq(slot, isFirst ? last + 1 : last, "slots follow each other");
            last = slot;
        }
    }

    function test_nothingIsListedInAnEmptySlot() public pure {
        for (uint16 underlying; underlying < 5; ++underlying) {
            (bool listed, int256 rate) = PriceTerms.read(0, underlying);
            assertFalse(listed);
            assertEq(rate, 0);
        }
    }

    // ---- rows ----

    function testFuzz_priceRowsComeBackWhole(PriceRow[] memory rows) public view {
        vm.assume(rows.length != 0);
        this.checkPrices(RoundRows.pack(rows), rows);
    }

    function testFuzz_surfaceRowsComeBackWhole(SurfaceRow[] memory rows) public view {
        vm.assume(rows.length != 0);
        this.checkSurfaces(RoundRows.pack(rows), rows);
    }

    function testFuzz_marginRowsComeBackWhole(MarginRow[] memory rows) public view {
        vm.assume(rows.length != 0);
        this.checkMargins(RoundRows.pack(rows), rows);
    }

    function checkPrices(bytes calldata packed, PriceRow[] calldata rows) external pure {
        assertEq(RoundRows.count(packed, RoundRows.PRICE_LENGTH), rows.length);
        for (uint256 i; i < rows.length; ++i) {
            PriceRow memory read;
            (read.underlying, read.price, read.confidence) = RoundRows.price(packed, i);
            assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(rows[i])));
        }
    }

    function checkSurfaces(bytes calldata packed, SurfaceRow[] calldata rows) external pure {
        assertEq(RoundRows.count(packed, RoundRows.SURFACE_LENGTH), rows.length);
        for (uint256 i; i < rows.length; ++i) {
            assertEq(keccak256(abi.encode(RoundRows.surface(packed, i))), keccak256(abi.encode(rows[i])));
        }
    }

    function checkMargins(bytes calldata packed, MarginRow[] calldata rows) external pure {
        assertEq(RoundRows.count(packed, RoundRows.MARGIN_LENGTH), rows.length);
        for (uint256 i; i < rows.length; ++i) {
            MarginRow memory read = rows[i]; // the amounts are for the record
            (read.account, read.portfolioNonce, read.initialRatioBps, read.maintenanceRatioBps) =
                RoundRows.margin(packed, i);
            assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(rows[i])));
        }
    }
}
