"""One defensible price out of many sources. Pure: no clock, no network, no memory."""

from keeper.consensus.config import ConsensusConfig
from keeper.consensus.errors import NoConsensus
from keeper.consensus.history import LastChange, updated_changes
from keeper.consensus.rule import consensus_price, leave_one_out_medians

__all__ = [
    "ConsensusConfig",
    "LastChange",
    "NoConsensus",
    "consensus_price",
    "leave_one_out_medians",
    "updated_changes",
]
