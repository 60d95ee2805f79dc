"""What is forgotten is old and wanted by nobody; what chain, outbox and proofs may ask for stays."""

from __future__ import annotations

import dataclasses
import os

import pytest
from sqlalchemy import func, insert, select

from keeper.store import (
    EvidenceStore,
    Inclusion,
    LiquidationRecord,
    MessageTable,
    Retention,
    RoundRecord,
    RoundStatus,
    prune,
    tables,
)
from keeper.store.retention import KEPT_LIQUIDATION_EVENTS, KEPT_ROUNDS
from tests.keeper.store.test_store import PRICE

DAY = 86_400
NOW = 1_700_000_000
SENDER, OTHER, TARGET = ("0x" + digits * 20 for digits in ("11", "22", "33"))


@pytest.fixture
def evidence(tmp_path):
    (tmp_path / "evidence").mkdir()
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def forget(store, evidence):
    def run(**days):
        return prune(store.engine, evidence, Retention(**days), now=NOW, wall_now=NOW)

    return run


def count(store, table):
    with store.engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def round_of(seq, *, age_days, lane=0, status=RoundStatus.SIGNED, digest="0x01"):
    return RoundRecord(lane, seq, digest, "{}", "[]", status, f"0xs{seq}", NOW - age_days * DAY)


def test_old_observations_go_with_their_sources_and_young_ones_stay(store, forget):
    for name, age in (("old", 31), ("young", 29)):
        store.save_prices(name, [dataclasses.replace(PRICE, observed_at=NOW - age * DAY)])
    assert forget()["observations"] == 1
    assert store.prices("old") == store.sources("old") == []
    assert len(store.sources("young")) == 2


def test_old_rounds_go_and_the_last_of_each_lane_stay_whatever_their_age(store, forget):
    for lane in (0, 1):
        for seq in range(1, KEPT_ROUNDS + 11):
            store.save_round(round_of(seq, age_days=99, lane=lane))
    assert forget()["rounds"] == 20
    assert [r.seq for r in store.rounds(1, limit=999)] == list(range(KEPT_ROUNDS + 10, 10, -1))


def test_the_newest_published_round_and_all_after_it_stay(store, forget):
    store.save_round(round_of(4, age_days=99))
    store.save_round(round_of(5, age_days=99, status=RoundStatus.PUBLISHED))
    for seq in range(6, KEPT_ROUNDS + 50):
        store.save_round(round_of(seq, age_days=60))
    assert forget()["rounds"] == 1
    assert store.rounds(0, seq=5)[0].status is RoundStatus.PUBLISHED
    assert store.rounds(0, seq=4) == []


def test_young_rounds_stay_however_many(store, forget):
    for seq in range(1, KEPT_ROUNDS + 11):
        store.save_round(round_of(seq, age_days=29))
    assert forget()["rounds"] == 0


def test_evidence_is_indexed_as_long_as_a_round_is_based_on_it(store, forget):
    store.save_round(round_of(1, age_days=99))
    store.index_evidence("0xs1", NOW - 99 * DAY, 10)
    store.index_evidence("0xs2", NOW - 99 * DAY, 10)
    assert forget()["evidence"] == 1
    assert [row["hash"] for row in store.evidence()] == ["0xs1"]


def test_bundles_stay_for_ever_unless_told_otherwise(store, evidence, forget):
    old, needed, young = (evidence.write({"n": n}) for n in range(3))
    for name in (old, needed):
        os.utime(evidence.path(name), (NOW - 99 * DAY, NOW - 99 * DAY))
    os.utime(evidence.path(young), (NOW, NOW))
    store.save_round(dataclasses.replace(round_of(1, age_days=99), snapshot="0x" + needed.hex()))
    assert "bundles" not in forget()
    assert forget(evidence_days=30)["bundles"] == 1
    assert (old in evidence, needed in evidence, young in evidence) == (False, True, True)


