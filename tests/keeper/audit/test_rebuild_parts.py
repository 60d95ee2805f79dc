"""What the played record does not end with, rebuilt: a restart of the price lane, and a debt."""

from __future__ import annotations

from types import SimpleNamespace

from keeper.audit.ledger import LedgerAccount, Survival
from keeper.wire import PriceRow

from .rebuild.cash import written
from .rebuild.continuity import KeptLanes

WAD = 10**18
HALT_AGE = 900
ROW = PriceRow(underlying=1, price=50_000 * WAD, confidence=0)


def context(time):
    parameters = SimpleNamespace(
        limits=SimpleNamespace(halt_age=HALT_AGE), age_volatility=lambda _: 8 * WAD // 10
    )
    return SimpleNamespace(time=time, parameters=parameters)


def test_a_restart_writes_its_first_rounds_time_over_what_a_jump_left():
    lanes = KeptLanes()
    jumped = PriceRow(underlying=1, price=25_000 * WAD, confidence=0)
    lanes._follow(jumped, (ROW, 100), 110, context(115))
    assert lanes.left == {1: 50_000 * WAD << 160 | 100 << 96}
    lanes._follow(jumped, (jumped, 110), 110 + HALT_AGE + 1, context(2_000))
    assert lanes.left == {1: 1 << 160 | 2_000 << 96}
    for at in (1_020, 1_030):
        lanes._follow(jumped, (jumped, 1_011), at, context(2_100))
    assert lanes.standings[1].restart_rounds == 0
    assert lanes.left == {1: 1 << 160 | 2_000 << 96}


def test_a_debt_is_written_under_the_debt_index_and_nothing_under_the_factor():
    survival = Survival(10**26, 2)
    debtor = LedgerAccount("0x", written=-5, survival=survival, debt_index=7)
    assert written(debtor, None) == {"cash": -5, "index": 7, "generation": 0}
    cleared = LedgerAccount("0x", written=0, survival=survival, debt_index=7)
    assert written(cleared, None) == {"cash": 0, "index": 10**26, "generation": 2}
    assert written(cleared, WAD // 2) == {"cash": 0, "index": 10**26 // 2, "generation": 2}
