"""What this keeper reads from the chain, pinned to one block so that no two facts disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from keeper.chain import Block, ChainReader, LaneState
from keeper.daemon.accounts import AccountSource, CalledAccounts, IndexState
from keeper.decide.rounds import PublishedMargin
from keeper.decide.surface_motion import HeldSurface
from keeper.parameters import ParametersSnapshot
from keeper.types import WAD, AccountState
from keeper.wire import LANE_STATE, PriceRow


@dataclass(frozen=True, slots=True)
class ChainView:
    """One block: parameters, lanes, accounts, and what was last published for each of them.

    `accruals`: of open settlement windows the seconds that are over, and price x seconds in these (WAD). `unknown`
    are the accounts that nothing may be said about, with the reason.
    """

    block: Block
    parameters: ParametersSnapshot
    lanes: LaneState
    accounts: tuple[AccountState, ...]
    prices: Mapping[int, tuple[PriceRow, int]]
    surfaces: Mapping[tuple[int, int], HeldSurface]
    margins: Mapping[int, PublishedMargin]
    unknown: Mapping[int, str] = field(default_factory=dict)
    index: IndexState | None = None
    accruals: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def known_accounts(self) -> tuple[AccountState, ...]:
        return tuple(account for account in self.accounts if account.account not in self.unknown)

    @property
    def underlyings(self) -> tuple[int, ...]:
        return tuple(range(1, len(self.parameters.underlyings) + 1))

    @property
    def live_expiries(self) -> tuple[int, ...]:
        """Listed and not yet expired at the block, ascending."""
        return tuple(sorted(e for e in self.parameters.expiries if e > self.block.timestamp))

    @property
    def surfaces_at(self) -> dict[tuple[int, int], int]:
        """When each expiry's last surface was observed."""
        return {key: held.observed_at for key, held in self.surfaces.items()}

    def previous_prices(self) -> dict[int, Decimal]:
        """Last published prices in quote currency, for the jump gate."""
        return {u: Decimal(row.price) / WAD for u, (row, _) in self.prices.items()}

    def last_price_round_at(self) -> int:
        """Observation time of the newest published price, 0 before the first."""
        return max((at for _, at in self.prices.values()), default=0)

    def next_sequence(self, lane: int) -> int:
        if lane == LANE_STATE and self.lanes.state is not None:
            return self.lanes.state.sequence + 1
        return self.lanes.sequences[lane] + 1

    def config_digest(self, lane: int) -> bytes:
        """Of the contract that the lane is published to."""
        if lane == LANE_STATE and self.lanes.state is not None:
            return self.lanes.state.config_digest
        return self.lanes.config_digest


async def read_view(
    reader: ChainReader, *, known: ParametersSnapshot | None = None, accounts: AccountSource | None = None
) -> ChainView:
    """Reads the newest block. Parameters are read again only when one of their digests differs from `known`.

    Without `accounts` they are what the contracts answer, not held against their events.
    """
    block = await reader.block()
    if known is None or await reader.parameters_digests(block) != (known.digest, known.state_digest):
        known = await reader.parameters(block)
    parameters = known
    source = CalledAccounts(reader) if accounts is None else accounts
    found = await source.read(block)
    underlyings = range(1, len(parameters.underlyings) + 1)
    intervals = await reader.prices(underlyings, block)
    keys = [(u, e) for u in underlyings for e in parameters.expiries if e > block.timestamp]
    surfaces = await reader.surfaces(keys, block)
    attestations = await reader.attestations([a.account for a in found.states], block)
    return ChainView(
        block=block,
        parameters=parameters,
        lanes=await reader.lanes(block),
        accounts=found.states,
        prices={
            u: (PriceRow(underlying=u, price=i.price, confidence=0), i.observed_at)
            for u, i in intervals.items()
        },
        surfaces={key: HeldSurface(s.row, s.observed_at, s.reference) for key, s in surfaces.items()},
        margins={account: PublishedMargin.of(account, last) for account, last in attestations.items()},
        unknown=found.unknown,
        index=found.index,
        accruals=await reader.accruals(keys, block),
    )