class Sent:
    """Messages of one sender, each as far as it came."""

    def __init__(self, store, sender=SENDER):
        self.table, self._sender, self._hashes = MessageTable(store.engine), sender, iter(range(1, 99))

    def plan(self, key):
        return self.table.plan(
            chain_id=1, sender=self._sender, intent_key=key, target=TARGET, data=b"", chain_nonce=0
        )

    def accepted(self, key, age_days):
        signed = self.table.sign(self.plan(key), b"raw", self._hash())
        return self.table.accept(signed, NOW - age_days * DAY)

    def confirmed(self, key, age_days):
        message = self.accepted(key, age_days)
        mined = self.table.mine(message, Inclusion(message.transaction_hash, 12, "0x44", 21_000))
        return self.table.confirm(mined)

    def _hash(self):
        return f"0x{self._sender[2:4]}{next(self._hashes):062x}"


def test_final_transactions_go_and_each_senders_newest_stays(store, forget):
    mine, theirs = Sent(store), Sent(store, OTHER)
    for key in "abc":
        mine.confirmed(key, 91)
    theirs.confirmed("d", 91)
    assert forget()["messages"] == 2
    assert mine.table.find("c").nonce == 2
    assert theirs.table.find("d").nonce == 0
    assert mine.plan("e").nonce == 3  # nonces go on as if nothing had been forgotten


def test_unfinished_and_unconfirmed_transactions_are_never_forgotten(store, forget):
    mine = Sent(store)
    stuck = mine.accepted("stuck", 400)
    message = mine.accepted("mined", 400)
    mine.table.mine(message, Inclusion(message.transaction_hash, 12, "0x44", 21_000))
    mine.plan("planned")
    mine.confirmed("last", 400)
    mine.confirmed("newest", 1)
    assert forget()["messages"] == 1
    assert mine.table.find("stuck") == stuck
    assert mine.table.find("last") is None
    assert [m.intent_key for m in mine.table.unconfirmed(1, SENDER)] == ["mined"]
    assert {m.intent_key for m in mine.table.pending(1, SENDER)} == {"stuck", "planned"}


def test_young_final_transactions_stay(store, forget):
    mine = Sent(store)
    mine.confirmed("a", 89)
    mine.confirmed("b", 89)
    assert forget()["messages"] == 0


def test_replaced_transactions_go_with_theirs_and_lost_ones_below_a_final_nonce(store, forget):
    mine = Sent(store)
    replaced = mine.table.replace(mine.accepted("a", 91), b"more", "0x" + "55" * 32)
    accepted = mine.table.accept(replaced, NOW - 91 * DAY)
    mine.table.confirm(mine.table.mine(accepted, Inclusion("0x" + "55" * 32, 12, "0x44", 1)))
    mine.table.fail(mine.accepted("b", 91), "nonce 1 was used by another transaction")
    mine.confirmed("c", 91)
    mine.confirmed("d", 1)
    assert forget()["messages"] == 3
    assert count(store, tables.replaced) == 0
    assert count(store, tables.outbox) == 1


def test_more_than_fits_one_transaction_goes_too(store, forget):
    rows = [
        {"snapshot": f"0x{n}", "underlying": 1, "price": PRICE.price, "confidence": PRICE.confidence, "observed_at": 5}
        for n in range(1_201)
    ]  # fmt: skip
    with store.engine.begin() as connection:
        connection.execute(insert(tables.prices), rows)
    assert forget()["observations"] == 1_201
    assert count(store, tables.prices) == 0


def test_auction_events_have_a_number_at_most(store, forget):
    store.save_liquidations(
        LiquidationRecord(1, seq, 1, "Started", "{}", 1, "0x") for seq in (1, 2, KEPT_LIQUIDATION_EVENTS + 1)
    )
    assert forget()["liquidations"] == 1
    assert [r.seq for r in store.liquidations()] == [2, KEPT_LIQUIDATION_EVENTS + 1]


def test_nothing_to_forget_is_nothing_done(forget):
    assert set(forget().values()) == {0}
