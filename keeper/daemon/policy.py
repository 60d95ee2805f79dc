"""One keeper's settings, as its rooms need them."""

from __future__ import annotations

from dataclasses import dataclass

from keeper.consensus import ConsensusConfig
from keeper.daemon.endorse import EndorsementPolicy
from keeper.daemon.quorum import Peer
from keeper.decide.cost import CostPolicy
from keeper.decide.mode import ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.decide.rounds import PublishThresholds


@dataclass(frozen=True, slots=True)
class KeeperPolicy:
    """Who this keeper is, its rhythm, and what each of its decisions is held against."""

    signer: int
    chain_id: int
    interval_seconds: int
    takeover_seconds: int
    validity_seconds: int
    peer_timeout_seconds: float
    dry_run: bool
    consensus: ConsensusConfig
    publish: PublishThresholds
    modes: ModeThresholds
    budget: PreflightBudget
    endorsement: EndorsementPolicy
    cost: CostPolicy
    routine_wei_per_day: int
    low_balance_wei: int
    native_underlying: int | None
    peers: tuple[Peer, ...]
