"""The lanes' events replayed: signers, prices with funding and settlement, surfaces, attestations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.audit.integers import divide_toward_zero, divide_up, square_root_up
from keeper.audit.ledger import Ledger
from keeper.audit.parameters import ParameterReplay
from keeper.audit.rounds import LANE_NAMES, Quorum, SignedRound, round_problems
from keeper.audit.settlement import Average, observe
from keeper.chain import AuditEvent, PriceInterval
from keeper.decide.rounds import PublishedMargin
from keeper.parameters import MarginModel
from keeper.wire import MarginRow, PriceRow, SurfaceRow

YEAR_SECONDS = 365 * 86_400
FUNDING_SCALE = 10**12
USABLE, UNKNOWN_ACCOUNT, STALE_NONCE, OUTSIDE_CORRIDOR, MAINTENANCE_ABOVE_INITIAL = range(5)


@dataclass(frozen=True, slots=True)
class Context:
    """What else the chain knew at an event: parameters, ledger, block time, and the identity of the lanes."""

    chain_id: int
    contract: str
    parameters: ParameterReplay
    ledger: Ledger
    time: int
    rounds: Mapping[tuple[int, int], SignedRound]


class Lanes:
    """The lanes' storage. `open_rows` are rows of the last accepted round whose events have not come yet."""

    def __init__(self) -> None:
        self.epoch = 0
        self.signers: tuple[str, ...] = ()
        self.threshold = 0
        self.sequences: dict[int, int] = {}
        self.observed: dict[int, int] = {}
        self.prices: dict[int, tuple[PriceRow, int]] = {}
        self.funding: dict[int, int] = {}
        self.surfaces: dict[tuple[int, int], tuple[SurfaceRow, int]] = {}
        self.attestations: dict[int, PublishedMargin] = {}
        self.settlements: dict[tuple[int, int], int] = {}
        self._averages: dict[int, Average] = {}
        self._said: dict[int, int] = {}
        self._round: SignedRound | None = None
        self._row = 0

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

    def interval(self, underlying: int, *, now: int, age_volatility: int) -> PriceInterval:
        """`priceInterval`: confidence plus price x volatility x sqrt(age in years), rounded up."""
        row, observed_at = self.prices[underlying]
        root = square_root_up(divide_up((now - observed_at) * 10**36, YEAR_SECONDS))
        width = row.confidence + divide_up(row.price * age_volatility * root, 10**36)
        return PriceInterval(max(row.price - width, 0), row.price, row.price + width, observed_at)

    def _signer_listed(self, event: AuditEvent, _context: Context) -> list[str]:
        values = event.arguments
        kept = self.signers if values["index"] else ()
        self.signers = (*kept, values["signer"])
        self.epoch, self.threshold = values["epoch"], values["threshold"]
        return []

    def _accepted(self, event: AuditEvent, context: Context) -> list[str]:
        lane, seq = event.arguments["lane"], event.arguments["laneSeq"]
        problems = []
        if seq != self.sequences.get(lane, 0) + 1:
            problems.append(f"seq: {seq} after {self.sequences.get(lane, 0)}")
        if event.arguments["observedAt"] < self.observed.get(lane, 0):
            problems.append(f"observedAt: {event.arguments['observedAt']} before {self.observed[lane]}")
        self.sequences[lane], self.observed[lane] = seq, event.arguments["observedAt"]
        self._round, self._row = context.rounds.get((lane, seq)), 0
        if self._round is None:
            return problems  # published from inside another contract: its calldata is not in the record
        parameters = context.parameters.snapshot()
        quorum = Quorum(
            context.chain_id,
            context.contract,
            self.epoch,
            self.signers,
            self.threshold,
            parameters.digest,
        )
        return problems + round_problems(self._round, event, quorum, parameters.limits, context.time)

    def _unlike_next(self, row: PriceRow | MarginRow) -> list[str]:
        sent = self._next_row()
        return [] if self._round is None or row == sent else [f"row: event has {row}, calldata {sent}"]

    def _next_row(self) -> PriceRow | SurfaceRow | MarginRow | None:
        if self._round is None or self._row >= len(self._round.rows):
            return None
        self._row += 1
        return self._round.rows[self._row - 1]

    def _fixed(self, event: AuditEvent, _context: Context) -> list[str]:
        values = event.arguments
        self.settlements[values["underlying"], values["expiry"]] = values["price"]
        self._said[values["expiry"]] = values["price"]
        return []

    def _priced(self, event: AuditEvent, context: Context) -> list[str]:
        values = event.arguments
        row = PriceRow(values["underlying"], values["price"], values["confidence"])
        problems = self._unlike_next(row)
        observed_at = self.observed[0]
        last = self.prices.get(row.underlying)
        problems += self._settled(row, last, observed_at, context)
        rate = context.parameters.underlyings[row.underlying - 1].funding_rate
        expected = self.funding.get(row.underlying, 0)
        if last is not None:
            accrued = rate * last[0].price * (observed_at - last[1])
            expected += divide_toward_zero(accrued, FUNDING_SCALE * YEAR_SECONDS)
        if values["fundingIndex"] != expected:
            problems.append(f"fundingIndex: event {values['fundingIndex']}, replay gives {expected}")
        self.funding[row.underlying] = values["fundingIndex"]
        self.prices[row.underlying] = (row, observed_at)
        return problems

    def _settled(
        self, row: PriceRow, last: tuple[PriceRow, int] | None, observed_at: int, context: Context
    ) -> list[str]:
        """Settlement prices that this row fixes, against the events just before it."""
        said, self._said = self._said, {}
        fixed: dict[int, int] = {}
        if last is not None:
            self._averages[row.underlying], fixed = observe(
                self._averages.get(row.underlying, Average()),
                held=last[0].price,
                since=last[1],
                price=row.price,
                observed_at=observed_at,
                listed=context.parameters.ever_listed,
            )
        return [] if said == fixed else [f"settlement prices: events {said}, price rounds give {fixed}"]

    def _surface(self, event: AuditEvent, _context: Context) -> list[str]:
        row, values = self._next_row(), event.arguments
        key = (values["underlying"], values["expiry"])
        if self._round is None:
            self.surfaces.pop(key, None)  # only its hash is known, and the one before no longer holds
            return []
        if not isinstance(row, SurfaceRow) or row.key != key:
            return [f"row: event is of {key}, calldata has another"]
        self.surfaces[key] = (row, self.observed[1])
        computed = keccak(encode([row.abi_type()], [row.as_tuple()]))
        return [] if computed == values["rowHash"] else [f"rowHash: event and calldata differ for {key}"]

    def _attested(self, event: AuditEvent, context: Context) -> list[str]:
        v = event.arguments
        row = MarginRow(
            v["account"],
            v["portfolioNonce"],
            v["initialRatioBps"],
            v["maintenanceRatioBps"],
            v["valueAtRisk"],
            v["expectedShortfall"],
        )
        problems = self._unlike_next(row)
        self.attestations[row.account] = PublishedMargin(row, self.observed[4])
        return problems + _wrong_reason(row, USABLE, context)

    def _skipped(self, event: AuditEvent, context: Context) -> list[str]:
        row, account = self._next_row(), event.arguments["account"]
        if self._round is None:
            return []
        if not isinstance(row, MarginRow) or row.account != account:
            return [f"row: event is of account {account}, calldata has another"]
        return _wrong_reason(row, event.arguments["reason"], context)


