"""Instruments by value: the uint104 id of the wire, and a table of them as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from risk.arrays import BoolArray, FloatArray, IntArray, read_only
from risk.errors import MalformedInstrument
from risk.units import MICROS, SECONDS_PER_DAY

__all__ = ["CALL", "PERPETUAL", "PUT", "Instrument", "InstrumentTable"]

PERPETUAL: Final = 0
CALL: Final = 1
PUT: Final = 2

_KIND_BITS: Final = 8
_STRIKE_BITS: Final = 48
_EXPIRY_BITS: Final = 32
_UNDERLYING_BITS: Final = 16
_EXPIRY_TIME_OF_DAY: Final = 8 * 3_600


@dataclass(frozen=True, slots=True, order=True)
class Instrument:
    """Terms of one instrument; sorts as its id does.

    underlying: uint16 of the wire, from 1. expiry: unix seconds at 08:00 UTC, 0 for a perpetual.
    strike_micros: 1e-6 quote, 0 for a perpetual. kind: PERPETUAL, CALL or PUT.
    Raises MalformedInstrument for anything the contracts would refuse.
    """

    underlying: int
    expiry: int
    strike_micros: int
    kind: int

    def __post_init__(self) -> None:
        if not self._is_well_formed():
            raise MalformedInstrument(
                f"not a tradeable form: underlying {self.underlying}, expiry {self.expiry}, "
                f"strike_micros {self.strike_micros}, kind {self.kind}; a perpetual has neither expiry nor "
                "strike, an option has both and expires at 08:00 UTC"
            )

    @property
    def strike(self) -> float:
        """Strike in quote currency, 0 for a perpetual."""
        return self.strike_micros / MICROS

    @property
    def is_perpetual(self) -> bool:
        return self.kind == PERPETUAL

    @property
    def is_call(self) -> bool:
        return self.kind == CALL

    def encode(self) -> int:
        """uint104: underlying 16 bits, expiry 32, strike 48, kind 8, the first topmost."""
        encoded = self.underlying << _EXPIRY_BITS | self.expiry
        encoded = encoded << _STRIKE_BITS | self.strike_micros
        return encoded << _KIND_BITS | self.kind

    @classmethod
    def decode(cls, encoded: int) -> Self:
        """The instrument an id names. Raises MalformedInstrument if it is no uint104 of a tradeable form."""
        if not 0 <= encoded < 1 << (_UNDERLYING_BITS + _EXPIRY_BITS + _STRIKE_BITS + _KIND_BITS):
            raise MalformedInstrument(f"an instrument id is a uint104, got {encoded}")
        rest, kind = _split(encoded, _KIND_BITS)
        rest, strike_micros = _split(rest, _STRIKE_BITS)
        underlying, expiry = _split(rest, _EXPIRY_BITS)
        return cls(underlying=underlying, expiry=expiry, strike_micros=strike_micros, kind=kind)

    def _is_well_formed(self) -> bool:
        if not 0 < self.underlying < 1 << _UNDERLYING_BITS:
            return False
        if self.kind == PERPETUAL:
            return self.expiry == 0 and self.strike_micros == 0
        return (
            self.kind in (CALL, PUT)
            and 0 < self.strike_micros < 1 << _STRIKE_BITS
            and 0 < self.expiry < 1 << _EXPIRY_BITS
            and self.expiry % SECONDS_PER_DAY == _EXPIRY_TIME_OF_DAY
        )


@dataclass(frozen=True, slots=True, eq=False)
class InstrumentTable:
    """Instruments as read-only arrays of one length, in the order given.

    underlying: column of the index array, 0-based (wire underlying - 1). strike: quote currency, 0 for a
    perpetual. expiry_seconds: unix seconds, 0 for a perpetual.
    """

    instruments: tuple[Instrument, ...]
    underlying: IntArray
    is_call: BoolArray
    is_perpetual: BoolArray
    strike: FloatArray
    expiry_seconds: IntArray

    @classmethod
    def of(cls, instruments: Sequence[Instrument]) -> Self:
        """The table of `instruments`; may be empty, may repeat."""
        return cls(
            instruments=tuple(instruments),
            underlying=read_only(np.array([i.underlying - 1 for i in instruments], dtype=np.int64)),
            is_call=read_only(np.array([i.is_call for i in instruments], dtype=np.bool_)),
            is_perpetual=read_only(np.array([i.is_perpetual for i in instruments], dtype=np.bool_)),
            strike=read_only(np.array([i.strike for i in instruments], dtype=np.float64)),
            expiry_seconds=read_only(np.array([i.expiry for i in instruments], dtype=np.int64)),
        )

    def __len__(self) -> int:
        return len(self.instruments)


def _split(encoded: int, bits: int) -> tuple[int, int]:
    return encoded >> bits, encoded & ((1 << bits) - 1)
