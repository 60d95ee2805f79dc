"""Instruments as people and strategies write them: `UNDERLYING:perp` or `UNDERLYING:EXPIRY:STRIKE:call|put`."""

from __future__ import annotations

from functools import lru_cache

from keeper.amounts import exact, to_wad
from keeper.errors import WireError
from keeper.types import WAD
from risk.errors import RiskError
from risk.instruments import CALL, PERPETUAL, PUT, Instrument
from risk.units import MICROS

FORM = "UNDERLYING:perp or UNDERLYING:EXPIRY:STRIKE:call|put"
_WAD_PER_MICRO = WAD // MICROS
# More than are ever listed at once: every leg of every account is named at each look.
_MOST_NAMES = 4_096


@lru_cache(maxsize=_MOST_NAMES)
def instrument_name(encoded: int) -> str:
    """The name of a wire id."""
    instrument = Instrument.decode(encoded)
    if instrument.is_perpetual:
        return f"{instrument.underlying}:perp"
    kind = "call" if instrument.is_call else "put"
    return f"{instrument.underlying}:{instrument.expiry}:{exact(instrument.strike_micros * _WAD_PER_MICRO)}:{kind}"


def instrument_named(name: str) -> int:
    """The wire id of a name. Raises `WireError` where it names none."""
    try:
        return _parsed(name.split(":")).encode()
    except (KeyError, IndexError, ValueError, RiskError, WireError) as error:
        raise WireError("instrument", "name", name, f"{FORM} ({error})") from error


def _parsed(parts: list[str]) -> Instrument:
    if parts[-1] == "perp":
        (underlying, _) = parts
        return Instrument(int(underlying), 0, 0, PERPETUAL)
    underlying, expiry, strike, kind = parts
    micros, rest = divmod(to_wad(strike), _WAD_PER_MICRO)
    if rest:
        raise ValueError(f"strike {strike} has more than 6 decimal places")
    return Instrument(int(underlying), int(expiry), micros, {"call": CALL, "put": PUT}[kind])
