"""Instrument ids by value, the twin of `contracts/types/Instrument.sol`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from keeper.errors import WireError
from keeper.wire import require_fits

PERPETUAL = 0
CALL = 1
PUT = 2

STRIKE_MICROS = 10**6  # a strike is stored in 1e-6 quote
SECONDS_PER_DAY = 86_400
EXPIRY_SECOND_OF_DAY = 8 * 3_600  # 08:00 UTC


@dataclass(frozen=True, slots=True)
class Instrument:
    """underlying (16 bits, topmost) | expiry (32, unix seconds) | strike (48, 1e-6 quote) | kind (8)."""

    underlying: int
    expiry: int
    strike_micros: int
    kind: int

    def __post_init__(self) -> None:
        kinds = {"underlying": "uint16", "expiry": "uint32", "strike_micros": "uint48", "kind": "uint8"}
        for field, kind in kinds.items():
            require_fits("Instrument", field, kind, getattr(self, field))
        if self.underlying == 0:
            raise WireError("Instrument", "underlying", 0, "an id of 1 or more")
        if self.kind > PUT:
            raise WireError("Instrument", "kind", self.kind, "0 perpetual, 1 call or 2 put")
        if self.kind == PERPETUAL:
            self._require_no_terms()
        else:
            self._require_option_terms()

    @property
    def strike(self) -> Decimal:
        """Quote currency per unit of underlying."""
        return Decimal(self.strike_micros) / STRIKE_MICROS

    @property
    def is_perpetual(self) -> bool:
        return self.kind == PERPETUAL

    @property
    def is_call(self) -> bool:
        return self.kind == CALL

    def encode(self) -> int:
        """The uint104 id."""
        return (self.underlying << 88) | (self.expiry << 56) | (self.strike_micros << 8) | self.kind

    @classmethod
    def decode(cls, identifier: int) -> Instrument:
        """Reads an id; refuses what the contracts would refuse."""
        require_fits("Instrument", "identifier", "uint104", identifier)
        return cls(
            underlying=identifier >> 88,
            expiry=(identifier >> 56) & 0xFFFF_FFFF,
            strike_micros=(identifier >> 8) & 0xFFFF_FFFF_FFFF,
            kind=identifier & 0xFF,
        )

    @classmethod
    def perpetual(cls, underlying: int) -> Instrument:
        return cls(underlying, 0, 0, PERPETUAL)

    @classmethod
    def option(cls, underlying: int, expiry: int, strike: Decimal, *, is_call: bool) -> Instrument:
        """`strike` in quote currency, a whole number of 1e-6."""
        micros = strike * STRIKE_MICROS
        if micros != micros.to_integral_value():
            raise WireError("Instrument", "strike", strike, "a multiple of 0.000001")
        return cls(underlying, expiry, int(micros), CALL if is_call else PUT)

    def _require_no_terms(self) -> None:
        if self.expiry or self.strike_micros:
            raise WireError(
                "Instrument", "expiry, strike", (self.expiry, self.strike_micros), "zeros for a perpetual"
            )

    def _require_option_terms(self) -> None:
        if self.expiry == 0 or self.expiry % SECONDS_PER_DAY != EXPIRY_SECOND_OF_DAY:
            raise WireError("Instrument", "expiry", self.expiry, "unix seconds at 08:00 UTC")
        if self.strike_micros == 0:
            raise WireError("Instrument", "strike_micros", 0, "a positive strike")
