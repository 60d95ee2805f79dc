"""The daemon's figures as Prometheus metrics."""

from __future__ import annotations

from keeper.api.metrics import KeeperMetrics
from keeper.daemon.ports import Published
from keeper.daemon.round import Round
from keeper.daemon.status import health_of
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
        metrics.accounts.clear()
        if round_.assessment is not None:
            for account in round_.accounts:
                metrics.accounts.labels(health_of(account)).inc()

    def published(self, published: Published) -> None:
        self._metrics.rounds.labels(str(published.lane)).inc()
        self._metrics.gas.labels(str(published.lane)).inc(published.gas_used)
        self._metrics.last_round_at.set(published.observed_at)

    def endorsed(self, result: str) -> None:
        self._metrics.endorsements.labels(result).inc()
