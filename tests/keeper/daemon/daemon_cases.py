"""A keeper's round on the small market, and small stand-ins for what the command line hands the daemon."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import cache

from eth_utils.crypto import keccak

from keeper.canonical import canonical_text
from keeper.chain import Block, LaneState
from keeper.daemon.compute import compute_round
from keeper.daemon.endorse import EndorsementPolicy, oldest_source_at
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round, RoundContext
from keeper.daemon.view import ChainView
from keeper.decide.agreement import Tolerances
from keeper.decide.mode import LastMode, ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.messages import LaneSignature, Proposal
from keeper.signing import KeystoreSigner
from keeper.types import Mode
from keeper.wire import LANE_MARGINS, LANE_PRICES, LANE_SURFACES, Header
from tests.keeper.market_cases import (
    ACCOUNTS,
    BLOCK_HASH,
    CONSENSUS,
    MODEL,
    NOW,
    assessor,
    observation,
    parameters,
)

INTERVAL = 60
NUMBER = NOW // INTERVAL
CHAIN_ID = 31_337
CONTRACT = "0x" + "22" * 20
SIGNERS = tuple(KeystoreSigner.from_secret(secret) for secret in (0xB1, 0xB2, 0xB3))
ADDRESSES = tuple(signer.address for signer in SIGNERS)
POLICY = EndorsementPolicy(tolerances=Tolerances(), validity_seconds=300)
BUDGET = PreflightBudget()
MODES = ModeThresholds(warm_up_rounds=1)
LAST = LastMode(Mode.NORMAL, 2, NUMBER - 1)


def view(**changes) -> ChainView:
    lanes = LaneState(
        config_digest=b"\x0c" * 32,
        epoch=1,
        threshold=2,
        signers=ADDRESSES,
        sequences={0: 4, 1: 4, 4: 4, 5: 4},
    )
    whole = ChainView(
        block=Block(77, BLOCK_HASH, NOW),
        parameters=parameters(),
        lanes=lanes,
        accounts=ACCOUNTS,
        prices={},
        surfaces={},
        margins={},
    )
    return dataclasses.replace(whole, **changes)


def context(**changes) -> RoundContext:
    whole = RoundContext(number=NUMBER, now=NOW, view=view(), last_changes={}, recent=(), last=LAST)
    return dataclasses.replace(whole, **changes)


def computed(step: int = 0, *, seen=None, **changes) -> Round:
    return asyncio.run(compute(step, seen=seen, **changes))


async def compute(step: int = 0, *, seen=None, **changes) -> Round:
    return await compute_round(
        context=context(**changes),
        observation=observation(step) if seen is None else seen,
        consensus=CONSENSUS,
        assessor=assessor(),
        thresholds=MODES,
        budget=BUDGET,
    )


@cache
def own_round() -> Round:
    """One computation shared by all tests of a process: rounds are frozen."""
    return computed()


def header(own: Round, lane: int, bundle: str, **changes) -> Header:
    observed_at = oldest_source_at(own)
    values = {
        "config_digest": own.context.view.lanes.config_digest,
        "lane": lane,
        "seq": own.context.view.next_sequence(lane),
        "observed_at": observed_at,
        "valid_until": observed_at + 300,
        "snapshot": keccak_text(bundle),
        "model": MODEL.digest(),
    }
    return Header(**{**values, **changes})


def keccak_text(text: str) -> bytes:
    return bytes(keccak(text=text))


def lanes_of(own: Round, bundle: str | None = None, **changes) -> list[LaneRound]:
    text = canonical_text(own.bundle) if bundle is None else bundle
    rows = (
        (LANE_PRICES, own.assessment.price_rows),
        (LANE_SURFACES, own.assessment.surface_rows),
        (LANE_MARGINS, own.margin_rows),
    )
    return [LaneRound(header(own, lane, text, **changes), given) for lane, given in rows]


def proposal_of(own: Round, lanes=None, bundle: str | None = None, number: int = NUMBER) -> Proposal:
    text = canonical_text(own.bundle) if bundle is None else bundle
    given = lanes_of(own, text) if lanes is None else lanes
    signatures = [
        LaneSignature(
            lane=lane.header.lane,
            signature="0x" + SIGNERS[0].sign_digest(lane.digest(chain_id=CHAIN_ID, contract=CONTRACT)).hex(),
        )
        for lane in given
        if lane.rows
    ]
    messages = [lane.to_message() for lane in given]
    return Proposal(leader=0, round_number=number, lanes=messages, bundle=text, signatures=signatures)
