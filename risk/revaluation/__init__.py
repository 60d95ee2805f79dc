"""Every instrument in every scenario, and every account as a sparse row of it."""

from risk.revaluation.account_loop import (
    account_chunk_risk,
    account_chunks,
    book_risk_parallel,
    joined_book_risk,
)
from risk.revaluation.book_risk import BookRisk, book_risk, book_risk_reference
from risk.revaluation.explanation import RequirementExplanation, explain_requirement, horizon_decay
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.matrix import (
    profit_and_loss_matrix,
    profit_and_loss_matrix_reference,
    term_weight,
)
from risk.revaluation.scenario_index import ScenarioIndex, build_index
from risk.revaluation.sensitivities import (
    InstrumentState,
    UnitValues,
    instrument_state,
    marks_at,
    unit_values,
)
from risk.revaluation.surface_matrix import surface_profit_and_loss_matrix

__all__ = [
    "BookRisk",
    "InstrumentState",
    "ProfitAndLoss",
    "RequirementExplanation",
    "ScenarioIndex",
    "UnitValues",
    "account_chunk_risk",
    "account_chunks",
    "book_risk",
    "book_risk_parallel",
    "book_risk_reference",
    "build_index",
    "explain_requirement",
    "horizon_decay",
    "instrument_state",
    "joined_book_risk",
    "marks_at",
    "profit_and_loss_matrix",
    "profit_and_loss_matrix_reference",
    "surface_profit_and_loss_matrix",
    "term_weight",
    "unit_values",
]
