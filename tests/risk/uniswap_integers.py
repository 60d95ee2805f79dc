"""Uniswap's own integer arithmetic in Python integers: the judge of the float forms.

V2: UniswapV2Library.getAmountOut. V3: SqrtPriceMath and SwapMath.computeSwapStep for exact input, and the loop of
UniswapV3Pool.swap over initialised ticks.
"""

from itertools import pairwise

Q96 = 1 << 96
MILLION = 1_000_000


def v2_amount_out(amount_in: int, reserve_in: int, reserve_out: int) -> int:
    with_fee = amount_in * 997
    return with_fee * reserve_out // (reserve_in * 1000 + with_fee)


def up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def amount0(low: int, high: int, liquidity: int, *, round_up: bool) -> int:
    numerator = (liquidity << 96) * (high - low)
    return up(up(numerator, high), low) if round_up else numerator // high // low


def amount1(low: int, high: int, liquidity: int, *, round_up: bool) -> int:
    return up(liquidity * (high - low), Q96) if round_up else liquidity * (high - low) // Q96


def swap_step(here: int, target: int, liquidity: int, remaining: int, fee: int) -> tuple[int, int, int, int]:
    """(next root, amount in, amount out, fee amount)."""
    down = here >= target
    net = remaining * (MILLION - fee) // MILLION
    needed = (
        amount0(target, here, liquidity, round_up=True)
        if down
        else amount1(here, target, liquidity, round_up=True)
    )
    if net >= needed:
        end, paid = target, needed
    elif down:
        end = up((liquidity << 96) * here, (liquidity << 96) + net * here)
        paid = amount0(end, here, liquidity, round_up=True)
    else:
        end = here + (net << 96) // liquidity
        paid = amount1(here, end, liquidity, round_up=True)
    out = (
        amount1(end, here, liquidity, round_up=False)
        if down
        else amount0(here, end, liquidity, round_up=False)
    )
    charged = remaining - paid if end != target else up(paid * fee, MILLION - fee)
    return end, paid, out, charged


def v3_swap(here: int, roots: list[int], liquidity: list[int], amount: int, fee: int, *, base_in: bool):
    """(amount out, unfilled, end root) over ascending `roots`."""
    pieces = list(zip(pairwise(roots), liquidity, strict=True))
    if base_in:
        path = [(low, depth) for (low, _), depth in reversed(pieces) if low < here]
    else:
        path = [(high, depth) for (_, high), depth in pieces if high > here]
    remaining, out = amount, 0
    for target, depth in path:
        if remaining == 0:
            break
        if depth == 0:
            here = target
            continue
        here, paid, got, charged = swap_step(here, target, depth, remaining, fee)
        remaining -= paid + charged
        out += got
    return out, remaining, here
