"""From raw bars to aligned returns and a history."""

from risk.returns.alignment import AlignedSeries, Gap, GapPolicy, GapReport, LogReturns, align, log_returns
from risk.returns.conversion import (
    compound_simple,
    log_from_simple,
    portfolio_simple_return,
    simple_from_log,
)
from risk.returns.history import History, log_moves, window_moves
from risk.returns.panel import CellStatus, JointReturns, Panel, PriceSeries, align_panel, joint_log_returns
from risk.returns.quality import FrozenRun, OrderedSeries, QualityReport, ordered_series, quality_report
from risk.returns.sample_size import (
    normal_quantile_deviation,
    observations_needed,
    require_tail_observations,
)
from risk.returns.supply_events import (
    SUPPLY_BEHAVIOUR,
    SupplyBehaviour,
    SupplyEvent,
    adjusted_prices,
    held_units,
    supply_behaviour,
)

__all__ = [
    "SUPPLY_BEHAVIOUR",
    "AlignedSeries",
    "CellStatus",
    "FrozenRun",
    "Gap",
    "GapPolicy",
    "GapReport",
    "History",
    "JointReturns",
    "LogReturns",
    "OrderedSeries",
    "Panel",
    "PriceSeries",
    "QualityReport",
    "SupplyBehaviour",
    "SupplyEvent",
    "adjusted_prices",
    "align",
    "align_panel",
    "compound_simple",
    "held_units",
    "joint_log_returns",
    "log_from_simple",
    "log_moves",
    "log_returns",
    "normal_quantile_deviation",
    "observations_needed",
    "ordered_series",
    "portfolio_simple_return",
    "quality_report",
    "require_tail_observations",
    "simple_from_log",
    "supply_behaviour",
    "window_moves",
]
