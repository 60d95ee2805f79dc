"""Signed lanes to transactions, through the durable outbox."""

from __future__ import annotations

from collections.abc import Mapping

from keeper.chain import Contract
from keeper.daemon.ports import Published
from keeper.daemon.proposal import CONTRACTS, LaneRound
from keeper.outbox import Outbox, Transaction
from keeper.store import Message
from keeper.store.records import PENDING
from keeper.wire import (
    LANE_MARGIN_ROOTS,
    LANE_MARGINS,
    LANE_PRICES,
    LANE_STATE,
    LANE_SURFACES,
    QuorumSignature,
    pack_rows,
)

FUNCTIONS = {
    LANE_PRICES: "publishPrices",
    LANE_SURFACES: "publishSurfaces",
    LANE_STATE: "publishState",
    LANE_MARGINS: "publishMargins",
    LANE_MARGIN_ROOTS: "publishMarginRoot",
}


class OutboxPublisher:
    """Implements the daemon's `Publisher` port on the lanes' contracts, by name."""

    def __init__(self, *, outbox: Outbox, contracts: Mapping[str, Contract]) -> None:
        self._outbox = outbox
        self._contracts = contracts

    async def tend(self) -> int:
        return sum(message.status in PENDING for message in await self._outbox.tend())

    async def publish(self, lane: LaneRound, quorum: QuorumSignature, *, most_cost_wei: int) -> Published:
        """Delivers one lane. The intent's key is (configuration, lane, sequence): retried, it is sent once."""
        header = lane.header
        contract = self._contracts[CONTRACTS[header.lane]]
        data = contract.encode(
            FUNCTIONS[header.lane],
            header.as_tuple(),
            lane.rows_hash if header.lane == LANE_MARGIN_ROOTS else pack_rows(lane.rows),
            quorum.as_tuple(),
        )
        key = f"round/{header.config_digest.hex()}/{header.lane}/{header.seq}/{header.snapshot.hex()[:16]}"
        message = await self._outbox.deliver(key, contract.address, data, most_cost_wei=most_cost_wei)
        return Published(
            lane=header.lane,
            seq=header.seq,
            observed_at=header.observed_at,
            transaction_hash=message.transaction_hash or "",
            gas_used=message.gas_used or 0,
            cost_wei=_most_cost_wei(message),
        )


def _most_cost_wei(message: Message) -> int:
    """Gas used at the highest fee the message ever offered."""
    if message.raw is None or message.gas_used is None:
        return 0
    return message.gas_used * Transaction.parse(message.raw).fees.max_fee
