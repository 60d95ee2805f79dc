"""Scenarios gathered into leaves of a kd-tree on their factors, with bounds of every instrument over every
leaf.

Within a leaf each factor runs over an interval; z in [-1, 1] is its place in it. Instrument i, which
depends on the factors of its own group (its underlying's spot and volatility, or its spot and the level, skew and
term of its surface), is fitted there by

    P[i, s] = a + sum_f b_f z_f(s) + e(s),    |e(s)| <= r,

least squares, then centred so that r is half the range of e. Hence for an account of quantities q, over a
leaf of which only these sums are read,

    sum_i q_i P[i, s] >= sum_i q_i a_i - sum_f |sum_i q_i b_if| - sum_i |q_i| r_i :

slopes net against each other, residuals do not. r holds, besides, what rounding can add to both sides:
n terms summed in any order in precision u are off by at most 1.01 n u sum |q_i p_i| (Higham, Accuracy and
Stability of Numerical Algorithms, section 4.2), so `rounding` (|a| + |b| + r + max |P|) with
rounding = 4 (n + factors + 8) u covers n <= MOST_LEGS legs with room.
"""

from dataclasses import dataclass

import numpy as np

from risk._checks import finite_array
from risk.arrays import FloatArray, IntArray
from risk.errors import InvalidInput
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.leaf_fit import LEAF, MOST_LEGS, fill_leaves
from risk.scenarios.blend import ScenarioSet
from risk.scenarios.surface_moves import SurfaceMoves

__all__ = ["LEAF", "MOST_LEGS", "ScenarioIndex", "build_index"]


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioIndex:
    """What `book_risk` reads instead of the plain matrix; results are the same to the bit.

    blocks: (leaves, instruments, LEAF) profits, the last leaf filled up with zeros. sizes: (leaves,)
    scenarios in each. affine: (instruments, 2 + factors of a group, leaves) a, b.., r in the matrix's
    precision. group: (instruments,) which factors move it. groups: how many there are. largest:
    (instruments,) greatest |P|.
    """

    blocks: ProfitAndLoss
    sizes: IntArray
    affine: ProfitAndLoss
    group: IntArray
    groups: int
    largest: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        """(instruments, scenarios), as of the matrix."""
        return int(self.group.size), int(self.sizes.sum())


def build_index(
    *, profit_and_loss: ProfitAndLoss, scenarios: ScenarioSet | SurfaceMoves, underlying: IntArray
) -> ScenarioIndex:
    """The index of `profit_and_loss` (instruments, scenarios), float64 or float32, finite.

    underlying: (instruments,) column of `scenarios` that moves each. Any assignment is exact; a wrong one
    prunes less. Time: about 25 multiplications an entry. Raises InvalidInput on shapes, NaN or infinity.
    """
    matrix = _checked(profit_and_loss=profit_and_loss, scenarios=scenarios, underlying=underlying)
    factors = scenarios.factors
    order = _leaf_order(factors=factors, scale=_sensitivities(matrix, factors=factors, group=underlying))
    sizes = np.array([chosen.size for chosen in order], dtype=np.int64)
    designs = np.zeros((scenarios.underlyings, len(order), 1 + factors.shape[2], LEAF))
    solvers = np.zeros_like(designs)
    for leaf, chosen in enumerate(order):
        for g in range(scenarios.underlyings):
            design = _design(factors[chosen, g])
            designs[g, leaf, :, : chosen.size] = design.T
            solvers[g, leaf, :, : chosen.size] = np.linalg.pinv(design)
    blocks: ProfitAndLoss = np.zeros((len(order), matrix.shape[0], LEAF), dtype=matrix.dtype)
    affine: ProfitAndLoss = np.empty((matrix.shape[0], 2 + factors.shape[2], len(order)), dtype=matrix.dtype)
    group = np.ascontiguousarray(underlying, dtype=np.int64)
    rounding = 2.0 * (MOST_LEGS + factors[0].size + 8) * float(np.finfo(matrix.dtype).eps)
    fill_leaves(matrix, np.concatenate(order), sizes, group, designs, solvers, rounding, blocks, affine)
    return ScenarioIndex(
        blocks=blocks,
        sizes=sizes,
        affine=affine,
        group=group,
        groups=scenarios.underlyings,
        largest=np.maximum(matrix.max(axis=1), -matrix.min(axis=1)).astype(np.float64),
    )


def _checked(
    *, profit_and_loss: ProfitAndLoss, scenarios: ScenarioSet | SurfaceMoves, underlying: IntArray
) -> ProfitAndLoss:
    if profit_and_loss.dtype not in (np.float64, np.float32):
        raise InvalidInput(f"profit_and_loss must be float64 or float32, got {profit_and_loss.dtype}")
    if profit_and_loss.ndim != 2 or not 0 < profit_and_loss.shape[1] == scenarios.scenarios:
        raise InvalidInput(
            f"profit_and_loss {profit_and_loss.shape} does not cover {scenarios.scenarios} scenarios"
        )
    if underlying.shape != profit_and_loss.shape[:1]:
        raise InvalidInput(f"underlying {underlying.shape} for {profit_and_loss.shape[0]} instruments")
    if underlying.size and not 0 <= underlying.min() <= underlying.max() < scenarios.underlyings:
        raise InvalidInput(
            f"underlying runs over {underlying.min()} .. {underlying.max()}, "
            f"scenarios move {scenarios.underlyings}"
        )
    if not np.isfinite(profit_and_loss).all():
        finite_array(name="profit_and_loss", values=profit_and_loss, dimensions=2)
    return profit_and_loss if profit_and_loss.flags.c_contiguous else profit_and_loss.copy(order="C")


def _sensitivities(matrix: ProfitAndLoss, *, factors: FloatArray, group: IntArray) -> FloatArray:
    """(groups, factors) typical profit of a unit move: by these the tree weighs the factors against each other.

    Every eighth scenario is enough; the choice of leaves changes speed only.
    """
    thin, some = factors[::8], matrix[:, ::8].astype(np.float64)
    scale = np.zeros(factors.shape[1:])
    for g in range(factors.shape[1]):
        rows = some[group == g]
        if rows.size:
            centred = thin[:, g] - thin[:, g].mean(axis=0)
            slopes = rows @ np.linalg.pinv(centred).T
            scale[g] = np.sqrt(np.mean(slopes**2, axis=0))
    return scale


def _leaf_order(*, factors: FloatArray, scale: FloatArray) -> list[IntArray]:
    """Scenario numbers of each leaf: halves at the widest factor, all leaves but the last full."""
    places = (factors * scale).reshape(factors.shape[0], -1)
    leaves = (places.shape[0] + LEAF - 1) // LEAF
    open_nodes = [(np.arange(places.shape[0]), leaves)]
    order: list[IntArray] = []
    while open_nodes:
        chosen, count = open_nodes.pop()
        if count <= 1:
            order.append(chosen)
            continue
        here = places[chosen]
        widest = int(np.argmax(np.ptp(here, axis=0)))
        cut = (count // 2) * LEAF
        halves = np.argpartition(here[:, widest], cut - 1)
        open_nodes += [(chosen[halves[cut:]], count - count // 2), (chosen[halves[:cut]], count // 2)]
    return order


def _design(factors: FloatArray) -> FloatArray:
    """(scenarios, 1 + factors) one and the place z of each factor in its interval, over one leaf."""
    low, high = factors.min(axis=0), factors.max(axis=0)
    half = (high - low) / 2.0
    places = (factors - (low + high) / 2.0) / np.where(half > 0.0, half, 1.0)
    return np.column_stack([np.ones(len(places)), np.clip(places, -1.0, 1.0)])
