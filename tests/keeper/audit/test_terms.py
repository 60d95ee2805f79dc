"""Trade terms replayed: fees are rounded up, caps are a share of depth."""

from __future__ import annotations

from keeper.audit.terms import Terms, TradeTerms

from .events import WAD, event


def test_fees_are_rounded_up_and_caps_are_a_share_of_depth():
    terms = Terms()
    terms.apply(
        event(
            "TradeTermsSet",
            "LedgerTerms",
            underlying=1,
            depth=4 * WAD,
            openInterestBps=5_000,
            perpetualFeeBps=2,
            optionFeeBps=5,
        )
    )
    assert terms.of(1).cap == 2 * WAD
    assert terms.of(1).fee(WAD, 20_000 * WAD, is_perpetual=True) == 4 * WAD
    assert terms.of(1).fee(1, 1, is_perpetual=False) == 1
    standing = terms.copy()
    terms.trade.clear()
    assert standing.of(1).depth == 4 * WAD
    assert terms.of(1) == TradeTerms()
