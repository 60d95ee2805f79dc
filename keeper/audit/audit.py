"""The audit as one call: gather, verify trails, replay, re-derive, compare with the chain's own views."""

from __future__ import annotations

import asyncio

from keeper.assess import Evidence
from keeper.audit.final_state import final_differences
from keeper.audit.rederive import BundleReader, HistoryReader, Models
from keeper.audit.replay import Replayer, decode_transactions
from keeper.audit.report import AuditReport, make_report
from keeper.audit.source import ChainLog, Progress, blocks, gather
from keeper.audit.trails import trail_results
from keeper.audit.verify import Blocks, read_all, verify_rounds
from keeper.chain import ChainReader, Deployment


def silent(_stage: str, _done: int, _total: int) -> None:
    """A progress callback for callers who do not watch."""


async def audit(
    *,
    reader: ChainReader,
    deployment: Deployment,
    bundles: BundleReader,
    history: HistoryReader,
    progress: Progress = silent,
    last_block: int | None = None,
) -> AuditReport:
    """Audits a deployment from its first block to `last_block` (default: the newest).

    Raises ChainError where the node fails; whatever the record itself gets wrong is in the report.
    """
    log = await gather(
        reader,
        chain_id=deployment.chain_id,
        first_block=deployment.first_block,
        progress=progress,
        last_block=last_block,
    )
    return await audit_log(reader=reader, log=log, bundles=bundles, history=history, progress=progress)


async def audit_log(
    *,
    reader: ChainReader,
    log: ChainLog,
    bundles: BundleReader,
    history: HistoryReader,
    progress: Progress = silent,
) -> AuditReport:
    """The same for a record that was gathered before; `reader` gives final views and block hashes."""
    evidence = read_all([e.arguments["snapshot"] for e in log.events if e.name == "RoundAccepted"], bundles)
    named = {found.block.number for found in evidence.values() if isinstance(found, Evidence)}
    known = await blocks(reader, named)
    replay = await asyncio.to_thread(Replayer(log, decode_transactions(log), progress).run, named)
    rounds = await asyncio.to_thread(
        verify_rounds,
        replay.lanes,
        evidence=evidence,
        blocks=Blocks(known, replay.moments),
        models=Models(history),
        gas={digest: sent.gas_used for digest, sent in log.transactions.items()},
        progress=progress,
    )
    return make_report(
        log=log,
        replay=replay,
        rounds=rounds,
        trails=trail_results(log.events, log.trails),
        final_state=await final_differences(reader, replay.world, log.head),
    )
