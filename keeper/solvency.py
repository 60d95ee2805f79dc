"""Whether losses are covered at one block: the exit gate with the figures that decide it, known deficits, the insurance
fund and its queued exits. Amounts are decimal strings in quote currency."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from keeper.candidates import Account, Amount, BlockDocument

Share = Annotated[str, Field(pattern=r"^(0|1|0\.[0-9]{1,18})$", examples=["0.125"])]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class GateDocument(_Document):
    """`closed` where total_deficit > fund + allowance: then nobody withdraws before the loss is borne."""

    closed: bool
    total_deficit: Amount = Field(description="of all accounts on auction, as last proven")
    fund: Amount = Field(description="cash of the insurance fund")
    positive_cash: Amount = Field(description="of all accounts together")
    allowance: Amount = Field(
        description="what a shared loss may take unannounced: 0.1% of the positive cash"
    )
    headroom: Amount = Field(
        description="fund + allowance - total_deficit; negative while the gate is closed"
    )


class ExitsDocument(_Document):
    """Shares of the fund on their way out. They bear every loss until they are paid."""

    payable: bool = Field(description="whether a due exit would be paid now: no deficit is known")
    queued_share: Share = Field(description="of all shares")
    queued: Amount = Field(description="their part of the fund's cash now, rounded down")
    delay_seconds: int
    window_seconds: int


class DeficitDocument(_Document):
    """What one account on auction lacks: as last proven, and at the better price end now; null: it has no value now."""

    account: Account
    known: Amount
    now: Amount | None


class SolvencyDocument(_Document):
    """All of it at one block."""

    block: BlockDocument
    gate: GateDocument
    exits: ExitsDocument
    deficits: list[DeficitDocument]
