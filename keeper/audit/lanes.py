"""The lanes replayed from their rounds' rows: signers, prices with funding and settlement, surfaces, attestations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keeper.audit.context import Context
from keeper.audit.continuity import SETTLED, SignedLevel, Standing, follow, kept
from keeper.audit.integers import divide_toward_zero
from keeper.audit.prices import YEAR_SECONDS
from keeper.audit.ratios import unpack_attestation
from keeper.audit.rounds import Quorum, Rows, SignedRound, decode_logged, round_problems
from keeper.audit.settlement import Average, observe
from keeper.audit.verdicts import USABLE, proven_problems, proves, reason_to_skip, succeeding
from keeper.chain import AuditEvent
from keeper.decide.surface_motion import HeldSurface, first_reference, nearest_accepted, reference_after
from keeper.types import Attestation
from keeper.wire import (
    LANE_MARGIN_ROOTS,
    LANE_MARGINS,
    LANE_PRICES,
    LANE_SURFACES,
    MarginRow,
    PriceRow,
    SurfaceRow,
)

FUNDING_SCALE = 10**12
MOST_FUNDING = 2**95 - 1  # PackedPrice


class Lanes:
    """The lanes' storage, and what was said of the rows of a round that is not accepted yet."""

    def __init__(self) -> None:
        self.epoch = 0
        self.signers: tuple[str, ...] = ()
        self.threshold = 0
        self.sequences: dict[int, int] = {}
        self.prices: dict[int, tuple[PriceRow, int]] = {}
        self.standings: dict[int, Standing] = {}
        self.funding: dict[int, int] = {}
        self.surfaces: dict[tuple[int, int], tuple[SurfaceRow, int]] = {}
        self.references: dict[tuple[int, int], int] = {}
        self.attestations: dict[int, Attestation] = {}
        self.settlements: dict[tuple[int, int], int] = {}
        self._averages: dict[int, Average] = {}
        self.root = b""
        self.decided: dict[tuple[int, int], int] = {}
        self._said_skipped: dict[int, int] = {}

    def copy(self) -> Lanes:
        """Lanes that further events do not change."""
        other = Lanes()
        for name, value in vars(self).items():
            setattr(other, name, dict(value) if isinstance(value, dict) else value)
        return other

    def apply(self, event: AuditEvent, context: Context) -> list[str]:
        """Applies an event; says what about it does not follow from calldata and the state before."""
        handler = _HANDLERS.get(event.name)
        return [] if handler is None else handler(self, event, context)

    def signed(self, underlying: int, *, now: int, longest_age: int) -> SignedLevel | None:
        """The signed price while it counts: at most so old, and not of a lane that has just come back."""
        last = self.prices.get(underlying)
        standing = self.standings.get(underlying, SETTLED)
        if last is None or now - last[1] > longest_age or standing.is_restarting(now):
            return None
        return SignedLevel(kept(*last), standing.left)

    def _signer_listed(self, event: AuditEvent, _context: Context) -> list[str]:
        values = event.arguments
        earlier = self.signers if values["index"] else ()
        self.signers, self.root = (*earlier, values["signer"]), b""
        self.epoch, self.threshold = values["epoch"], values["threshold"]
        return []

    def accrued(self, underlying: int, expiry: int, now: int) -> Average | None:
        """What of an expiry's window is over; None where it has not begun or has a gap."""
        last, average = self.prices.get(underlying), self._averages.get(underlying, Average())
        return None if last is None else average.accrued(expiry, last[0].price, last[1], now)

    def _fixed(self, event: AuditEvent, context: Context) -> list[str]:
        """By whom does not matter: either the fallback has decided it, or the whole window gives it."""
        values = event.arguments
        key, price = (values["underlying"], values["expiry"]), values["price"]
        average = self.accrued(*key, context.time)
        known = self.settlements.get(key)
        expected = self.decided.pop(key, None if average is None else average.price)
        self.settlements[key] = price
        is_due = known is None and price == expected
        return [] if is_due else [f"settlement price {price} of {key}: {expected} follows, {known} was fixed"]

    def _skipped(self, event: AuditEvent, _context: Context) -> list[str]:
        self._said_skipped[event.arguments["account"]] = event.arguments["reason"]
        return []

    def _accepted(self, event: AuditEvent, context: Context) -> list[str]:
        """The round ends the events of its rows: fixed settlement prices and skipped margins."""
        lane, observed_at = event.arguments["lane"], event.arguments["observedAt"]
        problems = []
        if event.seq != self.sequences.get(lane, 0) + 1:
            problems.append(f"seq: {event.seq} after {self.sequences.get(lane, 0)}")
        self.sequences[lane] = event.seq
        signed = context.rounds.get((lane, event.seq))
        if signed is not None:
            problems += self._signed(signed, event, context)
        if lane == LANE_MARGIN_ROOTS:
            self.root = event.arguments["rowsHash"]
            return problems
        rows = signed.rows if signed is not None else self._logged(event, context)
        if rows is None:
            problems.append("rows: neither in calldata nor in a log that hashes to the round's")
        else:
            problems += _APPLY[lane](self, rows, observed_at, context)
        self._said_skipped = {}
        return problems

    def _proven(self, event: AuditEvent, context: Context) -> list[str]:
        """A verdict taken up from the newest root; the event says what is kept."""
        said = unpack_attestation(event.arguments["attestation"])
        account, seq = event.arguments["account"], event.arguments["laneSeq"]
        last = self.attestations.get(account, Attestation())
        self.attestations[account] = said
        problems = proven_problems(account, said, last, context)
        if seq != self.sequences.get(LANE_MARGIN_ROOTS):
            problems.append(f"proof of {account}: root {seq} is not the newest")
        proof = context.proofs.get((account, seq))
        if proof is not None and not proves(proof, account, said, self.root):
            problems.append(f"proof of {account}: not in the root")
        return problems

    def _signed(self, signed: SignedRound, event: AuditEvent, context: Context) -> list[str]:
        parameters = context.parameters.snapshot()
        quorum = Quorum(
            context.chain_id,
            context.contract,
            self.epoch,
            self.signers,
            self.threshold,
            parameters.digest,
        )
        return round_problems(signed, event, quorum, parameters.limits, context.time)

    def _logged(self, event: AuditEvent, context: Context) -> Rows | None:
        data = context.logged_rows.get(event.arguments["rowsHash"])
        return None if data is None else decode_logged(event.arguments["lane"], data)

    def _prices(self, rows: Sequence[PriceRow], observed_at: int, context: Context) -> list[str]:
        problems: list[str] = []
        for row in rows:
            last = self.prices.get(row.underlying)
            if last is not None:
                problems += _backwards(f"price {row.underlying}", observed_at, last[1])
                self._accrue(row.underlying, last, observed_at, context)
                problems += self._settle(row, last, observed_at, context)
                self._follow(row, last, observed_at, context)
            self.prices[row.underlying] = (row, observed_at)
        return problems

    def _follow(self, row: PriceRow, last: tuple[PriceRow, int], observed_at: int, context: Context) -> None:
        self.standings[row.underlying] = follow(
            self.standings.get(row.underlying, SETTLED),
            kept(*last),
            kept(row, observed_at),
            now=context.time,
            halt_age=context.parameters.limits.halt_age,
            age_volatility=context.parameters.age_volatility(row.underlying),
        )

    def _accrue(
        self, underlying: int, last: tuple[PriceRow, int], observed_at: int, context: Context
    ) -> None:
        """Funding at the rate in force now; `PackedPrice` keeps 96 bits of it."""
        accrued = context.parameters.funding_rate(underlying) * last[0].price * (observed_at - last[1])
        index = self.funding.get(underlying, 0) + divide_toward_zero(accrued, FUNDING_SCALE * YEAR_SECONDS)
        self.funding[underlying] = max(-MOST_FUNDING, min(MOST_FUNDING, index))

    def _settle(
        self, row: PriceRow, last: tuple[PriceRow, int], observed_at: int, context: Context
    ) -> list[str]:
        """Says which settlement prices this row fixes without an event."""
        self._averages[row.underlying], fixed = observe(
            self._averages.get(row.underlying, Average()),
            held=last[0].price,
            since=last[1],
            observed_at=observed_at,
            listed=context.parameters.ever_listed,
        )
        return [
            f"settlement price {price} of {(row.underlying, expiry)}: not fixed"
            for expiry, price in fixed.items()
            if (row.underlying, expiry) not in self.settlements
        ]

    def held_surfaces(self) -> dict[tuple[int, int], HeldSurface]:
        """The last surface of each expiry with its slow reference."""
        return {key: HeldSurface(row, at, self.references[key]) for key, (row, at) in self.surfaces.items()}

    def _surfaces(self, rows: Sequence[SurfaceRow], observed_at: int, context: Context) -> list[str]:
        problems: list[str] = []
        limits, held = context.parameters.limits, self.held_surfaces()
        for row in rows:
            key = (row.underlying, row.expiry)
            last = held.get(key)
            if nearest_accepted(row, observed_at, last, limits) != row:
                problems.append(f"surface {key}: outside what the chain accepts at {observed_at}")
            self.references[key] = (
                first_reference(row, observed_at)
                if last is None
                else reference_after(observed_at, last, limits)
            )
            self.surfaces[key] = (row, observed_at)
        return problems

    def _margins(self, rows: Sequence[MarginRow], observed_at: int, context: Context) -> list[str]:
        skipped: dict[int, int] = {}
        for row in rows:
            last = self.attestations.get(row.account, Attestation())
            reason = reason_to_skip(row, last, observed_at, context)
            if reason != USABLE:
                skipped[row.account] = reason
                continue
            self.attestations[row.account] = succeeding(row, last, observed_at, context, proofs=last.proofs)
        if self._said_skipped == skipped:
            return []
        return [f"skipped rows: events {self._said_skipped}, replay gives {skipped}"]


_HANDLERS: dict[str, Callable[[Lanes, AuditEvent, Context], list[str]]] = {
    "SignerListed": Lanes._signer_listed,
    "SettlementPriceFixed": Lanes._fixed,
    "MarginRowSkipped": Lanes._skipped,
    "MarginProven": Lanes._proven,
    "RoundAccepted": Lanes._accepted,
}
_APPLY: dict[int, Callable[[Lanes, Any, int, Context], list[str]]] = {
    LANE_PRICES: Lanes._prices,
    LANE_SURFACES: Lanes._surfaces,
    LANE_MARGINS: Lanes._margins,
}


def _backwards(what: str, observed_at: int, last: int) -> list[str]:
    return [f"observedAt: {what} at {observed_at}, before {last}"] if observed_at < last else []
