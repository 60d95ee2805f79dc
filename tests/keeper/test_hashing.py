"""The keeper's fast hash is the one that everybody else computes."""

from __future__ import annotations

from eth_utils.crypto import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from keeper.hashing import keccak


@given(st.binary(max_size=600))
def test_it_is_keccak_256(content):
    assert keccak(content) == reference(content)
