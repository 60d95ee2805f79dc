"""What is signed and what is set: lanes, prices' sources, parameters, market state."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from keeper.audit.continuity import SETTLED
from keeper.audit.integers import divide_up
from keeper.audit.parameters import FIRST_PRICE_ONLY
from keeper.chain.events import lane_trail
from keeper.types import WAD, Attestation
from keeper.wire import LANE_MARGIN_ROOTS

from .continuity import left_prices, price_word
from .record import Record, camel

LANES, PARAMETERS = "SignedLanes", "RiskParameters"
BOXES = 2
DAY, WEEK = 86_400, 7 * 86_400
TERMS_PER_SLOT, TERMS_BITS, POINTS_PER_WORD, POINT_BITS = 5, 51, 4, 64
PRICE_ONLY_SLOT = 52
RATIO_RULES = (
    "ratioFloorBps",
    "ratioCapBps",
    "staleInitialRatioBps",
    "attestationDecaySeconds",
    "attestationMaxAge",
    "riseGraceSeconds",
    "riseSeconds",
)


def signed_lanes(record: Record) -> dict[str, Any]:
    lanes = record.world.lanes
    surfaces: dict[int, Any] = defaultdict(dict)
    settlements: dict[int, Any] = defaultdict(dict)
    for (underlying, expiry), (row, at) in lanes.surfaces.items():
        surfaces[underlying][expiry] = {
            "first": _words(row.basis, row.a, row.b, row.rho),
            "second": _words(row.m, row.sigma, at, lanes.references[underlying, expiry]),
        }
    for (underlying, expiry), price in lanes.settlements.items():
        settlements[underlying][expiry] = price
    return {
        "_listing": {
            "list": signer_list(record),
            "epoch": lanes.epoch,
            "threshold": lanes.threshold,
            "count": len(lanes.signers),
        },
        "_laneTrails": {lane: record.trail(lane_trail(LANES, lane)) for lane in lanes.sequences},
        "_averages": {
            u: {"expiry": a.expiry, "coveredSeconds": a.covered, "weightedPrice": a.weighted}
            for u, a in lanes._averages.items()
        },
        "_settlementPrices": settlements,
        "_left": left_prices(record),
        "_prices": {
            u: {"word": price_word(*held, lanes.funding.get(u, 0), lanes.standings.get(u, SETTLED))}
            for u, held in lanes.prices.items()
        },
        "_surfaces": surfaces,
        "_attestations": {account: _attestation_word(kept) for account, kept in lanes.attestations.items()},
        "_newest": _newest_root(record),
    }


def signer_list(record: Record) -> str:
    """The contract whose code is the signers: `SignedLanes` creates its two boxes first, then one list an epoch."""
    return _created(record, LANES, BOXES + record.world.lanes.epoch)


def _created(record: Record, creator: str, nonce: int) -> str:
    """The address of the contract that `creator` created with this nonce; they begin at 1."""
    if not 0 < nonce < 0x80:
        raise ValueError("a nonce of one byte is encoded here")
    address = bytes.fromhex(record.world.addresses[creator][2:])
    return to_checksum_address(keccak(b"\xd6\x94" + address + bytes([nonce]))[12:])


def signer_code(record: Record) -> bytes:
    """Code that cannot be called: a zero byte, then one word for each signer."""
    return b"\0" + b"".join(
        bytes.fromhex(signer[2:]).rjust(32, b"\0") for signer in record.world.lanes.signers
    )


def _words(*parts: int) -> int:
    """Four numbers of 64 bits in one word, from the lower bits up."""
    return sum(part % (1 << 64) << 64 * place for place, part in enumerate(parts))


def _attestation_word(kept: Attestation) -> int:
    word = kept.portfolio_nonce << 192 | kept.initial_ratio_bps << 176 | kept.maintenance_ratio_bps << 160
    return word | kept.rises_from_bps << 144 | kept.rises_at << 104 | kept.observed_at << 64 | kept.proofs


def _newest_root(record: Record) -> bytes:
    """keccak over root, sequence number and observation; none since the signers changed last."""
    newest = b""
    for event in record.events(LANES, "RoundAccepted", "SignerListed"):
        if event.name == "SignerListed":
            newest = b""
        elif event.arguments["lane"] == LANE_MARGIN_ROOTS:
            values = (event.arguments["rowsHash"], event.seq, event.arguments["observedAt"])
            newest = keccak(encode(["bytes32", "uint64", "uint64"], values))
    return newest


def price_intervals(record: Record) -> dict[str, Any]:
    sources = record.world.sources
    return {
        "sequencerUptime": sources.uptime or 0,
        "_sources": {u: list(listed) for u, listed in sources.sources.items()},
    }


def chainlink_source(record: Record, name: str) -> dict[str, Any]:
    """What its feed can report, as it was read last."""
    log = [log for log in record.foreign if (log.contract, log.name) == (name, "LimitsRefreshed")][-1]
    least, most = decode(["int112", "int112"], log.data)
    return {"limits": {"least": least, "most": most, "phase": int.from_bytes(log.topics[1])}}


def risk_parameters(record: Record) -> dict[str, Any]:
    replay, snapshot = record.world.parameters, record.world.parameters.snapshot()
    return {
        "_perpetualStates": {u: camel(state) for u, state in replay.state.perpetuals},
        "borrowPremium": replay.state.borrow_premium,
        "parametersDigest": snapshot.digest,
        "_underlyings": [camel(config) for config in replay.underlyings],
        "_priceOnly": replay.price_only,
        "_priceTerms": _price_terms(record),
        "_expiries": replay.expiries,
        "_expiryListed": dict.fromkeys(replay.ever_listed, True),
        "_loadings": replay.loadings,
        "_covariance": snapshot.covariance,
        "_grid": [camel(point) for point in replay.grid],
        "_packedGrid": grid_list(record),
        "_marginModel": camel(replay.model),
        "_ratioRules": _ratio_rules(record),
        "_laneLimits": camel(replay.limits),
        "_auctionCurve": camel(replay.curve),
        "_annexes": [camel(annex) for annex in replay.annexes],
    }


def _price_terms(record: Record) -> dict[int, int]:
    replay = record.world.parameters
    words: dict[int, int] = defaultdict(int)
    for underlying in range(FIRST_PRICE_ONLY, FIRST_PRICE_ONLY + len(replay.price_only)):
        words[PRICE_ONLY_SLOT] |= 1 << underlying % 256
    for underlying in range(1, len(replay.underlyings) + 1):
        terms = 1 << TERMS_BITS - 1 | replay.funding_rate(underlying) % (1 << TERMS_BITS - 1)
        words[underlying // TERMS_PER_SLOT] |= terms << TERMS_BITS * (underlying % TERMS_PER_SLOT)
    return words


def _ratio_rules(record: Record) -> dict[str, Any]:
    """The members of model and limits that verdicts are judged by, once more in one slot."""
    replay = record.world.parameters
    both = camel(replay.model) | camel(replay.limits)
    return {name: both[name] for name in RATIO_RULES}


def grid_list(record: Record) -> str:
    """The contract whose code is the packed grid: one for each time that it was set."""
    points = record.events(PARAMETERS, "ScenarioPointSet")
    firsts = [event for event in points if event.arguments["index"] == 0]
    return _created(record, PARAMETERS, len(firsts))


def grid_code(record: Record) -> bytes:
    """Code that cannot be called: a zero byte, then the words."""
    return b"\0" + b"".join(word.to_bytes(32, "big") for word in _packed_grid(record))


def _packed_grid(record: Record) -> list[int]:
    grid = record.world.parameters.grid
    words = [0] * -(-len(grid) // POINTS_PER_WORD)
    for place, point in enumerate(grid):
        packed = point.spot_shock_bps % (1 << 24) | (point.volatility_shock_bps % (1 << 24)) << 24
        packed |= point.weight_bps << 48
        words[place // POINTS_PER_WORD] |= packed << POINT_BITS * (place % POINTS_PER_WORD)
    return words


def state_lane(record: Record) -> dict[str, Any]:
    replay = record.world.state
    limits = replay.lane.limits
    return {
        "lastSequence": replay.lane.sequence,
        "lastObservedAt": replay.lane.observed_at,
        "_limits": dict(limits),
        "changedAt": replay.changed_at,
        "_daily": Bucket.of_falls(record, limits["dailyLoosening"], DAY),
        "_weekly": Bucket.of_falls(record, limits["weeklyLoosening"], WEEK),
    }


class Bucket:
    """`LeakyBucket` of one capacity: charged, and leaking it whole in a period."""

    def __init__(self, capacity: int, period: int) -> None:
        self.capacity, self.period = capacity, period
        self.level = self.updated_at = 0

    def fill(self, amount: int, now: int) -> None:
        if amount:
            elapsed = now - self.updated_at
            emptied = elapsed >= self.period and self.level <= self.capacity
            left = 0 if emptied else max(0, self.level - self.capacity * elapsed // self.period)
            self.level, self.updated_at = left + amount, now

    def slots(self) -> dict[str, int]:
        return {"level": self.level, "updatedAt": self.updated_at}

    @classmethod
    def of_falls(cls, record: Record, capacity: int, period: int) -> dict[str, int]:
        """What each state round's largest fall of a standard deviation charged: old / new - 1, rounded up."""
        bucket = cls(capacity, period)
        falls: dict[int, int] = defaultdict(int)
        times: dict[int, int] = {}
        for event in record.events("StateLane", "DeviationChanged"):
            values, seq = event.arguments, event.arguments["laneSeq"]
            old, new = values["oldValue"], values["newValue"]
            falls[seq] = max(falls[seq], divide_up(old * WAD, new) - WAD if new < old else 0)
            times[seq] = record.time(event)
        for seq, fall in falls.items():
            bucket.fill(fall, times[seq])
        return bucket.slots()


def pause(record: Record) -> dict[str, Any]:
    since, until = 0, 0
    for event in record.events("Pause"):
        if event.name == "Paused":
            since, until = event.arguments["startedAt"], event.arguments["until"]
        else:
            until = event.arguments["endedAt"]
    return {"pausedSince": since, "pausedUntil": until}
