"""Verdicts of the newest margin root that nobody has taken up: this keeper signed the root, so it knows its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keeper.chain import Block, Call, ChainReader
from keeper.chores.ports import Policies
from keeper.decide.chore_facts import ProofFacts
from keeper.errors import TransactionFailed
from keeper.margin_tree import margin_path
from keeper.types import Attestation
from keeper.wire import LANE_MARGIN_ROOTS, MarginRow

# Sequence number, observation and rows.
Root = tuple[int, int, Sequence[MarginRow]]
_UNATTESTED_RATIO_BPS = 10_000


@dataclass
class OwnKnowledge:
    """What a keeper knows that the chain keeps as a digest alone: policies, and the rows of the root it signed last."""

    policies: Policies | None = None
    newest_root: Callable[[], Root | None] = lambda: None
    _root: Root | None = None

    async def read_proofs(
        self, reader: ChainReader, accounts: Iterable[int], block: Block
    ) -> tuple[ProofFacts, ...]:
        """Of those accounts, the verdicts that the chain would take up now."""
        root = await self._newest(reader, block)
        if root is None:
            return ()
        wanted = set(accounts)
        rows = [row for row in root[2] if row.account in wanted]
        attested = await reader.attestations([row.account for row in rows], block)
        rises = [found for row in rows if (found := _fact(root, row, attested.get(row.account))).rise_bps > 0]
        lane = reader.contracts["SignedLanes"]
        calls = [Call(lane, "proveMargin", (f.seq, f.observed_at, f.row, f.path)) for f in rises]
        answers = await reader.caller.call_many(calls, block=block, keep_reverts=True)
        pairs = zip(rises, answers, strict=True)
        return tuple(found for found, answer in pairs if not isinstance(answer, TransactionFailed))

    async def _newest(self, reader: ChainReader, block: Block) -> Root | None:
        """Read again when the chain has another: it has a row for every account."""
        lanes = reader.contracts["SignedLanes"]
        seq = await reader.caller.call(lanes, "lastSequence", LANE_MARGIN_ROOTS, block=block)
        if seq and (self._root is None or self._root[0] != seq):
            self._root = self.newest_root()
        return self._root if self._root is not None and self._root[0] == seq else None


def _fact(root: Root, row: MarginRow, held: Attestation | None) -> ProofFacts:
    """Where nothing is attested for this portfolio, its initial margin is raised already."""
    seq, observed_at, rows = root
    _, path = margin_path(seq, rows, row.account)
    initial, maintenance = row.initial_ratio_bps, _UNATTESTED_RATIO_BPS
    if held is not None and held.portfolio_nonce == row.portfolio_nonce:
        initial, maintenance = held.initial_ratio_bps, held.maintenance_ratio_bps
    return ProofFacts(seq, observed_at, row, path, initial, maintenance)
