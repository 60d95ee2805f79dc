"""WAD integers as decimal text and back, without loss: what documents for machines carry."""

from __future__ import annotations

import re

from keeper.errors import WireError
from keeper.types import WAD

_FORM = re.compile(r"(-?)([0-9]{1,60})(?:\.([0-9]{1,18}))?", re.ASCII)


def exact(wad: int) -> str:
    """WAD to a decimal string without loss."""
    whole, fraction = divmod(abs(wad), WAD)
    sign = "-" if wad < 0 else ""
    return f"{sign}{whole}.{fraction:018d}".rstrip("0") if fraction else f"{sign}{whole}"


def to_wad(text: str) -> int:
    """A decimal of at most 18 places to WAD. Raises `WireError` for anything else."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise WireError("amount", "text", text, "a decimal with at most 18 places, e.g. -1.5")
    sign, whole, places = match.groups()
    wad = int(whole) * WAD + int((places or "").ljust(18, "0"))
    return -wad if sign else wad
