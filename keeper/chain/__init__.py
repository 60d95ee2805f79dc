"""The chain as the keeper sees it: typed reads, audit events, time, and a local node."""

from keeper.chain.abi import Artifact, Artifacts
from keeper.chain.anvil import Anvil, AnvilControl, find_anvil
from keeper.chain.clock import ChainClock
from keeper.chain.contracts import SYSTEM, Block, Call, Caller, Contract, contracts_at
from keeper.chain.deployment import DeployedContract, Deployment, read_deployment
from keeper.chain.events import (
    AuditEvent,
    EventReader,
    Trail,
    decode_log,
    lane_trail,
    verify_trail,
    verify_trails,
)
from keeper.chain.nodes import Nodes
from keeper.chain.reader import ChainReader
from keeper.chain.records import Auction, LaneState, MarginState, PriceInterval, SurfaceState, Witness
from keeper.chain.rpc import Node, Rpc, transaction_failed

__all__ = [
    "SYSTEM",
    "Anvil",
    "AnvilControl",
    "Artifact",
    "Artifacts",
    "Auction",
    "AuditEvent",
    "Block",
    "Call",
    "Caller",
    "ChainClock",
    "ChainReader",
    "Contract",
    "DeployedContract",
    "Deployment",
    "EventReader",
    "LaneState",
    "MarginState",
    "Node",
    "Nodes",
    "PriceInterval",
    "Rpc",
    "SurfaceState",
    "Trail",
    "Witness",
    "contracts_at",
    "decode_log",
    "find_anvil",
    "lane_trail",
    "read_deployment",
    "transaction_failed",
    "verify_trail",
    "verify_trails",
]
