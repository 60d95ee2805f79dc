"""Prometheus metrics of one keeper, in a registry of its own so that several may live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class KeeperMetrics:
    """Names are `tailguard_*`; labels are few and bounded."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.cycles = Counter("tailguard_cycles", "Cycles by result.", ["result"], registry=r)
        self.cycle_seconds = Histogram(
            "tailguard_cycle_seconds",
            "Wall time from observe to remember.",
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
            registry=r,
        )
        self.rounds = Counter(
            "tailguard_rounds_published", "Rounds accepted on chain by lane.", ["lane"], registry=r
        )
        self.endorsements = Counter(
            "tailguard_endorsements", "Answers to proposals of peers.", ["result"], registry=r
        )
        self.rejections = Counter(
            "tailguard_source_rejections", "Sources that got no vote.", ["source", "reason"], registry=r
        )
        self.price = Gauge("tailguard_price_quote", "Consensus price.", ["underlying"], registry=r)
        self.confidence = Gauge(
            "tailguard_price_confidence_quote",
            "Half-width of the price interval.",
            ["underlying"],
            registry=r,
        )
        self.sources = Gauge("tailguard_price_sources", "Accepted sources.", ["underlying"], registry=r)
        self.accounts = Gauge("tailguard_accounts", "Accounts by health.", ["health"], registry=r)
        self.mode = Gauge("tailguard_mode", "1 for the present mode, 0 for the others.", ["mode"], registry=r)
        self.last_round_at = Gauge(
            "tailguard_last_round_observed_at", "Observed-at of the last round.", registry=r
        )
        self.alerts = Counter(
            "tailguard_alerts", "Alarms by what became of them.", ["alarm", "outcome"], registry=r
        )
        self.gas = Counter(
            "tailguard_gas_used", "Gas of accepted transactions by lane.", ["lane"], registry=r
        )
        self.index_complete = Gauge(
            "tailguard_index_complete",
            "1 while the event index is complete at the round's block and agrees with the contracts.",
            registry=r,
        )
        self.index_block = Gauge(
            "tailguard_index_block", "Block that the event index was last advanced to.", registry=r
        )
        self.index_events = Counter("tailguard_index_events", "Events taken into the index.", registry=r)
        self.index_undone = Counter(
            "tailguard_index_undone_blocks", "Indexed blocks taken back by reorganisations.", registry=r
        )
