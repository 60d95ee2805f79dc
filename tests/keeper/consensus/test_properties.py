"""What holds for every crowd of sources."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from keeper.consensus import ConsensusConfig, NoConsensus, consensus_price
from tests.keeper.consensus.quotes import NOW, quote

CONFIG = ConsensusConfig()

prices = st.decimals("0.0001", "1000000", places=8)
honest_moves = st.lists(st.decimals("-0.02", "0.02", places=6), min_size=3, max_size=8)


def agree(quotes, previous=None):
    return consensus_price(quotes, underlying=1, now=NOW, previous=previous, config=CONFIG)


@st.composite
def any_quotes(draw):
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=0, max_size=8))
    return [
        quote(
            f"{name}{index}",
            draw(prices),
            domain=name,
            age=draw(st.integers(-20, 200)),
            half_spread=draw(st.decimals("0", "1", places=4)),
        )
        for index, name in enumerate(names)
    ]


@given(any_quotes(), st.none() | prices, st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(quotes, previous, random):
    shuffled = list(quotes)
    random.shuffle(shuffled)
    assert outcome(quotes, previous) == outcome(shuffled, previous)


@given(any_quotes(), st.none() | prices)
def test_every_quote_is_accepted_or_refused_with_a_reason_and_domains_vote_once(quotes, previous):
    result = outcome(quotes, previous)
    seen = [q.source for q in result.accepted] + [r.source for r in result.rejected]
    assert sorted(seen) == sorted(q.source for q in quotes)
    assert len({q.domain for q in result.accepted}) == len(result.accepted)


@given(any_quotes(), st.none() | prices)
def test_price_lies_among_the_accepted_and_its_interval_covers_them(quotes, previous):
    result = outcome(quotes, previous)
    if isinstance(result, Refusal):
        return
    accepted = [q.price for q in result.accepted]
    assert min(accepted) <= result.price <= max(accepted)
    assert all(abs(price - result.price) <= result.confidence for price in accepted)


@given(prices, honest_moves, prices, st.booleans())
def test_one_liar_among_four_or_more_moves_the_price_by_at_most_the_honest_range(
    centre, moves, lie, has_previous
):
    honest = [quote(f"h{i}", centre * (1 + move)) for i, move in enumerate(moves)]
    previous = centre if has_previous else None
    alone = agree(honest, previous)
    with_liar = agree([*honest, quote("liar", lie)], previous)
    values = [q.price for q in honest]
    assert abs(with_liar.price - alone.price) <= max(values) - min(values)
    assert min(values) <= with_liar.price <= max(values)


@given(prices, honest_moves, st.decimals("0.001", "1000", places=3))
def test_a_move_of_everyone_is_followed_however_large(centre, moves, factor):
    moved = [quote(f"h{i}", centre * factor * (1 + move)) for i, move in enumerate(moves)]
    assert agree(moved, centre) == agree(moved, None)


class Refusal:
    """A `NoConsensus` as a value."""

    def __init__(self, error):
        self.accepted, self.rejected = error.accepted, error.rejected

    def __eq__(self, other):
        return (self.accepted, self.rejected) == (other.accepted, other.rejected)

    __hash__ = None


def outcome(quotes, previous):
    try:
        return agree(quotes, previous)
    except NoConsensus as error:
        return Refusal(error)


def test_smallest_and_largest_wire_prices_are_priced():
    for extreme in (Decimal("1e-18"), Decimal("79228162514.264337593543950335")):
        assert agree([quote(s, extreme) for s in "abc"]).price == extreme
