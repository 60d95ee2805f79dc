"""Instrument names: there and back, and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.amounts import exact, to_wad
from keeper.errors import WireError
from keeper.liquidator.names import instrument_name, instrument_named
from risk.instruments import CALL, PERPETUAL, PUT, Instrument

EXPIRY = 1_773_993_600  # 20 March 2026, 08:00 UTC
OPTIONS = st.builds(
    Instrument,
    st.integers(1, 2**16 - 1),
    st.just(EXPIRY),
    st.integers(1, 2**48 - 1),
    st.sampled_from([CALL, PUT]),
)
PERPETUALS = st.builds(Instrument, st.integers(1, 2**16 - 1), st.just(0), st.just(0), st.just(PERPETUAL))


@given(st.one_of(OPTIONS, PERPETUALS))
def test_there_and_back(instrument):
    assert instrument_named(instrument_name(instrument.encode())) == instrument.encode()


def test_the_form():
    assert instrument_name(Instrument(1, 0, 0, PERPETUAL).encode()) == "1:perp"
    option = Instrument(2, EXPIRY, 3_000_500_000, PUT)
    assert instrument_name(option.encode()) == f"2:{EXPIRY}:3000.5:put"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "perp",
        "1:swap",
        "1:1:perp",
        "0:perp",
        "1:5:100:call",
        f"1:{EXPIRY}:1.0000001:call",
        f"1:{EXPIRY}:x:put",
    ],
)
def test_what_is_none(name):
    with pytest.raises(WireError, match="UNDERLYING:perp"):
        instrument_named(name)


@given(st.integers(-(10**60), 10**60))
def test_amounts_keep_every_digit(wad):
    assert to_wad(exact(wad)) == wad


@pytest.mark.parametrize(
    "text", ["", "1e3", "+1", "1.", ".5", "1.0000000000000000001", "NaN", "\u0661", " 1", "1\n"]
)
def test_amounts_of_another_form_are_refused(text):
    with pytest.raises(WireError, match="18 places"):
        to_wad(text)
