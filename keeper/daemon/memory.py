"""The daemon's memory over the store: rounds, prices, evidence, and what the gates and the model carry over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal

import orjson

from keeper.assess import HourlyMark
from keeper.canonical import CanonicalText, canonical_text
from keeper.consensus import LastChange, updated_changes
from keeper.daemon.ports import Published
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round
from keeper.decide.mode import NEVER_OBSERVED, LastMode
from keeper.decide.spending import DAY_SECONDS
from keeper.errors import EvidenceError
from keeper.hashing import keccak
from keeper.store import EvidenceStore, RoundRecord, RoundStatus, Store, canonical_json, settle_rounds
from keeper.types import Mode
from keeper.wire import LANE_MARGIN_ROOTS, MarginRow

# A week of hourly marks is what the model can use of its own rounds; older ones belong to its history file.
MARKS_KEPT_DAYS = 7
_HOUR_SECONDS = 3_600
_FINAL_DEPTH = 64  # two epochs


class StoreMemory:
    """Implements the daemon's `Memory` port."""

    def __init__(self, store: Store, evidence: EvidenceStore, *, final_depth: int = _FINAL_DEPTH) -> None:
        """`final_depth`: blocks from which on no reorganisation is expected."""
        self._store = store
        self._evidence = evidence
        self._proposed: dict[int, tuple[LaneRound, str]] = {}  # by lane, with its record's digest
        self._final_depth = final_depth

    def last_changes(self) -> Mapping[tuple[str, int], LastChange]:
        rows = json.loads(self._store.get_meta("last_changes") or "[]")
        return {(source, u): LastChange(Decimal(price), since) for source, u, price, since in rows}

    def recent_marks(self) -> tuple[HourlyMark, ...]:
        rows = json.loads(self._store.get_meta("recent_marks") or "[]")
        return tuple(
            HourlyMark(at, tuple(Decimal(s) for s in spots), tuple(vols)) for at, spots, vols in rows
        )

    def last_mode(self) -> LastMode:
        known = self._store.get_meta("last_mode")
        if known is None:
            return NEVER_OBSERVED
        mode, good_rounds, number = json.loads(known)
        return LastMode(Mode(mode), good_rounds, number)

    def spent_wei(self, *, since: int) -> int:
        return sum(int(wei) for at, wei in self._spent() if at >= since)

    def _spent(self) -> list[tuple[int, str]]:
        return [(at, wei) for at, wei in json.loads(self._store.get_meta("spent_wei") or "[]")]

    def remember_observed(self, round_: Round) -> None:
        name = f"{round_.context.view.block.hash}:{round_.context.number}"
        self._store.save_prices(name, round_.prices)
        changes = updated_changes(round_.context.last_changes, round_.observation.quotes)
        rows = [[source, u, str(c.price), c.since] for (source, u), c in sorted(changes.items())]
        self._store.set_meta("last_changes", json.dumps(rows))
        mode = [round_.mode.mode.value, round_.mode.good_rounds, round_.context.number]
        self._store.set_meta("last_mode", json.dumps(mode))
        if round_.assessment is not None:
            marks = thinned([*round_.context.recent, round_.assessment.mark])
            self._store.set_meta(
                "recent_marks", json.dumps([[m.at, [str(s) for s in m.spots], m.volatilities] for m in marks])
            )

    def remember_proposed(self, lanes: Sequence[LaneRound], bundle: str) -> None:
        text = bundle if isinstance(bundle, CanonicalText) else canonical_text(orjson.loads(bundle))
        name = self._evidence.write_text(text)
        for lane in lanes:
            if lane.header.snapshot != name:
                raise EvidenceError("the bundle's text is not canonical: its hash is not its content's")
            record = _record(lane)
            self._store.save_round(record)
            self._proposed[record.lane] = (lane, record.digest)
        self._store.index_evidence("0x" + name.hex(), lanes[0].header.observed_at, self._evidence.size(name))

    def remember_published(self, lane: LaneRound, published: Published) -> None:
        header = lane.header
        self._store.set_round_status(
            header.lane, header.seq, self._digest(lane), RoundStatus.PUBLISHED, published.transaction_hash
        )
        at = published.observed_at
        spent = [*self._spent(), (at, str(published.cost_wei))]
        self._store.set_meta("spent_wei", json.dumps([item for item in spent if item[0] > at - DAY_SECONDS]))

    def _digest(self, lane: LaneRound) -> str:
        """Of the record; that of the very round proposed last is known, and a root has a row for every account."""
        proposed, digest = self._proposed.get(lane.header.lane, (None, ""))
        return digest if proposed is lane else _record(lane).digest

    def settle_rounds(self) -> int:
        return settle_rounds(self._store.engine, final_depth=self._final_depth)

    def newest_signed(self, lane: int) -> int:
        return self._store.newest_number(lane)

    def newest_root(self) -> tuple[int, int, tuple[MarginRow, ...]] | None:
        candidates = self._store.rounds(LANE_MARGIN_ROOTS, seq=self.newest_signed(LANE_MARGIN_ROOTS))
        if not candidates:
            return None
        # Of rivals for one number the published one; a follower that signed only one has that.
        newest = max(candidates, key=lambda r: r.status is RoundStatus.PUBLISHED)
        rows = (MarginRow(*map(int, row)) for row in json.loads(newest.rows))
        return newest.seq, newest.observed_at, tuple(rows)

    def evidence(self, digest: str) -> bytes | None:
        try:
            return canonical_json(self._evidence.read(bytes.fromhex(digest.removeprefix("0x"))))
        except (EvidenceError, ValueError):
            return None


def thinned(marks: Sequence[HourlyMark]) -> list[HourlyMark]:
    """The newest mark of each hour (bars end on the hour), of the last week."""
    newest = {-(-mark.at // _HOUR_SECONDS): mark for mark in marks}
    oldest = marks[-1].at - MARKS_KEPT_DAYS * DAY_SECONDS if marks else 0
    return [mark for _, mark in sorted(newest.items()) if mark.at > oldest]


def _record(lane: LaneRound) -> RoundRecord:
    header = lane.header
    document = {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in asdict(header).items()}
    head = canonical_json(document)
    rows = canonical_json([[str(value) for value in row.as_tuple()] for row in lane.rows])
    content = (
        b'{"header":' + head + b',"rows":' + rows + b"}"
    )  # canonical, for its parts are and their names ascend
    return RoundRecord(
        lane=header.lane,
        seq=header.seq,
        digest="0x" + keccak(content).hex(),
        header=head.decode(),
        rows=rows.decode(),
        status=RoundStatus.SIGNED,
        snapshot="0x" + header.snapshot.hex(),
        observed_at=header.observed_at,
    )
