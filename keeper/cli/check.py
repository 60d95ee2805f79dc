"""keeper check: the configuration compared with the chain, with the keys and with the peers. Sends nothing."""

from __future__ import annotations

from keeper.cli.chores import chore_finding
from keeper.cli.finding import Finding, found
from keeper.cli.key_check import key_findings
from keeper.cli.policy import policy_of
from keeper.cli.surroundings import surroundings
from keeper.cli.wiring import WiredKeeper, wired
from keeper.config import KeeperSettings
from keeper.daemon.memory import MARKS_KEPT_DAYS
from keeper.decide.spending import DAY_SECONDS
from risk.returns.history import History

# Keepers on clocks further apart than this would refuse each other's rounds.
_MOST_CLOCK_SKEW_SECONDS = 30


async def findings_of(settings: KeeperSettings) -> list[Finding]:
    """Everything that is checked, in the order it is shown."""
    async with wired(settings, resume=False) as keeper:
        return [
            found("deployment", True, f"{len(keeper.deployment.contracts)} contracts have code"),
            *await _quorum(keeper, settings),
            *await key_findings(keeper),
            *await _terms(keeper, settings),
            *await surroundings(keeper.reader, keeper.deployment, settings, keeper.outbox.sender),
            await chore_finding(settings, keeper),
            found("mode", True, "dry run" if policy_of(settings).dry_run else "publishes"),
        ]


async def _quorum(keeper: WiredKeeper, settings: KeeperSettings) -> list[Finding]:
    lanes, signer = await keeper.reader.lanes(), keeper.keys.signer.address
    listed = lanes.signers[settings.signer] if settings.signer < len(lanes.signers) else "nobody"
    return [
        found(
            "signer",
            listed.lower() == signer.lower(),
            f"index {settings.signer} on chain is {listed}, the configured key is {signer}",
        ),
        found(
            "quorum",
            len(settings.peers) + 1 >= lanes.threshold,
            f"{len(settings.peers)} peers and this keeper, {lanes.threshold} signatures needed",
        ),
    ]


async def _terms(keeper: WiredKeeper, settings: KeeperSettings) -> list[Finding]:
    block, history = await keeper.reader.block(), keeper.assessor.history
    parameters, now = await keeper.reader.parameters(block), await keeper.keeper.now()
    validity_seconds, most = settings.rounds.validity_seconds, parameters.limits.max_time_to_live
    return [
        found(
            "clock",
            abs(now - block.timestamp) <= _MOST_CLOCK_SKEW_SECONDS,
            f"{now - block.timestamp} s off",
        ),
        found("validity", validity_seconds <= most, f"{validity_seconds} s, the contract allows {most} s"),
        found(
            "history",
            history.underlyings == len(parameters.underlyings),
            f"{history.bars} bars of {history.underlyings} underlyings, {_ended(history, now)}",
        ),
    ]


def _ended(history: History, now: int) -> str:
    days = max(now - int(history.timestamps[-1]), 0) // DAY_SECONDS
    unseen = days - MARKS_KEPT_DAYS
    if unseen <= 0:
        return f"its end {days} days ago"
    return f"its end {days} days ago: the model knows nothing of {unseen} of them, renew it"
