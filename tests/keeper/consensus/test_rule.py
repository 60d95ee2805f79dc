"""The consensus rule, case by case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keeper.consensus import (
    ConsensusConfig,
    LastChange,
    NoConsensus,
    consensus_price,
    leave_one_out_medians,
    updated_changes,
)
from keeper.errors import ConfigurationError, ConsensusError
from keeper.types import RejectionReason
from tests.keeper.consensus.quotes import NOW, crowd, quote

CONFIG = ConsensusConfig()


def agree(quotes, previous=None, config=CONFIG, **more):
    previous = None if previous is None else Decimal(previous)
    return consensus_price(quotes, underlying=1, now=NOW, previous=previous, config=config, **more)


def reasons(result):
    return [(rejection.source, rejection.reason) for rejection in result.rejected]


def test_four_close_sources_give_their_clamped_mean():
    result = agree(crowd(100, 101, 102, 103))
    assert result.price == Decimal("101.5")
    assert result.confidence == Decimal("1.5")
    assert [q.source for q in result.accepted] == ["a", "b", "c", "d"]
    assert result.dispersion == pytest.approx(1.5 / 101.5)
    assert result.rejected == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (quote("z", 0), RejectionReason.NOT_POSITIVE),
        (quote("z", -5), RejectionReason.NOT_POSITIVE),
        (quote("z", "NaN"), RejectionReason.NOT_POSITIVE),
        (quote("z", "Infinity"), RejectionReason.NOT_POSITIVE),
        (quote("z", 100, age=-6), RejectionReason.FROM_THE_FUTURE),
        (quote("z", 100, age=121), RejectionReason.STALE),
        (quote("z", 100, source_time=None, received_at=NOW - 121), RejectionReason.STALE),
        (quote("z", 100, half_spread="2.01"), RejectionReason.WIDE_SPREAD),
        (quote("z", 100, half_spread="-1"), RejectionReason.CROSSED_BOOK),
        (quote("z", 100, half_spread="NaN"), RejectionReason.CROSSED_BOOK),
        (quote("z", 100, domain="a", age=20), RejectionReason.DUPLICATE_DOMAIN),
        (quote("z", 104), RejectionReason.DISPERSED),
        (quote("z", 1000), RejectionReason.JUMP),
        (quote("z", "0.1"), RejectionReason.JUMP),
    ],
)
def test_one_unsound_source_gets_no_vote_and_leaves_the_price_alone(bad, reason):
    result = agree([*crowd(100, 100, 100), bad], previous=100)
    assert result.price == 100
    assert reasons(result) == [("z", reason)]
    assert result.rejected[0].quote is bad
    assert result.rejected[0].detail


@pytest.mark.parametrize(
    "edge",
    [
        quote("z", 100, age=-5),
        quote("z", 100, age=120),
        quote("z", 100, half_spread="2"),
        quote("z", 103),
        quote("z", 97),
    ],
)
def test_limits_themselves_are_allowed(edge):
    assert reasons(agree([*crowd(100, 100, 100), edge], previous=100)) == []


def test_a_domain_may_have_its_own_age():
    slow = quote("feed", 100, domain="chainlink", age=3000)
    config = ConsensusConfig(max_age_of_domain=(("chainlink", 3600),))
    assert reasons(agree([*crowd(100, 100), slow], config=config)) == []
    assert agree([*crowd(100, 100), slow], config=config).observed_at == NOW - 3000


def test_a_domain_votes_with_its_freshest_then_tightest_source():
    others = crowd(100, 100)
    fresh, old = quote("y", 101, domain="usdt", age=1), quote("x", 99, domain="usdt", age=2)
    assert reasons(agree([*others, fresh, old])) == [("x", RejectionReason.DUPLICATE_DOMAIN)]
    tight = quote("w", 101, domain="usdt", age=1, half_spread="0.1")
    wide = quote("v", 101, domain="usdt", age=1, half_spread="0.2")
    assert reasons(agree([*others, wide, tight])) == [("v", RejectionReason.DUPLICATE_DOMAIN)]


def test_a_hundred_sources_of_one_domain_have_one_vote():
    sybils = [quote(f"s{i:03}", 150, domain="sybil") for i in range(100)]
    result = agree([*crowd(100, 100, 100), *sybils])
    assert result.price == 100
    assert len(result.rejected) == 100


def test_a_frozen_source_does_not_take_its_domains_vote():
    frozen, live = quote("x", 100, domain="usdt", age=0), quote("y", 101, domain="usdt", age=9)
    changes = {("x", 1): LastChange(Decimal(100), NOW - 901)}
    result = agree([*crowd(100, 100), frozen, live], last_changes=changes)
    assert reasons(result) == [("x", RejectionReason.FROZEN)]
    assert "y" in [q.source for q in result.accepted]


def test_a_repeated_price_keeps_its_first_time_and_a_new_one_starts_again():
    first = updated_changes({}, [quote("a", 100)])
    assert first == {("a", 1): LastChange(Decimal(100), NOW)}
    later = updated_changes(first, [quote("a", 100, received_at=NOW + 60)])
    assert later == first
    moved = updated_changes(later, [quote("a", 101, received_at=NOW + 90)])
    assert moved == {("a", 1): LastChange(Decimal(101), NOW + 90)}


@pytest.mark.parametrize("fall", ["60", "20", "1"])
def test_a_crash_of_everyone_is_followed_at_once(fall):
    result = agree(crowd(*[fall] * 4), previous=100)
    assert result.price == Decimal(fall)
    assert result.rejected == ()


def test_a_laggard_cannot_hold_back_a_crash():
    result = agree(crowd(50, 50, 50, 50, 100), previous=100)
    assert result.price == 50
    assert reasons(result) == [("e", RejectionReason.DISPERSED)]


def test_a_jump_that_a_third_does_not_follow_has_no_defensible_price():
    with pytest.raises(NoConsensus, match="wider than"):
        agree(crowd(*["1650000"] * 9, *["1.057"] * 7), previous="1.057")


def test_without_a_majority_nobody_is_refused_and_the_interval_spans_all():
    result = agree(crowd(90, 90, 110, 110))
    assert (result.price, result.confidence, result.rejected) == (100, Decimal("14.8260"), ())


def test_a_liar_among_three_widens_but_barely_moves_the_price():
    result = agree(crowd(100, 101, 120))
    assert result.price == 101
    assert result.confidence == 19


def test_two_sources_that_disagree_a_thousandfold_give_nothing():
    with pytest.raises(NoConsensus) as caught:
        agree(crowd("0.000864", "0.864"), previous="0.000864")
    assert isinstance(caught.value, ConsensusError)
    assert [r.reason for r in caught.value.rejected] == [RejectionReason.JUMP]
    assert "1 of the 3 independent sources" in str(caught.value)
    assert "b jump" in str(caught.value)


def test_nothing_at_all_gives_nothing():
    with pytest.raises(NoConsensus, match=r"0 of the 3 .* voted: none; refused: none"):
        agree([])


def test_quotes_of_another_underlying_are_not_seen():
    other = quote("z", 5, underlying=2)
    assert reasons(agree([*crowd(100, 100, 100), other])) == []


def test_confidence_is_at_least_the_floor_and_the_usual_half_spread():
    assert agree(crowd(100, 100, 100)).confidence == Decimal("0.05")
    wide = [quote(s, 100, half_spread="0.5") for s in "abc"]
    assert agree(wide).confidence == Decimal("0.5")


def test_observed_at_is_the_oldest_accepted_time():
    quotes = [
        quote("a", 100, age=5),
        quote("b", 100, age=50),
        quote("c", 100, age=2),
        quote("d", 500, age=100),
    ]
    assert agree(quotes, previous=100).observed_at == NOW - 50


def test_each_left_out_median_is_of_the_others():
    medians = leave_one_out_medians(crowd(100, 101, 200))
    assert medians == {"a": Decimal("150.5"), "b": 150, "c": Decimal("100.5")}
    assert leave_one_out_medians(crowd(100)) == {}


@pytest.mark.parametrize(
    "limits",
    [{"min_domains": 0}, {"clamp": Decimal(0)}, {"max_age_seconds": 0}, {"confidence_floor_bps": -1}],
)
def test_a_limit_that_makes_no_sense_is_refused(limits):
    with pytest.raises(ConfigurationError):
        ConsensusConfig(**limits)
