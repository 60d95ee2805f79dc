"""How factors move together."""

from risk.dependence.covariance import (
    ShrunkCovariance,
    is_positive_semidefinite,
    loadings,
    lower_triangle,
    nearest_positive_semidefinite,
    shrunk_covariance,
)
from risk.dependence.dcc import DynamicCorrelation, correlation_path, fit_dynamic_correlation
from risk.dependence.ledoit_wolf import constant_variance_covariance
from risk.dependence.multivariate_t import MultivariateT, fit_multivariate_t
from risk.dependence.nearest_correlation import nearest_correlation
from risk.dependence.skewed_t_copula import (
    SkewedTCopula,
    SkewedTFit,
    fit_skewed_t_copula,
    simulate_skewed_t_copula,
    skewed_t_copula_log_density,
)
from risk.dependence.student_t_copula import (
    StudentTCopula,
    fit_student_t_copula,
    simulate_student_t_copula,
)
from risk.dependence.tail_dependence import student_t_tail_dependence

__all__ = [
    "DynamicCorrelation",
    "MultivariateT",
    "ShrunkCovariance",
    "SkewedTCopula",
    "SkewedTFit",
    "StudentTCopula",
    "constant_variance_covariance",
    "correlation_path",
    "fit_dynamic_correlation",
    "fit_multivariate_t",
    "fit_skewed_t_copula",
    "fit_student_t_copula",
    "is_positive_semidefinite",
    "loadings",
    "lower_triangle",
    "nearest_correlation",
    "nearest_positive_semidefinite",
    "shrunk_covariance",
    "simulate_skewed_t_copula",
    "simulate_student_t_copula",
    "skewed_t_copula_log_density",
    "student_t_tail_dependence",
]
