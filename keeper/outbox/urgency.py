"""How urgent a transaction is. Each urgency has a key of its own: a stuck round never delays a pause."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from keeper.errors import ConfigurationError


class Urgency(StrEnum):
    """What a keeper's key pays for. Nonces are a key's own, so the urgencies never wait for one another.

    LIQUIDATION is for the calls that anyone may make and somebody has to; whoever bids for profit is another process,
    with a configuration and a key of its own.
    """

    ROUNDS = "rounds"
    LIQUIDATION = "liquidation"
    EMERGENCY = "emergency"


def require_distinct(senders: Mapping[Urgency, str]) -> None:
    """Raises ConfigurationError where two urgencies share an address, and so one row of nonces."""
    owners: dict[str, Urgency] = {}
    for urgency, address in senders.items():
        other = owners.setdefault(address.lower(), urgency)
        if other is not urgency:
            raise ConfigurationError(
                f"keys.{other} and keys.{urgency} are both {address}: a stuck transaction of one would hold up "
                "the other; give each its own key"
            )
