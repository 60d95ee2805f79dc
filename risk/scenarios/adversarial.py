"""What one block can do: deterministic scenarios of an attacker, which no diffusion path contains.

A flash loan moves a constant-product pool and back inside one transaction; an oracle reports a biased price. Both are
choices, not draws: they have no probability, so they stand beside a simulated set as stress rows, never inside its
quantile unless `blend` is asked for it.

Pool: reserves x (in), y (out), fee f on the input. Input a gives y a (1 - f) / (x + a (1 - f)), the fee stays.
Price of the input token in output tokens is y / x (Uniswap V2 whitepaper, Adams, Zinsmeister and Robinson 2020).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from risk._checks import checked_count
from risk.arrays import FloatArray, non_negative, positive
from risk.errors import InvalidInput
from risk.scenarios.blend import ScenarioSet

__all__ = ["FlashLoan", "flash_loan", "flash_loan_scenarios", "oracle_bias_scenarios"]


@dataclass(frozen=True, slots=True)
class FlashLoan:
    """price_move: relative move of the *output* token's price in input tokens at the peak, at least 0.
    residual_move: the same after the round trip, small, from the fees left in the pool.
    cost: input tokens the attacker loses on the round trip, the loan's own fee included."""

    price_move: float
    residual_move: float
    cost: float


def flash_loan(
    *, reserve_in: float, reserve_out: float, amount: float, fee: float, loan_fee: float = 0.0
) -> FlashLoan:
    """Borrows `amount` of the input token, buys the output token, sells it back and repays.

    Reserves and amounts in tokens; fee and loan_fee as shares in [0, 1) and [0, 1]. Without fees the round trip is
    free and the pool ends where it began. Raises InvalidInput.
    """
    x, y = float(positive("reserve_in", reserve_in)), float(positive("reserve_out", reserve_out))
    a = float(non_negative("amount", amount))
    if not (0.0 <= fee < 1.0 and 0.0 <= loan_fee <= 1.0):
        raise InvalidInput(f"fee must lie in [0, 1) and loan_fee in [0, 1], got {fee!r}, {loan_fee!r}")
    keep = 1.0 - fee
    # y - bought, written without the difference: it would cancel where the amount dwarfs the reserve.
    peak_x, peak_y = x + a, y * x / (x + a * keep)
    bought = y * (a * keep) / (x + a * keep)
    returned = peak_x * (bought * keep) / (peak_y + bought * keep)
    return FlashLoan(
        price_move=(peak_x / x) * (y / peak_y) - 1.0,
        residual_move=(peak_x - returned) / x - 1.0,
        cost=a - returned + loan_fee * a,
    )


def flash_loan_scenarios(
    *, attack: FlashLoan, underlyings: int, affected: Sequence[int], window_blocks: int = 1
) -> ScenarioSet:
    """Two rows: the index pushed up to the peak, and down as far (1 / (1 + move)), on the affected columns.

    window_blocks: blocks of a geometric-mean TWAP that the margin reads, the attack holding one of them: the move is
    (1 + move)^(1 / blocks); 1 is a spot price read inside the attack. Volatilities stay. Raises InvalidInput.
    """
    blocks = checked_count(name="window_blocks", value=window_blocks, least=1)
    log_move = math.log1p(float(non_negative("price_move", attack.price_move))) / blocks
    mask = _mask(underlyings=underlyings, affected=affected)
    spots = np.expm1(np.outer([log_move, -log_move], mask))
    return ScenarioSet(spot_returns=spots, volatility_moves=np.zeros_like(spots), label="flash_loan")


def oracle_bias_scenarios(*, underlyings: int, affected: Sequence[int], bias: float) -> ScenarioSet:
    """The index biased by +bias and by -bias (relative, in (0, 1)): each affected column alone, then all at once.

    Rows: 2 for one column, 2 (columns + 1) for more, in the order of `affected`, + before -. Raises InvalidInput.
    """
    if not (math.isfinite(bias) and 0.0 < bias < 1.0):
        raise InvalidInput(f"bias must lie in (0, 1), got {bias!r}")
    groups = [[column] for column in affected] + ([list(affected)] if len(affected) > 1 else [])
    _mask(underlyings=underlyings, affected=affected)
    rows = [
        sign * bias * _mask(underlyings=underlyings, affected=group)
        for group in groups
        for sign in (1.0, -1.0)
    ]
    spots = np.stack(rows)
    return ScenarioSet(spot_returns=spots, volatility_moves=np.zeros_like(spots), label="oracle_bias")


def _mask(*, underlyings: int, affected: Sequence[int]) -> FloatArray:
    checked_count(name="underlyings", value=underlyings, least=1)
    if not affected or len(set(affected)) != len(affected) or not set(affected) <= set(range(underlyings)):
        raise InvalidInput(f"affected must name distinct columns below {underlyings}, got {list(affected)}")
    mask = np.zeros(underlyings)
    mask[list(affected)] = 1.0
    return mask
