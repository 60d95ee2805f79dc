"""Minimum of the GARCH loss inside a box, compiled as a whole: quasi-Newton with an active set.

Each start's Hessian is differenced from the analytic gradient; damped BFGS updates (Powell 1978) keep it
positive definite from there. Coordinates at a bound that the gradient pushes outwards are held (Bertsekas 1982),
the step is projected on the box and halved until the loss falls enough (Armijo). Deterministic.
"""

from typing import Final

import numpy as np

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.volatility.likelihood import mean_loss

__all__ = ["minimise"]

_SIZE: Final = 5
_ITERATIONS: Final = 300
_HALVINGS: Final = 40
_GRADIENT: Final = 1e-9  # of the mean log-likelihood, projected on the box
_ARMIJO: Final = 1e-4
_ROUNDING: Final = 4e-16
_LONGEST_STEP: Final = 2.0
_DIFFERENCE: Final = 1e-5
_RUNS: Final = 2


@compiled
def minimise(
    squares: FloatArray,
    downs: FloatArray,
    presample: float,
    starts: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> tuple[FloatArray, float, FloatArray, int]:
    """theta (5,), loss, gradient (5,), iterations: the better of the searches from the two best starts (m, 5).

    A coordinate with low == high is fixed.
    """
    gradient = np.empty(_SIZE)
    losses = np.empty(starts.shape[0])
    for i in range(starts.shape[0]):
        losses[i] = mean_loss(starts[i], squares, downs, presample, gradient)
    order = np.argsort(losses, kind="mergesort")
    best = _descend(squares, downs, presample, starts[order[0]], low, high)
    for i in range(1, min(_RUNS, starts.shape[0])):
        run = _descend(squares, downs, presample, starts[order[i]], low, high)
        if run[1] < best[1]:
            best = run
    return best


@compiled
def _descend(
    squares: FloatArray,
    downs: FloatArray,
    presample: float,
    start: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> tuple[FloatArray, float, FloatArray, int]:
    x, gradient, trial_gradient = start.copy(), np.empty(_SIZE), np.empty(_SIZE)
    loss = mean_loss(x, squares, downs, presample, gradient)
    hessian = _curvature(x, squares, downs, presample, low, high)
    fresh, iteration = True, 0
    while iteration < _ITERATIONS:
        projected = np.minimum(np.maximum(x - gradient, low), high) - x
        if np.abs(projected).max() <= _GRADIENT:
            break
        iteration += 1
        direction = _direction(x, gradient, hessian, low, high)
        step, accepted = 1.0, False
        for _ in range(_HALVINGS):
            trial = np.minimum(np.maximum(x + step * direction, low), high)
            trial_loss = mean_loss(trial, squares, downs, presample, trial_gradient)
            limit = loss + _ARMIJO * np.sum(gradient * (trial - x)) + _ROUNDING * abs(loss)
            if trial_loss <= limit:
                accepted = True
                break
            step *= 0.5
        if accepted and np.any(trial != x):
            _update(hessian, trial - x, trial_gradient - gradient)
            x, loss, fresh = trial, trial_loss, False
            gradient[:] = trial_gradient
        elif fresh:
            break
        else:
            hessian = _curvature(x, squares, downs, presample, low, high)
            fresh = True
    return x, loss, gradient, iteration


@compiled
def _direction(
    x: FloatArray, gradient: FloatArray, hessian: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Newton's step over the coordinates that the box leaves free, no longer than 2 in any of them."""
    matrix, right = hessian.copy(), -gradient
    for i in range(_SIZE):
        if (x[i] <= low[i] and gradient[i] >= 0.0) or (x[i] >= high[i] and gradient[i] <= 0.0):
            matrix[i, :] = 0.0
            matrix[:, i] = 0.0
            matrix[i, i], right[i] = 1.0, 0.0
    direction: FloatArray = np.asarray(np.linalg.solve(matrix, right))
    if np.sum(direction * gradient) >= 0.0:
        direction = right
    longest = np.abs(direction).max()
    return direction if longest <= _LONGEST_STEP else direction * (_LONGEST_STEP / longest)


@compiled
def _curvature(
    x: FloatArray,
    squares: FloatArray,
    downs: FloatArray,
    presample: float,
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Hessian by differences of the gradient inside the box, eigenvalues made positive; 1 where fixed."""
    hessian, ahead, behind = np.eye(_SIZE), np.empty(_SIZE), np.empty(_SIZE)
    for i in range(_SIZE):
        if low[i] < high[i]:
            up, down = x.copy(), x.copy()
            up[i], down[i] = min(x[i] + _DIFFERENCE, high[i]), max(x[i] - _DIFFERENCE, low[i])
            mean_loss(up, squares, downs, presample, ahead)
            mean_loss(down, squares, downs, presample, behind)
            hessian[i, :] = (ahead - behind) / (up[i] - down[i])
    for i in range(_SIZE):
        if low[i] == high[i]:
            hessian[i, :] = 0.0
            hessian[:, i] = 0.0
            hessian[i, i] = 1.0
    values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
    values = np.maximum(np.abs(values), 1e-6)
    repaired: FloatArray = np.asarray((vectors * values) @ vectors.T)
    return repaired


@compiled
def _update(hessian: FloatArray, step: FloatArray, change: FloatArray) -> None:
    """BFGS in place, `change` pulled towards the model's where the curvature along the step is too small."""
    along = np.zeros(_SIZE)
    for i in range(_SIZE):
        for j in range(_SIZE):
            along[i] += hessian[i, j] * step[j]
    model, seen = np.sum(step * along), np.sum(step * change)
    if model <= 0.0:
        return
    if seen < 0.2 * model:
        weight = 0.8 * model / (model - seen)
        change = weight * change + (1.0 - weight) * along
        seen = np.sum(step * change)
    for i in range(_SIZE):
        for j in range(_SIZE):
            hessian[i, j] += change[i] * change[j] / seen - along[i] * along[j] / model
