"""The audit as one call: gather, verify trails, replay, re-derive, compare with the chain's own views."""

from __future__ import annotations

import asyncio
from pathlib import Path

from keeper.assess import Evidence
from keeper.audit.evidence import EvidenceSource
from keeper.audit.final_state import final_differences
from keeper.audit.rederive import Models
from keeper.audit.replay import Replayer, decode_transactions
from keeper.audit.report import AuditReport, make_report
from keeper.audit.source import ChainLog, Progress, blocks, gather
from keeper.audit.trails import trail_results
from keeper.audit.verify import Blocks, read_all, verify_rounds
from keeper.chain import ChainReader, Deployment
from keeper.chain.events import LANE_ROUND_ACCEPTED, ROUND_ACCEPTED


def silent(_stage: str, _done: int, _total: int) -> None:
    """A progress callback for callers who do not watch."""


async def audit(
    *,
    reader: ChainReader,
    deployment: Deployment,
    evidence: Path,
    progress: Progress = silent,
    last_block: int | None = None,
) -> AuditReport:
    """Audits a deployment from its first block to `last_block` (default: the newest), with an evidence folder.

    Raises ChainError where the node fails, EvidenceError where the folder does not exist; whatever the record itself
    gets wrong is in the report.
    """
    source = EvidenceSource.of_folder(evidence)
    log = await gather(
        reader,
        chain_id=deployment.chain_id,
        first_block=deployment.first_block,
        progress=progress,
        last_block=last_block,
    )
    return await audit_log(reader=reader, log=log, source=source, progress=progress)


async def audit_log(
    *,
    reader: ChainReader,
    log: ChainLog,
    source: EvidenceSource,
    progress: Progress = silent,
) -> AuditReport:
    """The same for a record that was gathered before; `reader` gives final views and block hashes."""
    rounds = (e for e in log.events if e.name in (ROUND_ACCEPTED, LANE_ROUND_ACCEPTED))
    snapshots = [event.arguments["snapshot"] for event in rounds if event.contract != "PolicyLane"]
    evidence = read_all(snapshots, source.bundle)
    named = {found.block.number for found in evidence.values() if isinstance(found, Evidence)}
    known = await blocks(reader, named)
    replay = await asyncio.to_thread(Replayer(log, decode_transactions(log), progress).run, named)
    results = await asyncio.to_thread(
        verify_rounds,
        replay.lanes,
        evidence=evidence,
        blocks=Blocks(known, replay.moments),
        models=Models(source.history),
        gas={digest: sent.gas_used for digest, sent in log.transactions.items()},
        progress=progress,
    )
    return make_report(
        log=log,
        replay=replay,
        rounds=results,
        bundles=[name.hex() for name, found in evidence.items() if isinstance(found, Evidence)],
        trails=trail_results(log.events, log.trails),
        final_state=await final_differences(reader, replay.world, log.head),
    )
