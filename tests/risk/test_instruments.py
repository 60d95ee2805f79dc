"""An instrument id is its terms, and nothing the contracts would refuse gets one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput, MalformedInstrument
from risk.instruments import CALL, PERPETUAL, PUT, Instrument, InstrumentTable

EIGHT_O_CLOCK = 8 * 3_600
options = st.builds(
    Instrument,
    underlying=st.integers(1, 2**16 - 1),
    expiry=st.integers(0, 2**32 // 86_400 - 1).map(lambda day: day * 86_400 + EIGHT_O_CLOCK),
    strike_micros=st.integers(1, 2**48 - 1),
    kind=st.sampled_from([CALL, PUT]),
)
perpetuals = st.builds(
    Instrument,
    underlying=st.integers(1, 2**16 - 1),
    expiry=st.just(0),
    strike_micros=st.just(0),
    kind=st.just(PERPETUAL),
)


@given(st.one_of(options, perpetuals))
def test_decoding_undoes_encoding(instrument) -> None:
    assert Instrument.decode(instrument.encode()) == instrument
    assert instrument.encode() < 2**104


@given(st.lists(st.one_of(options, perpetuals), max_size=8))
def test_instruments_sort_as_their_ids_do(instruments) -> None:
    assert [i.encode() for i in sorted(instruments)] == sorted(i.encode() for i in instruments)


def test_the_fields_sit_where_the_wire_table_puts_them() -> None:
    call = Instrument(underlying=2, expiry=1_584_000_000, strike_micros=8_000_000_000, kind=CALL)
    assert call.encode() == (2 << 88) | (1_584_000_000 << 56) | (8_000_000_000 << 8) | 1
    assert Instrument(underlying=1, expiry=0, strike_micros=0, kind=PERPETUAL).encode() == 1 << 88


@pytest.mark.parametrize(
    ("underlying", "expiry", "strike_micros", "kind"),
    [
        (0, 0, 0, PERPETUAL),
        (2**16, 0, 0, PERPETUAL),
        (1, 1_584_000_000, 0, PERPETUAL),
        (1, 0, 1, PERPETUAL),
        (1, 0, 1, CALL),
        (1, 1_584_000_001, 1, CALL),
        (1, 1_584_000_000, 0, PUT),
        (1, 1_584_000_000, 2**48, PUT),
        (1, 1_584_000_000, 1, 3),
        (-1, 1_584_000_000, 1, PUT),
    ],
)
def test_a_malformed_instrument_is_refused_with_its_terms(underlying, expiry, strike_micros, kind) -> None:
    with pytest.raises(MalformedInstrument, match=f"underlying {underlying}, expiry {expiry}"):
        Instrument(underlying=underlying, expiry=expiry, strike_micros=strike_micros, kind=kind)


@pytest.mark.parametrize("encoded", [-1, 1 << 104, 0, (1 << 88) | 7])
def test_an_id_of_no_instrument_is_refused(encoded) -> None:
    with pytest.raises(MalformedInstrument):
        Instrument.decode(encoded)


def test_a_malformed_instrument_is_an_invalid_input() -> None:
    assert issubclass(MalformedInstrument, InvalidInput)


def test_the_table_holds_columns_and_cannot_be_written() -> None:
    table = InstrumentTable.of(
        [
            Instrument(underlying=1, expiry=0, strike_micros=0, kind=PERPETUAL),
            Instrument(underlying=2, expiry=1_584_000_000, strike_micros=200_500_000, kind=PUT),
        ]
    )
    assert len(table) == 2
    np.testing.assert_array_equal(table.underlying, [0, 1])
    np.testing.assert_array_equal(table.strike, [0.0, 200.5])
    np.testing.assert_array_equal(table.is_perpetual, [True, False])
    np.testing.assert_array_equal(table.is_call, [False, False])
    np.testing.assert_array_equal(table.expiry_seconds, [0, 1_584_000_000])
    with pytest.raises(ValueError, match="read-only"):
        table.strike[0] = 1.0
    assert len(InstrumentTable.of([])) == 0
