"""State rounds recomputed: what the rows make of the values before, inside which reach, and what was set."""

from __future__ import annotations

from dataclasses import fields

from keeper.audit.quorum_lane import LaneContext, QuorumLaneReplay
from keeper.chain import AuditEvent
from keeper.chain.events import LANE_ROUND_ACCEPTED
from keeper.decide.state_box import (
    absolute_reach,
    average,
    covariance_of,
    covariance_problems,
    funding_per_year,
    share,
)
from keeper.parameters import StateLimits
from keeper.wire import STATE_BORROW_PREMIUM, STATE_LOADING, STATE_PREMIUM, StateRow


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class StateLaneReplay:
    """The lane's storage, and what the round in progress must set."""

    def __init__(self) -> None:
        self.lane = QuorumLaneReplay({_camel(f.name): 0 for f in fields(StateLimits)})
        self.changed_at = 0
        self._expected: dict[tuple[str, int], tuple[int, ...]] = {}

    def copy(self) -> StateLaneReplay:
        other = StateLaneReplay()
        other.lane, other.changed_at = self.lane.copy(), self.changed_at
        other._expected = dict(self._expected)
        return other

    @property
    def limits(self) -> StateLimits:
        return StateLimits(*self.lane.limits.values())

    def apply(self, event: AuditEvent, context: LaneContext) -> list[str]:
        """One of the lane's own events on."""
        if event.name == "StateLimitSet":
            return self.lane.limit_set(event)
        if event.name == LANE_ROUND_ACCEPTED:
            problems = self.lane.accepted(event, context)
            problems += self._foresee(context)
            self.changed_at = context.time
            return problems
        if event.name == "PremiumAveraged":
            return self._compare("average", event.arguments["underlying"], event.arguments["newAverage"])
        return []

    def observed(self, event: AuditEvent) -> list[str]:
        """What the parameter contract recorded, against what the rows give."""
        said = event.arguments
        if event.name == "LoadingSet":
            place = said["row"] * (said["row"] + 1) // 2 + said["column"]
            return self._compare("loading", place, said["loading"])
        if event.name == "PerpetualStateSet":
            values = (said["premium"], said["fundingPerYear"], said["life"])
            return self._compare("perpetual", said["underlying"], *values)
        if event.name == "BorrowPremiumSet":
            return self._compare("borrow", 0, said["newValue"])
        return []

    def _compare(self, kind: str, index: int, *said: int) -> list[str]:
        expected = self._expected.pop((kind, index), None)
        if expected is None or expected == said:
            return []
        return [f"{kind} {index}: event {said}, rows give {expected}"]

    def _foresee(self, context: LaneContext) -> list[str]:
        """What the round must set; with every value that it may not."""
        self._expected = {}
        if self.lane.round is None:
            return []
        rows = [row for row in self.lane.round.rows if isinstance(row, StateRow)]
        count, elapsed = (
            len(context.parameters.underlyings),
            self.limits.elapsed(context.time, self.changed_at),
        )
        loadings = [row.value for row in rows if row.kind == STATE_LOADING]
        if len(loadings) != count * (2 * count + 1) or len(rows) != len(loadings) + count + 1:
            return [f"rows: {len(rows)} are no whole round of {count} underlyings"]
        self._expected = {("loading", place): (value,) for place, value in enumerate(loadings)}
        before = covariance_of(context.parameters.loadings, 2 * count)
        problems = covariance_problems(before, covariance_of(loadings, 2 * count), self.limits, elapsed)
        for row in rows:
            if row.kind == STATE_PREMIUM:
                problems += self._premium(row, context, elapsed)
            if row.kind == STATE_BORROW_PREMIUM:
                problems += self._borrow(row, context, elapsed)
        return problems

    def _premium(self, row: StateRow, context: LaneContext, elapsed: int) -> list[str]:
        limits, old = self.limits, context.parameters.state.perpetual(row.index).premium
        mean = average(old, row.value, elapsed, limits.premium_average_seconds)
        priced = context.lanes.prices.get(row.index)
        funding = funding_per_year(mean, priced[0].price, limits) if mean and priced is not None else 0
        self._expected["average", row.index] = (mean,)
        self._expected["perpetual", row.index] = (mean, funding, limits.funding_life_seconds)
        if abs(row.value) <= limits.most_premium:
            return []
        return [f"premium {row.index}: {row.value} beyond {limits.most_premium}"]

    def _borrow(self, row: StateRow, context: LaneContext, elapsed: int) -> list[str]:
        old, limits = context.parameters.state.borrow_premium, self.limits
        moved = share(limits.borrow_premium_speed, elapsed)
        least, most = absolute_reach(old, moved, limits.most_borrow_premium)
        self._expected["borrow", 0] = (row.value,)
        return (
            [] if least <= row.value <= most else [f"borrow premium: {row.value} outside [{least}, {most}]"]
        )
