"""Evidence bundles: canonical, content-addressed, whole or absent, and never trusted unread."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import pytest
import zstandard
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.errors import EvidenceError
from keeper.store import EvidenceStore, bundle_hash, canonical_json

BUNDLE = {"round": {"lane": 0, "seq": 7}, "prices": [{"underlying": 1, "price": Decimal("50000.10")}]}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Sample:
    amount: Decimal
    name: bytes
    colour: Colour


def test_a_bundle_reads_back_and_is_named_by_its_hash(tmp_path):
    store = EvidenceStore(tmp_path)
    name = store.write(BUNDLE)
    assert name == bundle_hash(BUNDLE) == keccak(canonical_json(BUNDLE))
    assert store.path(name).name == f"{name.hex()}.json.zst"
    assert store.read(name)["prices"][0]["price"] == "50000.10"
    assert name in store
    assert [path.name for path in tmp_path.iterdir()] == [store.path(name).name]


def test_key_order_does_not_change_the_hash_and_content_does():
    assert bundle_hash({"a": 1, "b": 2}) == bundle_hash({"b": 2, "a": 1})
    assert bundle_hash({"a": 1}) != bundle_hash({"a": 2})


def test_records_decimals_bytes_and_enums_have_one_json_form():
    sample = Sample(Decimal("1E+3"), b"\x01\xff", Colour.RED)
    assert canonical_json({"s": sample}) == b'{"s":{"amount":"1000","colour":"red","name":"0x01ff"}}'


@given(bundle=st.dictionaries(st.text(max_size=5), json_values, max_size=5))
@settings(max_examples=50, deadline=None)
def test_any_json_survives_the_round_trip(tmp_path_factory, bundle):
    store = EvidenceStore(tmp_path_factory.getbasetemp())
    assert store.read(store.write(bundle)) == bundle


@pytest.mark.parametrize(
    "value", [2**53, float("nan"), float("inf"), Decimal("NaN"), {1: 2}, {1, 2}, object(), "\ud800"]
)
def test_a_value_without_an_unambiguous_form_is_refused(tmp_path, value):
    with pytest.raises(EvidenceError):
        EvidenceStore(tmp_path).write({"value": value})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_bundle_is_an_error_not_an_empty_one(tmp_path):
    with pytest.raises(EvidenceError, match="is missing"):
        EvidenceStore(tmp_path).read(b"\x00" * 32)


def test_a_flipped_byte_is_found(tmp_path):
    store = EvidenceStore(tmp_path)
    path = store.path(store.write(BUNDLE))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)
    with pytest.raises(EvidenceError):
        store.read(bytes.fromhex(path.name.split(".")[0]))


def test_a_truncated_bundle_is_found(tmp_path):
    store = EvidenceStore(tmp_path)
    name = store.write(BUNDLE)
    store.path(name).write_bytes(store.path(name).read_bytes()[:-3])
    with pytest.raises(EvidenceError):
        store.read(name)


def test_a_bundle_exchanged_for_another_valid_one_is_found(tmp_path):
    store = EvidenceStore(tmp_path)
    name = store.write(BUNDLE)
    store.path(name).write_bytes(zstandard.compress(canonical_json({"prices": []})))
    with pytest.raises(EvidenceError, match="altered"):
        store.read(name)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(EvidenceError, match=r"absent does not exist"):
        EvidenceStore(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"[" * 200_000, b"{", b"\xff"])
def test_a_file_that_hashes_to_its_name_and_is_no_json(tmp_path, content):
    store = EvidenceStore(tmp_path)
    name = keccak(content)
    store.path(name).write_bytes(zstandard.ZstdCompressor().compress(content))
    with pytest.raises(EvidenceError, match="is not JSON"):
        store.read(name)
