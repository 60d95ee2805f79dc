"""What sections of the configuration are made of: no unknown key, checked addresses, exact amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from keeper.errors import ConfigurationError, WireError
from keeper.wire import require_address

WAD = 10**18


def checked_address(value: str) -> str:
    try:
        return require_address("configuration", "address", value)
    except WireError as error:
        raise ValueError(str(error)) from error


Address = Annotated[str, AfterValidator(checked_address)]
Bps = Annotated[int, Field(ge=-10_000, le=1_000_000)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def integers(section: Section) -> tuple[int, ...]:
    """Every field in order: whole numbers as they are, decimals in WAD."""
    values = ((name, getattr(section, name)) for name in type(section).model_fields)
    return tuple(v if isinstance(v, int) else to_integer(name, v, WAD) for name, v in values)


def to_integer(name: str, value: Decimal, scale: int) -> int:
    """`value` x `scale`, which must be whole: nothing is rounded on the way to the chain."""
    scaled = value * scale
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ConfigurationError(f"{name} = {value} is not a multiple of 1/{scale}")
    return int(scaled)
