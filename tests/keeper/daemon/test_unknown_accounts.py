"""Nothing is signed about an account that is unknown; everything else goes on."""

from __future__ import annotations

from keeper.daemon.status import UNKNOWN, account_table
from tests.keeper.daemon.daemon_cases import computed, own_round, view


def test_an_unknown_account_has_no_row_and_no_place_in_the_bundle():
    own = own_round()
    doubted = own.margin_rows[0].account
    without = computed(view=view(unknown={doubted: "its legs are not those of its events"}))
    assert {row.account for row in own.margin_rows} - {row.account for row in without.margin_rows} == {
        doubted
    }
    assert without.assessment.price_rows == own.assessment.price_rows
    assert str(doubted) not in str([row["account"] for row in without.bundle["accounts"]])
    (shown,) = [row for row in account_table(without) if row["account"] == doubted]
    assert (shown["health"], shown["reason"]) == (UNKNOWN, "its legs are not those of its events")
    assert shown["own_requirement"] is None


def test_with_every_account_unknown_prices_still_go_on():
    everyone = {state.account: "the event index is not complete" for state in view().accounts}
    own = computed(view=view(unknown=everyone))
    assert own.margin_rows == ()
    assert len(own.assessment.price_rows) == 2
    assert {row["health"] for row in account_table(own)} == {UNKNOWN}
    assert len(account_table(own)) == len(everyone)
