"""What travels between keepers, as validated models: hex for bytes, decimal strings for integers beyond 2^53."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Hex = Annotated[str, StringConstraints(pattern=r"^0x([0-9a-f]{2})*$")]
DecimalString = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,78}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LaneProposal(_Strict):
    """One lane's round: the header's fields and the rows, each a list of the row's integers in wire order."""

    lane: int
    config_digest: Hex
    seq: int
    observed_at: int
    valid_until: int
    snapshot: Hex
    model: Hex
    rows: list[list[DecimalString]]


class LaneSignature(_Strict):
    lane: int
    signature: Hex


class Proposal(_Strict):
    """A leader's round: its lanes and the canonical JSON of the evidence bundle that `snapshot` names.

    `signatures` are the leader's own of each lane: who proposes without them is answered with a refusal.
    """

    leader: int
    round_number: int
    lanes: list[LaneProposal]
    bundle: str
    signatures: list[LaneSignature] = []


class Endorsement(_Strict):
    """A signer's answer: a signature for each lane that it confirms, and the reason why it does not sign the others."""

    signer: int
    signatures: list[LaneSignature]
    refusal: str = ""
