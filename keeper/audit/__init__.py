"""Audit: everything re-derived from logs and calldata alone, plus content-addressed evidence bundles.

source      events, calldata and block times of a deployment
trails      nothing missing, altered or out of order
ledger, lanes, parameters, world   the contracts' storage, replayed; interest, settlement, fallback what moves it
rounds      signatures, configuration and sequence of every accepted round
rederive    prices, surfaces and margins recomputed from evidence
decisions   liquidations, fills, bad debt, trades and settlements recomputed
audit       the whole, in one call
"""

from keeper.audit.audit import audit, audit_log, silent
from keeper.audit.evidence import EvidenceSource
from keeper.audit.report import AuditReport
from keeper.audit.rounds import Verdict
from keeper.audit.source import ChainLog, Progress, gather
from keeper.audit.verify import LaneResult, RoundResult

__all__ = [
    "AuditReport",
    "ChainLog",
    "EvidenceSource",
    "LaneResult",
    "Progress",
    "RoundResult",
    "Verdict",
    "audit",
    "audit_log",
    "gather",
    "silent",
]
