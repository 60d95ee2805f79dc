"""The model that stands in where a GARCH search does not converge."""

from __future__ import annotations

import numpy as np
import pytest

from risk.volatility import fit_garch, fit_or_target, targeted_garch

RETURNS = np.random.default_rng(5).standard_normal(400) * 0.01


def test_it_has_the_variance_of_the_sample_and_follows_the_recursion() -> None:
    fit = targeted_garch(returns=RETURNS)
    assert fit.parameters.long_run_variance == pytest.approx(np.mean(RETURNS**2), rel=1e-12)
    last = 0.01 * np.mean(RETURNS**2) + 0.05 * RETURNS[-1] ** 2 + 0.94 * fit.variances[-1]
    assert fit.next_variance == pytest.approx(last, rel=1e-12)
    assert fit.standardised_residuals == pytest.approx(RETURNS / np.sqrt(fit.variances), rel=1e-12)


def test_a_search_that_converges_is_kept() -> None:
    assert fit_or_target(returns=RETURNS).parameters == fit_garch(returns=RETURNS).parameters
