"""Auctions that run, and the clock they run by, from the liquidation's own events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keeper.audit.auction import BASE_UNIT, Clock, kept_base
from keeper.chain import AuditEvent
from keeper.types import WAD

from .record import Record, camel, of_names

CONTRACT = "Liquidation"
NO_WITNESS = {"isScenario": False, "points": 0}


@dataclass(slots=True)
class Book:
    """The clock as last read, and the auctions by account under the contract's names."""

    clock: Clock = field(default_factory=Clock)
    count: int = 0
    curves: list[Mapping[str, Any]] = field(default_factory=list)
    running: dict[int, dict[str, Any]] = field(default_factory=dict)
    deficits: dict[int, int] = field(default_factory=dict)

    def apply(self, event: AuditEvent, curve: Mapping[str, Any], now: int) -> None:
        """One event on, at its block's time."""
        values = event.arguments
        match event.name:
            case "ClockAdvanced":
                self.clock = Clock(values["liveSeconds"], now, values["liveUntil"])
            case "LiquidationStarted":
                self._start(values, curve, now)
            case "WitnessRaised":
                self._raise(values)
            case "LiquidationFilled":
                self._sell(values["account"], values["fraction"])
            case "LegsTaken":
                self._sell(values["account"], values["relief"])
            case "LiquidationEnded":
                del self.running[values["account"]]
            case "DeficitNoted":
                self.deficits[values["account"]] = values["deficit"]
            case "BadDebt" | "Deleveraged":
                pass
            case other:
                raise LookupError(f"{CONTRACT} recorded {other}, which nothing rebuilds")

    def _start(self, values: Mapping[str, Any], curve: Mapping[str, Any], now: int) -> None:
        self.count += 1
        self.running[values["account"]] = {
            "startedAt": now,
            "clockAtStart": self.clock.seconds(now),
            "id": values["auctionId"],
            "remaining": WAD,
            "base": _units(values["maintenanceBound"]),
            "curve": self._place_of(curve),
            "witness": of_names(values, *NO_WITNESS),
            "challenger": NO_WITNESS,
        }

    def _raise(self, values: Mapping[str, Any]) -> None:
        """The base never falls, and a challenger does not move it."""
        auction, witness = self.running[values["account"]], of_names(values, *NO_WITNESS)
        if values["isChallenger"]:
            auction["challenger"] = witness
            return
        auction["challenger"], auction["witness"] = auction["witness"], witness
        auction["base"] = max(auction["base"], _units(values["maintenanceBound"]))

    def _place_of(self, curve: Mapping[str, Any]) -> int:
        """Of the newest curve kept, or of one more."""
        if not self.curves or self.curves[-1] != curve:
            self.curves.append(curve)
        return len(self.curves) - 1

    def _sell(self, account: int, share: int) -> None:
        left = self.running[account]["remaining"]
        self.running[account]["remaining"] = left * (WAD - share) // WAD


def _units(bound: int) -> int:
    return kept_base(bound) // BASE_UNIT


def liquidation(record: Record) -> dict[str, Any]:
    book, curve = Book(), camel(record.world.parameters.curve)
    for event in record.events(CONTRACT):
        book.apply(event, curve, record.time(event))
    clock = book.clock
    return {
        "_reading": {
            "live": clock.live,
            "readAt": clock.read_at,
            "until": clock.until,
            "auctions": book.count,
        },
        "_curves": book.curves,
        "_auctions": book.running,
        "deficitOf": book.deficits,
        "totalDeficit": sum(book.deficits.values()),
    }