_HANDLERS: dict[str, Callable[[Lanes, AuditEvent, Context], list[str]]] = {
    "SignerListed": Lanes._signer_listed,
    "RoundAccepted": Lanes._accepted,
    "SettlementPriceFixed": Lanes._fixed,
    "PricePublished": Lanes._priced,
    "SurfacePublished": Lanes._surface,
    "MarginAttested": Lanes._attested,
    "MarginRowSkipped": Lanes._skipped,
}


def _wrong_reason(row: MarginRow, said: int, context: Context) -> list[str]:
    expected = reason_to_skip(row, context.ledger, context.parameters.model)
    return [] if said == expected else [f"account {row.account}: skip reason {said}, replay gives {expected}"]


def reason_to_skip(row: MarginRow, ledger: Ledger, model: MarginModel) -> int:
    """`MarginLane._reasonToSkip`; 0 is usable."""
    account = ledger.accounts.get(row.account)
    if account is None:
        return UNKNOWN_ACCOUNT
    if account.nonce != row.portfolio_nonce:
        return STALE_NONCE
    ratios = (row.initial_ratio_bps, row.maintenance_ratio_bps)
    if not all(model.ratio_floor_bps <= ratio <= model.ratio_cap_bps for ratio in ratios):
        return OUTSIDE_CORRIDOR
    return MAINTENANCE_ABOVE_INITIAL if ratios[1] > ratios[0] else USABLE


def lane_name(lane: int) -> str:
    return LANE_NAMES.get(lane, f"lane {lane}")
