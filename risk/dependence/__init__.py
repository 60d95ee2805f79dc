"""How factors move together."""

from risk.dependence.covariance import (
    ShrunkCovariance,
    is_positive_semidefinite,
    loadings,
    lower_triangle,
    nearest_positive_semidefinite,
    shrunk_covariance,
)
from risk.dependence.multivariate_t import MultivariateT, fit_multivariate_t

__all__ = [
    "MultivariateT",
    "ShrunkCovariance",
    "fit_multivariate_t",
    "is_positive_semidefinite",
    "loadings",
    "lower_triangle",
    "nearest_positive_semidefinite",
    "shrunk_covariance",
]
