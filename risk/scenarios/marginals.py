"""Quantile functions that turn a copula's uniforms into moves: the sample's own, or a fitted Student-t."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from risk._checks import finite_array
from risk.arrays import FloatArray, read_only
from risk.dependence.multivariate_t import fit_multivariate_t
from risk.errors import NotEnoughObservations

__all__ = ["HistoricalMarginal", "Marginal", "StudentTMarginal", "historical_marginal", "student_t_marginal"]

_LEAST_HISTORY: Final = 20


class Marginal(Protocol):
    """One factor's law."""

    def quantile(self, uniforms: FloatArray) -> FloatArray:
        """The value with that probability below it, same shape."""


@dataclass(frozen=True, slots=True, eq=False)
class HistoricalMarginal:
    """ordered: (T,) sample ascending. Linear between the ranks (i + 1/2) / T; never beyond what was seen."""

    ordered: FloatArray

    def quantile(self, uniforms: FloatArray) -> FloatArray:
        places = (np.arange(self.ordered.size) + 0.5) / self.ordered.size
        return np.asarray(np.interp(uniforms, places, self.ordered))


@dataclass(frozen=True, slots=True)
class StudentTMarginal:
    """location + scale t_nu^-1(u): a tail beyond what was seen."""

    location: float
    scale: float
    degrees_of_freedom: float

    def quantile(self, uniforms: FloatArray) -> FloatArray:
        return np.asarray(self.location + self.scale * special.stdtrit(self.degrees_of_freedom, uniforms))


def historical_marginal(*, observations: ArrayLike) -> HistoricalMarginal:
    """Of a sample (T,). Raises NotEnoughObservations below 20, InvalidInput."""
    values = finite_array(name="observations", values=observations, dimensions=1)
    if values.size < _LEAST_HISTORY:
        raise NotEnoughObservations(
            f"a historical marginal needs {_LEAST_HISTORY} observations, got {values.size}"
        )
    return HistoricalMarginal(ordered=read_only(np.sort(values)))


def student_t_marginal(*, observations: ArrayLike) -> StudentTMarginal:
    """Maximum likelihood fit of a sample (T,). Errors as `fit_multivariate_t`."""
    values = finite_array(name="observations", values=observations, dimensions=1)
    fit = fit_multivariate_t(observations=values[:, None])
    return StudentTMarginal(
        location=float(fit.location[0]),
        scale=float(fit.scatter[0, 0] ** 0.5),
        degrees_of_freedom=fit.degrees_of_freedom,
    )
