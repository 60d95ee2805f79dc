"""From raw bars to aligned returns and a history."""

from risk.returns.alignment import AlignedSeries, Gap, GapPolicy, GapReport, LogReturns, align, log_returns
from risk.returns.history import History, log_moves, window_moves

__all__ = [
    "AlignedSeries",
    "Gap",
    "GapPolicy",
    "GapReport",
    "History",
    "LogReturns",
    "align",
    "log_moves",
    "log_returns",
    "window_moves",
]
