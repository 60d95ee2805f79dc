"""Settled trades, recomputed: what moved, fee, open interest, and the margin of both sides afterwards."""

from __future__ import annotations

from keeper.audit.facts import equal
from keeper.audit.integers import multiply_ceil
from keeper.audit.ledger import REASON_TRADE_FEE
from keeper.audit.margin import live_margin, mode
from keeper.audit.price_band import band_problems
from keeper.audit.prices import HALTED, NORMAL
from keeper.audit.step import Step
from risk.instruments import Instrument


def trade_problems(step: Step) -> list[str]:
    """What about a trade does not follow from the state that decided it."""
    said = step.event.arguments
    quantity, price = said["quantity"], said["price"]
    instrument = Instrument.decode(said["instrument"])
    terms_now = step.after.terms.of(instrument.underlying)
    fee = terms_now.fee(quantity, price, is_perpetual=instrument.is_perpetual)
    problems = _within_cap(step, instrument.underlying, terms_now.cap)
    is_reducing = False
    for side, sign in (("buyer", 1), ("seller", -1)):
        account = said[side]
        held = [w.ledger.accounts[account].quantity(said["instrument"]) for w in (step.before, step.after)]
        paid = multiply_ceil(sign * quantity, price) + fee
        problems += equal(
            (f"{side} quantity", held[1] - held[0], sign * quantity),
            (f"{side} fee", step.cash_moved(account, REASON_TRADE_FEE), -fee),
            (f"{side} paid", step.before.worth(account) - step.after.worth(account), paid),
        )
        if not _is_free(step, account):
            is_reducing = True
            problems += _reduction_problems(step, account)
    return problems + (band_problems(step.after, said["instrument"], price, step.time) if is_reducing else [])


def _is_free(step: Step, account: int) -> bool:
    """Whether the account may take any risk: initial margin after the trade, in NORMAL mode."""
    after = live_margin(step.after, account, step.time)
    return mode(step.after, step.time) == NORMAL and after.credited_equity + after.tolerance >= after.initial


def _reduction_problems(step: Step, account: int) -> list[str]:
    """A buffer above maintenance that did not fall, at the ratio after the trade, and if negative no less equity than
    before."""
    chain_mode, after = mode(step.after, step.time), live_margin(step.after, account, step.time)
    before = live_margin(step.before, account, step.time)
    ratio = after.ratios.maintenance_bps / 10_000
    buffer, tolerance = after.equity_low - ratio * after.own, before.tolerance + after.tolerance
    reduced = before.equity_low - ratio * before.own - buffer <= tolerance
    unspent = buffer >= -tolerance or before.equity_low - after.equity_low <= tolerance
    if chain_mode != HALTED and reduced and unspent:
        return []
    return [f"account {account} traded to {after.credited_equity}, below {after.initial}, mode {chain_mode}"]


def _within_cap(step: Step, underlying: int, cap: int) -> list[str]:
    before, after = (w.ledger.open_interest(underlying) for w in (step.before, step.after))
    return [f"open interest {after} above {cap}"] if after > max(before, cap) else []
