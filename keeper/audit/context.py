"""What else the chain knew when a lane's event happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keeper.audit.ledger import Ledger
from keeper.audit.parameters import ParameterReplay
from keeper.audit.rounds import Proof, SignedRound


@dataclass(frozen=True, slots=True)
class Context:
    """What else the chain knew at an event: parameters, ledger, block time, and the identity of the lanes."""

    chain_id: int
    contract: str
    parameters: ParameterReplay
    ledger: Ledger
    time: int
    rounds: Mapping[tuple[int, int], SignedRound]
    logged_rows: Mapping[bytes, bytes]
    proofs: Mapping[tuple[int, int], Proof]
