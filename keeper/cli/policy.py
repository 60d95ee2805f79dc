"""Settings to the policies that the keeper's rooms are given."""

from __future__ import annotations

from keeper.config import KeeperSettings
from keeper.consensus import ConsensusConfig
from keeper.daemon.endorse import EndorsementPolicy
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.quorum import Peer
from keeper.decide.agreement import Tolerances
from keeper.decide.cascade import Depth
from keeper.decide.cost import CostPolicy
from keeper.decide.mode import ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.decide.rounds import PublishThresholds

LOCAL_CHAINS = frozenset({31_337, 1_337, 131_277_322_940_537})
# A heartbeat feed is as fresh as its last deviation or its heartbeat allows, whatever the venues' limit is.
_CHAINLINK_HEARTBEAT_SECONDS = 3_600 + 300


def publishing(settings: KeeperSettings, wanted: bool) -> KeeperSettings:
    """The settings with publication switched on where the command line asks for it."""
    return settings.model_copy(update={"dry_run": False}) if wanted else settings


def policy_of(settings: KeeperSettings) -> KeeperPolicy:
    """The keeper's settings as its rooms need them. Unset, `dry_run` is true on every chain that is not local."""
    rounds = settings.rounds
    local = settings.chain.chain_id in LOCAL_CHAINS
    return KeeperPolicy(
        signer=settings.signer,
        chain_id=settings.chain.chain_id,
        interval_seconds=rounds.interval_seconds,
        takeover_seconds=rounds.takeover_seconds,
        validity_seconds=rounds.validity_seconds,
        peer_timeout_seconds=max(settings.feeds.timeout_seconds * 4, 10.0),
        dry_run=not local if settings.dry_run is None else settings.dry_run,
        consensus=consensus_of(settings),
        publish=_publish_thresholds(settings),
        modes=ModeThresholds(
            dispersion=rounds.dispersion_degraded,
            warm_up_rounds=rounds.warm_up_rounds,
            gap_rounds=rounds.gap_rounds,
            head_age_seconds=rounds.head_age_seconds,
        ),
        budget=budget_of(settings),
        endorsement=EndorsementPolicy(
            tolerances=Tolerances(
                price_bps=rounds.price_tolerance_bps,
                volatility=rounds.volatility_tolerance,
                ratio_bps=rounds.ratio_tolerance_bps,
            ),
            validity_seconds=rounds.validity_seconds,
        ),
        cost=CostPolicy(
            share=settings.fees.share_of_value_at_risk,
            least_wei=settings.fees.least_cost_wei,
            most_wei=settings.fees.most_cost_wei,
        ),
        routine_wei_per_day=settings.fees.routine_wei_per_day,
        low_balance_wei=settings.fees.low_balance_wei,
        native_underlying=settings.fees.native_underlying,
        peers=tuple(Peer(peer.signer, peer.url) for peer in settings.peers),
    )


def _publish_thresholds(settings: KeeperSettings) -> PublishThresholds:
    rounds = settings.rounds
    return PublishThresholds(
        price_deviation_bps=rounds.price_deviation_bps,
        price_heartbeat_seconds=rounds.price_heartbeat_seconds,
        surface_heartbeat_seconds=rounds.surface_heartbeat_seconds,
        state_heartbeat_seconds=rounds.state_heartbeat_seconds,
        ratio_bps=rounds.ratio_bps,
        margin_root_above=rounds.margin_root_above,
        attestation_seconds=rounds.attestation_seconds,
    )


def budget_of(settings: KeeperSettings) -> PreflightBudget:
    """What ratios alone may do in one round."""
    rounds = settings.rounds
    return PreflightBudget(
        accounts=rounds.preflight_accounts,
        own_requirement=rounds.preflight_own_requirement,
        ratio_change_bps=rounds.preflight_ratio_change_bps,
        cascade_accounts=rounds.preflight_cascade_accounts,
        cascade_move=rounds.preflight_cascade_move,
        depth=Depth(rounds.depths, rounds.depth_per_percent),
    )


def consensus_of(settings: KeeperSettings) -> ConsensusConfig:
    """The configured gates; a heartbeat feed's age limit is its own."""
    return ConsensusConfig(
        **settings.consensus.model_dump(),
        max_age_of_domain=(("chainlink", _CHAINLINK_HEARTBEAT_SECONDS),),
    )
