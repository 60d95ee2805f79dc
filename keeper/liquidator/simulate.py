"""Several calls one after the other on the state after a block, at chosen times, without sending anything.

`eth_simulateV1` (execution-apis; geth >= 1.14.9, Nethermind, Reth, Erigon, anvil): every phase is a block of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain import Block, ChainReader, transaction_failed
from keeper.errors import ChainError, TransactionFailed
from keeper.liquidator.calls import Invocation

GAS_PER_CALL = 20_000_000  # a whole account of 64 legs is valued several times in a bid


@dataclass(frozen=True, slots=True)
class Phase:
    """Calls in one simulated block, at this many seconds after the pinned block."""

    after_seconds: int
    calls: tuple[Invocation, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decoded result and the gas used, or the decoded refusal."""

    result: Any
    gas: int
    refusal: TransactionFailed | None = None


async def simulate(
    reader: ChainReader, phases: Sequence[Phase], *, block: Block, sender: str
) -> list[list[Outcome]]:
    """Outcomes by phase and call. Raises `ChainError` where the node does not simulate."""
    request = {
        "blockStateCalls": [
            {
                "blockOverrides": {"time": hex(block.timestamp + phase.after_seconds)},
                "calls": [_call(reader, call, sender) for call in phase.calls],
            }
            for phase in phases
        ],
        "validation": False,
    }
    answer = await reader.rpc.call("eth_simulateV1", request, block.hash)
    # A node may put empty blocks in between: ours are told by their number of calls.
    blocks = [item["calls"] for item in answer if item["calls"]]
    wanted = [phase for phase in phases if phase.calls]
    if [len(calls) for calls in blocks] != [len(phase.calls) for phase in wanted]:
        raise ChainError(
            f"{reader.rpc.url} simulated {len(blocks)} blocks of {len(wanted)}: use another node"
        )
    return [
        [_outcome(reader, call, item) for call, item in zip(phase.calls, calls, strict=True)]
        for phase, calls in zip(wanted, blocks, strict=True)
    ]


def _call(reader: ChainReader, call: Invocation, sender: str) -> dict[str, str]:
    return {
        "from": sender,
        "to": reader.contracts[call.contract].address,
        "data": "0x" + call.encoded(reader.contracts).hex(),
        "gas": hex(GAS_PER_CALL),
    }


def _outcome(reader: ChainReader, call: Invocation, item: dict[str, Any]) -> Outcome:
    gas, data = int(item["gasUsed"], 16), bytes.fromhex(item["returnData"][2:])
    if int(item["status"], 16) == 1:
        entry = reader.contracts[call.contract].artifact.function(call.function)
        return Outcome(entry.decode_output(data) if entry.outputs else None, gas)
    return Outcome(None, gas, transaction_failed(data, reader.errors))
