"""What the keeper hashes is RFC 8785, byte for byte as the reference implementation writes it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from keeper.canonical import LARGEST_JSON_INT, canonical_json
from keeper.errors import EvidenceError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-LARGEST_JSON_INT, LARGEST_JSON_INT),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
TREES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)), max_leaves=20
)


@given(TREES)
def test_any_document_is_written_as_the_reference_writes_it(document):
    assert canonical_json(document) == rfc8785.dumps(document)


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1.0, -2.5, 1e-6, 1e-7, 123456789012345680.0, 1e21, 1e16, 5e-324, 1.7976931348623157e308],
)
def test_numbers_at_the_edges_of_their_notation(value):
    assert canonical_json([value]) == rfc8785.dumps([value])


def test_control_characters_quotes_and_other_alphabets():
    text = "".join(map(chr, range(0x80))) + "é\u2028\ud7ff\ufb33\U0001f600"
    assert canonical_json({"a": text}) == rfc8785.dumps({"a": text})


def test_names_beyond_ascii_are_sorted_as_utf_16():
    document = {"\ufb33": 1, "\U0001f600": 2, "a": 3}
    assert canonical_json(document) == rfc8785.dumps(document)


class Colour(enum.StrEnum):
    RED = "red"


@dataclass
class Pair:
    left: Decimal
    right: bytes


def test_records_decimals_bytes_and_names_of_enumerations_have_a_form_too():
    document = {"pair": Pair(Decimal("1.50"), b"\x01"), "colour": Colour.RED, "many": (1, 2)}
    expected = b'{"colour":"red","many":[1,2],"pair":{"left":"1.50","right":"0x01"}}'
    assert canonical_json(document) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, LARGEST_JSON_INT + 1]}, r"at \$\.a\[1\] is beyond"),
        ({"a": float("nan")}, r"at \$\.a is not finite"),
        ({"a": float("inf")}, r"at \$\.a is not finite"),
        ({1: 2}, "is not a string"),
        ({"a": object()}, r"object at \$\.a has no JSON form"),
        ({"a": "\ud800"}, "no canonical JSON"),
    ],
)
def test_what_has_no_form_is_refused_with_its_place(value, message):
    with pytest.raises(EvidenceError, match=message):
        canonical_json(value)
