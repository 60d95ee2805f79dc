"""Rounds as messages between keepers, and back. The leader's bytes are signed unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from keeper.errors import ProposalRefused
from keeper.margin_tree import margin_root
from keeper.messages import LaneProposal
from keeper.wire import (
    LANE_MARGIN_ROOTS,
    LANE_MARGINS,
    LANE_PRICES,
    LANE_STATE,
    LANE_SURFACES,
    Header,
    MarginRow,
    PriceRow,
    StateRow,
    SurfaceRow,
    round_digest,
    round_preimage,
    rows_hash,
)

# Which contract a lane is published to.
CONTRACTS = {
    LANE_PRICES: "SignedLanes",
    LANE_SURFACES: "SignedLanes",
    LANE_STATE: "StateLane",
    LANE_MARGINS: "SignedLanes",
    LANE_MARGIN_ROOTS: "SignedLanes",
}
ROW_TYPES: dict[int, type[PriceRow] | type[SurfaceRow] | type[MarginRow] | type[StateRow]] = {
    LANE_PRICES: PriceRow,
    LANE_SURFACES: SurfaceRow,
    LANE_STATE: StateRow,
    LANE_MARGINS: MarginRow,
    LANE_MARGIN_ROOTS: MarginRow,
}
Rows = Sequence[PriceRow] | Sequence[SurfaceRow] | Sequence[MarginRow] | Sequence[StateRow]


@dataclass(frozen=True)
class LaneRound:
    """One lane's header and rows, ready to be signed; from here on nobody changes the rows."""

    header: Header
    rows: Rows

    def digest(self, *, chain_id: int, contract: str) -> bytes:
        """What a signer signs (EIP-712)."""
        return round_digest(self.header, self.rows_hash, chain_id, contract)

    def preimage(self, *, chain_id: int, contract: str) -> bytes:
        """What a signer is given: `digest` is its keccak-256."""
        return round_preimage(self.header, self.rows_hash, chain_id, contract)

    @cached_property
    def rows_hash(self) -> bytes:
        """The hash of the packed rows, or the root of their tree where the lane is that of roots."""
        if self.header.lane == LANE_MARGIN_ROOTS:
            return margin_root(self.header.seq, [row for row in self.rows if isinstance(row, MarginRow)])
        return rows_hash(self.rows)

    def to_message(self) -> LaneProposal:
        header = self.header
        return LaneProposal(
            lane=header.lane,
            config_digest="0x" + header.config_digest.hex(),
            seq=header.seq,
            observed_at=header.observed_at,
            valid_until=header.valid_until,
            snapshot="0x" + header.snapshot.hex(),
            model="0x" + header.model.hex(),
            rows=[[str(value) for value in row.as_tuple()] for row in self.rows],
        )

    @classmethod
    def from_message(cls, message: LaneProposal) -> LaneRound:
        """Raises ProposalRefused for an unknown lane or rows of another shape."""
        row_type = ROW_TYPES.get(message.lane)
        if row_type is None:
            raise ProposalRefused(f"lane {message.lane} is none of {sorted(ROW_TYPES)}")
        try:
            rows = [row_type(*(int(value) for value in row)) for row in message.rows]
        except (TypeError, ValueError) as error:
            raise ProposalRefused(
                f"lane {message.lane}: a row is not a {row_type.__name__}: {error}"
            ) from error
        header = Header(
            config_digest=bytes.fromhex(message.config_digest[2:]),
            lane=message.lane,
            seq=message.seq,
            observed_at=message.observed_at,
            valid_until=message.valid_until,
            snapshot=bytes.fromhex(message.snapshot[2:]),
            model=bytes.fromhex(message.model[2:]),
        )
        return cls(header, rows)  # type: ignore[arg-type] # rows are all of row_type
