"""Collateral and payouts replayed on hand-made events: what counts, what is owed, and what is not believed."""

from __future__ import annotations

from keeper.audit.collateral import DEPOSIT, MOVED, WITHDRAWAL, Collateral
from keeper.audit.payouts import Payouts
from keeper.chain import PriceInterval

from .events import WAD, event

COIN, QUOTE, VAULT, WHO = ("0x" + digit * 40 for digit in "1234")
INTERVAL = PriceInterval(1_498 * WAD, 1_500 * WAD, 1_502 * WAD, 1_000)


def listed(token=COIN, underlying=2, decimals=18):
    return event(
        "CollateralSet",
        "CollateralVault",
        token=token,
        place=0,
        decimals=decimals,
        underlying=underlying,
        haircutBps=2_000,
        maintenanceHaircutBps=1_000,
        cap=10**30,
    )


def changed(account, change, held, total, reason=DEPOSIT):
    return event(
        "CollateralChanged",
        "CollateralVault",
        account=account,
        token=COIN,
        reason=reason,
        change=change,
        heldAfter=held,
        totalAfter=total,
    )


def replayed(*events):
    vault = Collateral()
    return vault, [problem for one in events for problem in vault.apply(one)]


def credit(vault, cash=0, interval=INTERVAL, now=1_010):
    return vault.credit(1, cash, prices=lambda _: interval, now=now, halt_age=900)


def test_collateral_counts_at_both_ends_less_its_haircuts():
    vault, problems = replayed(listed(), changed(1, 2 * WAD, 2 * WAD, 2 * WAD))
    assert problems == []
    assert credit(vault, -WAD) == (2 * 1_498 * WAD * 8 // 10 - WAD, 2 * 1_502 * WAD * 9 // 10 - WAD)


def test_a_stale_price_or_a_shortage_gives_no_credit_for_new_risk():
    vault, _ = replayed(listed(), changed(1, WAD, WAD, WAD))
    high = 1_502 * WAD * 9 // 10
    assert credit(vault, now=1_901) == (0, high)
    assert credit(vault, interval=None) == (0, 0)
    short = event("ShortageChanged", "CollateralVault", token=COIN, isShort=True, held=1, owed=WAD)
    assert vault.apply(short) == []
    assert credit(vault) == (0, high)


def test_the_quote_token_counts_at_par_at_most_and_debt_in_full():
    vault, _ = replayed(event("QuoteFeedSet", "CollateralVault", underlying=3))
    below = PriceInterval(9 * WAD // 10, 95 * WAD // 100, WAD, 1_000)
    assert credit(vault, 100 * WAD, below) == (90 * WAD, 100 * WAD)
    assert credit(vault, 100 * WAD, INTERVAL) == (100 * WAD, 100 * WAD)
    assert credit(vault, 100 * WAD, None) == (0, 100 * WAD)
    assert credit(vault, -100 * WAD, below) == (-100 * WAD, -100 * WAD)


def test_changes_that_do_not_add_up_are_named():
    _, problems = replayed(listed(), changed(1, WAD, WAD + 1, WAD))
    assert "replayed" in problems[0]
    _, problems = replayed(changed(1, WAD, WAD, WAD))
    assert "not listed" in problems[0]
    _, problems = replayed(listed(), changed(1, WAD, WAD, WAD, reason=WITHDRAWAL))
    assert "reason 1" in problems[0]
    vault, problems = replayed(listed(), changed(1, WAD, WAD, WAD), changed(1, -WAD, 0, 0, reason=MOVED))
    assert problems == []
    standing = vault.copy()
    vault.apply(changed(2, WAD, WAD, WAD))
    assert standing.totals[COIN] == 0


def flow(change, after):
    return event("FlowNoted", "Payouts", vault=VAULT, token=QUOTE, change=change, netOutflowAfter=after)


def credited(amount, after):
    return event(
        "ClaimCredited", "Payouts", recipient=WHO, token=QUOTE, vault=VAULT, amount=amount, claimAfter=after
    )


def paid(amount):
    return event("ClaimPaid", "Payouts", recipient=WHO, token=QUOTE, to=WHO, amount=amount)


def test_claims_are_what_was_credited_and_not_yet_paid():
    payouts = Payouts()
    assert payouts.apply(credited(5, 5), 1) == []
    assert payouts.apply(credited(7, 12), 2) == []
    assert payouts.owed[QUOTE] == 12
    assert payouts.apply(paid(12), 3) == []
    assert payouts.owed[QUOTE] == payouts.claims[WHO, QUOTE] == 0
    assert payouts.apply(paid(1), 4) == ["paid 1 of a claim of 0"]
    assert payouts.apply(credited(1, 3), 5) == ["claim 3, replayed 1"]


def test_net_outflow_is_forgotten_linearly_and_rounded_for_the_limit():
    payouts = Payouts()
    payouts.apply(event("OutflowLimitSet", "Payouts", windowSeconds=3_600, limitBps=1_000), 0)
    assert payouts.apply(flow(101, 101), 0) == []
    assert payouts.net_outflow(VAULT, QUOTE, 1_800) == 51
    assert payouts.apply(flow(-152, -101), 1_800) == []
    assert payouts.net_outflow(VAULT, QUOTE, 3_600) == -50
    assert payouts.net_outflow(VAULT, QUOTE, 5_400) == 0
    assert payouts.apply(flow(30, 10), 3_600) == []
    assert payouts.apply(flow(1, 12), 3_600) == ["net outflow 12, replayed 11 to 11"]
