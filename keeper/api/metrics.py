"""Prometheus metrics of one keeper, in a registry of its own so that several may live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary


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
        self._prices(self.registry)
        self._progress(self.registry)
        self._preflight(self.registry)
        self._money(self.registry)
        self._chores(self.registry)
        self._solvency(self.registry)
        self._index(self.registry)

    def _prices(self, r: CollectorRegistry) -> None:
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

    def _progress(self, r: CollectorRegistry) -> None:
        self.alerts = Counter(
            "tailguard_alerts", "Alarms by what became of them.", ["alarm", "outcome"], registry=r
        )
        self.stage_seconds = Summary(
            "tailguard_stage_seconds", "Wall time of a stage of the work.", ["stage"], registry=r
        )
        self.stage_running = Gauge(
            "tailguard_stage_running_seconds", "How long a stage runs already.", ["stage"], registry=r
        )
        self.stage_limit = Gauge(
            "tailguard_stage_limit_seconds", "Longest honest time of a stage.", ["stage"], registry=r
        )
        self.ready = Gauge("tailguard_ready", "1 while /readyz says so.", registry=r)
        self.dry_run = Gauge("tailguard_dry_run", "1 where nothing is published.", registry=r)
        self.head_age = Gauge(
            "tailguard_head_age_seconds", "Age of the newest block when the round began.", registry=r
        )

    def _preflight(self, r: CollectorRegistry) -> None:
        self.newly_liquidatable = Gauge(
            "tailguard_preflight_newly_liquidatable", "Accounts that ratios alone would open.", registry=r
        )
        self.drawn_in = Gauge(
            "tailguard_preflight_drawn_in", "Accounts that closing those would draw in.", registry=r
        )
        self.cascade_move = Gauge(
            "tailguard_preflight_move", "Largest relative price move of closing them.", registry=r
        )
        self.over_budget = Gauge(
            "tailguard_preflight_over_budget", "1 while no verdict is signed.", registry=r
        )

    def _money(self, r: CollectorRegistry) -> None:
        self.unfinished = Gauge("tailguard_outbox_unfinished", "Transactions that are not mined.", registry=r)
        self.balance = Gauge("tailguard_sender_balance_wei", "Balance of the sender.", registry=r)
        self.least_balance = Gauge(
            "tailguard_sender_least_wei", "Balance below which people are woken.", registry=r
        )
        self.spent = Gauge("tailguard_spent_wei", "Most that rounds of the last 24 hours cost.", registry=r)
        self.routine_budget = Gauge(
            "tailguard_routine_budget_wei", "Cost of a day from which what is routine waits.", registry=r
        )
        self.gas = Counter(
            "tailguard_gas_used", "Gas of accepted transactions by lane.", ["lane"], registry=r
        )

    def _chores(self, r: CollectorRegistry) -> None:
        self.chores = Counter(
            "tailguard_chores",
            "Calls that anyone may make, by what became of them.",
            ["chore", "result"],
            registry=r,
        )
        self.chores_due = Gauge(
            "tailguard_chores_due", "Calls that would change something now.", ["chore"], registry=r
        )
        self.chores_spent = Gauge(
            "tailguard_chores_offered_wei", "Most that such calls of the last 24 hours cost.", registry=r
        )
        self.chores_budget = Gauge(
            "tailguard_chores_budget_wei",
            "Most that such calls may cost a day; 0 where none is made.",
            registry=r,
        )

    def _solvency(self, r: CollectorRegistry) -> None:
        self.gate_closed = Gauge(
            "tailguard_exit_gate_closed", "1 while nobody can withdraw, NaN while unknown.", registry=r
        )
        self.total_deficit = Gauge(
            "tailguard_total_deficit_quote", "What accounts on auction are known to lack.", registry=r
        )
        self.fund = Gauge("tailguard_insurance_fund_quote", "Cash of the insurance fund.", registry=r)
        self.queued_exits = Gauge(
            "tailguard_queued_exits_quote", "Part of the fund that is on its way out.", registry=r
        )

    def _index(self, r: CollectorRegistry) -> None:
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
