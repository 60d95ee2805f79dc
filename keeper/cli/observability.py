"""The daemon's figures as Prometheus metrics."""

from __future__ import annotations

from collections import Counter
from functools import partial

from keeper.alarms import Alarm
from keeper.alerts import Outcome
from keeper.api.metrics import KeeperMetrics
from keeper.chores import RESULTS
from keeper.cli.tally import TALLY
from keeper.daemon.keeper import Keeper
from keeper.daemon.ports import Published
from keeper.daemon.progress import Stage
from keeper.daemon.proposal import CONTRACTS
from keeper.daemon.round import Round
from keeper.daemon.status import HEALTHS, UNKNOWN, health_of
from keeper.decide.chores import ChoreKind
from keeper.types import Mode


class PrometheusObservability:
    """Implements the daemon's `Observability` port."""

    def __init__(self, metrics: KeeperMetrics) -> None:
        self._metrics = metrics

    def cycle(self, result: str, seconds: float) -> None:
        self._metrics.cycles.labels(result).inc()
        self._metrics.cycle_seconds.observe(seconds)

    def observed(self, round_: Round) -> None:
        metrics = self._metrics
        for absent in round_.observation.rejections:
            metrics.rejections.labels(absent.source, absent.reason.value).inc()
        for price in round_.prices:
            name = str(price.underlying)
            metrics.price.labels(name).set(float(price.price))
            metrics.confidence.labels(name).set(float(price.confidence))
            metrics.sources.labels(name).set(len(price.accepted))
            for rejection in price.rejected:
                metrics.rejections.labels(rejection.source, rejection.reason.value).inc()
        for mode in Mode:
            metrics.mode.labels(mode.value).set(mode is round_.mode.mode)
        index = round_.context.view.index
        if index is not None:
            metrics.index_complete.set(not index.reason)
            metrics.index_block.set(index.block)
            metrics.index_events.inc(index.events)
            metrics.index_undone.inc(index.undone)
        metrics.head_age.set(round_.context.now - round_.context.view.block.timestamp)
        self._accounts(round_)
        self._preflight(round_)

    def _accounts(self, round_: Round) -> None:
        """While the keeper is HALTED every account is unknown."""
        halted = round_.assessment is None
        known = [UNKNOWN] * len(round_.context.view.accounts) if halted else map(health_of, round_.accounts)
        counts = Counter(known)
        for health in HEALTHS:
            self._metrics.accounts.labels(health).set(counts[health])

    def _preflight(self, round_: Round) -> None:
        found, metrics = round_.preflight, self._metrics
        metrics.over_budget.set(bool(round_.over_budget))
        metrics.newly_liquidatable.set(0 if found is None else len(found.newly_liquidatable))
        metrics.drawn_in.set(0 if found is None else len(found.cascade.drawn_in))
        metrics.cascade_move.set(0 if found is None else found.cascade.largest_move)

    def published(self, published: Published) -> None:
        self._metrics.rounds.labels(str(published.lane)).inc()
        self._metrics.gas.labels(str(published.lane)).inc(published.gas_used)
        self._metrics.last_round_at.set(published.observed_at)

    def endorsed(self, result: str) -> None:
        self._metrics.endorsements.labels(result).inc()

    def stage(self, stage: Stage, seconds: float) -> None:
        self._metrics.stage_seconds.labels(stage.value).observe(seconds)

    def tended(self, unfinished: int) -> None:
        self._metrics.unfinished.set(unfinished)

    def paid(self, *, spent_wei: int) -> None:
        self._metrics.spent.set(spent_wei)

    def balance(self, wei: int) -> None:
        self._metrics.balance.set(wei)


def expose(metrics: KeeperMetrics, keeper: Keeper) -> None:
    """What is read when it is asked for, what never changes, and every label value from the start: a series that is
    missing until the first failure makes an alert that misses it."""
    policy, progress = keeper.policy, keeper.progress
    metrics.registry.register(TALLY)
    metrics.ready.set_function(lambda: float(keeper.is_ready()))
    metrics.dry_run.set(policy.dry_run)
    metrics.least_balance.set(policy.low_balance_wei)
    metrics.routine_budget.set(policy.routine_wei_per_day)
    for stage, limit in progress.limits.items():
        metrics.stage_limit.labels(stage.value).set(limit)
        metrics.stage_running.labels(stage.value).set_function(partial(progress.running_seconds, stage))
        metrics.stage_seconds.labels(stage.value)
    for result in ("done", "failed"):
        metrics.cycles.labels(result)
    for result in ("signed", "withheld", "refused"):
        metrics.endorsements.labels(result)
    for lane in sorted(CONTRACTS):
        metrics.rounds.labels(str(lane))
        metrics.gas.labels(str(lane))
    for kind in ChoreKind:
        metrics.chores_due.labels(kind.value)
        for result in RESULTS:
            metrics.chores.labels(kind.value, result)
    for alarm in Alarm:
        for outcome in Outcome:
            metrics.alerts.labels(alarm.value, outcome.value)
