"""Scenario sets: joint relative moves of spots and 30-day volatilities over the margin horizon.

`build_scenarios` blends three generators (`risk.scenarios.generators`), each with its own random stream, in a fixed
order: historical, filtered historical, Student-t. Same history, configuration and machine: the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import checked_count, finite_array
from risk.arrays import FloatArray, read_only
from risk.errors import InvalidInput, NotEnoughObservations
from risk.returns.history import History
from risk.scenarios.generators import filtered_historical_moves, historical_moves, student_t_moves
from risk.scenarios.sampling import random_stream

__all__ = ["History", "ScenarioConfig", "ScenarioSet", "blend", "build_scenarios", "factor_moves"]

# Stream numbers of the generators: part of the result, so they never change.
_FILTERED_STREAM: Final = 1
_STUDENT_T_STREAM: Final = 2
_MOST_SEED: Final = 2**64 - 1


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioSet:
    """Scenarios by rows, equally likely.

    spot_returns: (n_scenarios, n_underlyings) simple relative moves over the horizon, above -1, the same
    for index and forwards. volatility_moves: same shape, relative moves of 30-day volatility, at least -1.
    label: for people. counts: (label, scenarios) of each part in row order. The arrays become read-only.
    Raises InvalidInput for any other shape or value, or when the counts do not add up.
    """

    spot_returns: FloatArray
    volatility_moves: FloatArray
    label: str
    counts: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        spots = finite_array(name="spot_returns", values=self.spot_returns, dimensions=2).copy()
        moves = finite_array(name="volatility_moves", values=self.volatility_moves, dimensions=2).copy()
        if spots.shape != moves.shape or spots.shape[1] == 0:
            raise InvalidInput(f"spot_returns {spots.shape} and volatility_moves {moves.shape} must match")
        if spots.size and spots.min() <= -1.0:
            raise InvalidInput(f"a spot return must be above -1, got {spots.min()}")
        if moves.size and moves.min() < -1.0:
            raise InvalidInput(f"a volatility move must be at least -1, got {moves.min()}")
        counts = self.counts or ((self.label, spots.shape[0]),)
        if sum(count for _, count in counts) != spots.shape[0]:
            raise InvalidInput(f"counts {counts} do not add up to {spots.shape[0]} scenarios")
        object.__setattr__(self, "spot_returns", read_only(spots))
        object.__setattr__(self, "volatility_moves", read_only(moves))
        object.__setattr__(self, "counts", counts)

    @property
    def scenarios(self) -> int:
        return int(self.spot_returns.shape[0])

    @property
    def underlyings(self) -> int:
        return int(self.spot_returns.shape[1])

    @property
    def factors(self) -> FloatArray:
        """(n_scenarios, n_underlyings, 2) spot return and volatility move."""
        return np.stack([self.spot_returns, self.volatility_moves], axis=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioConfig:
    """What to generate; goes into the model hash.

    horizon_steps: margin horizon in steps of the history. seed: 0 .. 2^64 - 1, the key of the counter-based
    generator. *_count: scenarios of each kind, 0 to leave it out; historical takes the newest windows there
    are, at most that many. maximum_log_move: bound of a simulated log move over the horizon, either side
    (a Student-t has no mean of exp without one); 2 is -86% .. +639%.
    """

    horizon_steps: int
    seed: int
    historical_count: int
    filtered_count: int
    student_t_count: int
    maximum_log_move: float = 2.0

    def __post_init__(self) -> None:
        checked_count(name="horizon_steps", value=self.horizon_steps, least=1)
        checked_count(name="seed", value=self.seed, least=0)
        for name in ("historical_count", "filtered_count", "student_t_count"):
            checked_count(name=name, value=getattr(self, name), least=0)
        if self.seed > _MOST_SEED:
            raise InvalidInput(f"seed must fit 64 bits, got {self.seed}")
        if not 0.0 < self.maximum_log_move <= 10.0:
            raise InvalidInput(f"maximum_log_move must lie in (0, 10], got {self.maximum_log_move}")
        if self.historical_count + self.filtered_count + self.student_t_count == 0:
            raise InvalidInput("at least one scenario count must be positive")


def build_scenarios(
    *, history: History, config: ScenarioConfig, recent_variance: ArrayLike | None = None
) -> ScenarioSet:
    """The blend `config` describes, drawn from `history`.

    recent_variance: (n,) variance of a step's log return from which filtered historical simulation starts,
    per underlying; none: the GARCH forecast for the step after the last bar. Errors: those of
    `risk.scenarios.generators`.
    """
    parts: list[ScenarioSet] = []
    if config.historical_count:
        moves = historical_moves(
            history=history, horizon_steps=config.horizon_steps, count=config.historical_count
        )
        parts.append(_scenario_set(moves=moves, label="historical"))
    if config.filtered_count:
        moves = filtered_historical_moves(
            history=history,
            horizon_steps=config.horizon_steps,
            count=config.filtered_count,
            generator=random_stream(seed=config.seed, stream=_FILTERED_STREAM),
            maximum_log_move=config.maximum_log_move,
            recent_variance=recent_variance,
        )
        parts.append(_scenario_set(moves=moves, label="filtered_historical"))
    if config.student_t_count:
        moves = student_t_moves(
            history=history,
            horizon_steps=config.horizon_steps,
            count=config.student_t_count,
            generator=random_stream(seed=config.seed, stream=_STUDENT_T_STREAM),
            maximum_log_move=config.maximum_log_move,
        )
        parts.append(_scenario_set(moves=moves, label="student_t"))
    return blend(parts=parts)


def blend(*, parts: Sequence[ScenarioSet]) -> ScenarioSet:
    """Concatenation in the order given, every scenario equally likely; label
    "historical:512+student_t:1024".

    Raises NotEnoughObservations without parts, InvalidInput when they differ in underlyings.
    """
    if not parts:
        raise NotEnoughObservations("a blend needs at least 1 scenario set, got 0")
    widths = sorted({part.underlyings for part in parts})
    if len(widths) > 1:
        raise InvalidInput(f"scenario sets of {widths} underlyings cannot be blended")
    counts = tuple(count for part in parts for count in part.counts)
    return ScenarioSet(
        spot_returns=np.concatenate([part.spot_returns for part in parts]),
        volatility_moves=np.concatenate([part.volatility_moves for part in parts]),
        label="+".join(f"{label}:{count}" for label, count in counts),
        counts=counts,
    )


def factor_moves(*, scenarios: ScenarioSet) -> FloatArray:
    """Scenarios as observations (n_scenarios, 2n) in the order of factors: spot 0, volatility 0, spot 1,
    ..."""
    return _interleaved(spots=scenarios.spot_returns, volatilities=scenarios.volatility_moves)


def _interleaved(*, spots: FloatArray, volatilities: FloatArray) -> FloatArray:
    moves = np.empty((spots.shape[0], 2 * spots.shape[1]))
    moves[:, 0::2], moves[:, 1::2] = spots, volatilities
    return moves


def _scenario_set(*, moves: FloatArray, label: str) -> ScenarioSet:
    return ScenarioSet(spot_returns=moves[:, 0::2], volatility_moves=moves[:, 1::2], label=label)
