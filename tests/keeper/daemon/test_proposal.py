"""Rounds travel between keepers and come back bit for bit; what is no round is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.daemon.proposal import LaneRound
from keeper.errors import KeeperError, ProposalRefused, WireError
from keeper.messages import LaneProposal, Proposal
from keeper.wire import LANE_MARGINS, Header, MarginRow
from tests.keeper.daemon.daemon_cases import CHAIN_ID, CONTRACT, lanes_of, own_round, proposal_of

WORD = st.binary(min_size=32, max_size=32)
UINT64 = st.integers(0, 2**64 - 1)
MARGINS = st.builds(
    MarginRow,
    account=UINT64,
    portfolio_nonce=UINT64,
    initial_ratio_bps=st.integers(0, 2**16 - 1),
    maintenance_ratio_bps=st.integers(0, 2**16 - 1),
    value_at_risk=st.integers(0, 2**96 - 1),
    expected_shortfall=st.integers(0, 2**96 - 1),
)
HEADERS = st.builds(
    Header,
    config_digest=WORD,
    lane=st.just(LANE_MARGINS),
    seq=UINT64,
    observed_at=UINT64,
    valid_until=UINT64,
    snapshot=WORD,
    model=WORD,
)


def test_a_whole_proposal_round_trips_over_json():
    sent = proposal_of(own_round())
    received = Proposal.model_validate_json(sent.model_dump_json())
    assert received == sent
    for message, lane in zip(received.lanes, lanes_of(own_round()), strict=True):
        read = LaneRound.from_message(message)
        assert read.header == lane.header
        assert tuple(read.rows) == tuple(lane.rows)
        digests = [r.digest(chain_id=CHAIN_ID, contract=CONTRACT) for r in (read, lane)]
        assert digests[0] == digests[1]


@settings(max_examples=60, deadline=None)
@given(header=HEADERS, rows=st.lists(MARGINS, min_size=1, max_size=4))
def test_any_header_and_rows_round_trip(header, rows):
    message = LaneRound(header, rows).to_message()
    read = LaneRound.from_message(LaneProposal.model_validate_json(message.model_dump_json()))
    assert (read.header, list(read.rows)) == (header, rows)


def message(**changes) -> LaneProposal:
    return lanes_of(own_round())[2].to_message().model_copy(update=changes)


def test_an_unknown_lane():
    with pytest.raises(ProposalRefused, match="lane 3 is none of"):
        LaneRound.from_message(message(lane=3))


@pytest.mark.parametrize("row", [["1", "2"], ["1"] * 7, []])
def test_a_row_of_another_shape(row):
    with pytest.raises(ProposalRefused, match="a row is not a MarginRow"):
        LaneRound.from_message(message(rows=[row]))


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": [["-1", "1", "1", "1", "1", "1"]]},
        {"rows": [["1", "1", "70000", "1", "1", "1"]]},
        {"config_digest": "0x00"},
        {"seq": -1},
        {"valid_until": 2**64},
    ],
)
def test_values_that_the_wire_cannot_hold(changes):
    with pytest.raises(WireError):
        LaneRound.from_message(message(**changes))


@pytest.mark.parametrize("rows", [[], "twice"])
def test_rows_that_are_no_round_have_no_digest(rows):
    lane = lanes_of(own_round())[2]
    given_rows = [lane.rows[0]] * 2 if rows == "twice" else rows
    with pytest.raises(KeeperError):
        LaneRound(lane.header, given_rows).digest(chain_id=CHAIN_ID, contract=CONTRACT)
