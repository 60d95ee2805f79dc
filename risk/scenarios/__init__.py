"""Joint moves of spots and volatilities."""

from risk.scenarios.adversarial import FlashLoan, flash_loan, flash_loan_scenarios, oracle_bias_scenarios
from risk.scenarios.blend import History, ScenarioConfig, ScenarioSet, blend, build_scenarios, factor_moves
from risk.scenarios.diffusion import gbm_paths, horizon_scenarios
from risk.scenarios.generators import filtered_historical_moves, historical_moves, student_t_moves
from risk.scenarios.importance import DeltaGammaTwist, TwistedMoves
from risk.scenarios.jump_diffusion import JumpDiffusion, merton_paths, merton_price
from risk.scenarios.marginals import (
    HistoricalMarginal,
    Marginal,
    StudentTMarginal,
    historical_marginal,
    student_t_marginal,
)
from risk.scenarios.path_minimum import (
    FirstPassage,
    first_passage,
    linear_equity,
    minimum_along,
    observed_minimum,
)
from risk.scenarios.sampling import (
    antithetic_uniforms,
    normals,
    philox_uniforms,
    random_stream,
    sobol_uniforms,
    uniforms,
)
from risk.scenarios.surface_moves import (
    SurfaceLaw,
    SurfaceMoves,
    fit_surface_law,
    surface_coordinates,
    surface_factors,
)
from risk.scenarios.t_copula import TCopula, fit_t_copula
from risk.scenarios.time_weighted import (
    WeightedScenarios,
    effective_observations,
    time_weighted_historical,
    time_weights,
)

__all__ = [
    "DeltaGammaTwist",
    "FirstPassage",
    "FlashLoan",
    "HistoricalMarginal",
    "History",
    "JumpDiffusion",
    "Marginal",
    "ScenarioConfig",
    "ScenarioSet",
    "StudentTMarginal",
    "SurfaceLaw",
    "SurfaceMoves",
    "TCopula",
    "TwistedMoves",
    "WeightedScenarios",
    "antithetic_uniforms",
    "blend",
    "build_scenarios",
    "effective_observations",
    "factor_moves",
    "filtered_historical_moves",
    "first_passage",
    "fit_surface_law",
    "fit_t_copula",
    "flash_loan",
    "flash_loan_scenarios",
    "gbm_paths",
    "historical_marginal",
    "historical_moves",
    "horizon_scenarios",
    "linear_equity",
    "merton_paths",
    "merton_price",
    "minimum_along",
    "normals",
    "observed_minimum",
    "oracle_bias_scenarios",
    "philox_uniforms",
    "random_stream",
    "sobol_uniforms",
    "student_t_marginal",
    "student_t_moves",
    "surface_coordinates",
    "surface_factors",
    "time_weighted_historical",
    "time_weights",
    "uniforms",
]
