"""Joint moves of spots and volatilities."""

from risk.scenarios.blend import History, ScenarioConfig, ScenarioSet, blend, build_scenarios, factor_moves
from risk.scenarios.generators import filtered_historical_moves, historical_moves, student_t_moves

__all__ = [
    "History",
    "ScenarioConfig",
    "ScenarioSet",
    "blend",
    "build_scenarios",
    "factor_moves",
    "filtered_historical_moves",
    "historical_moves",
    "student_t_moves",
]
