"""Verdicts on accounts replayed: which rows count, what they succeed, and whether a proof carries them.

Twin of `contracts/oracle/MarginLane.sol` and `MarginRootLane.sol`.
"""

from __future__ import annotations

from dataclasses import replace

from keeper.assess import margin_parameters
from keeper.audit.context import Context
from keeper.audit.ratios import succeed
from keeper.audit.rounds import Proof
from keeper.margin_tree import root_of
from keeper.types import Attestation
from keeper.wire import MarginRow

USABLE, UNKNOWN_ACCOUNT, STALE_NONCE, OUTSIDE_CORRIDOR, MAINTENANCE_ABOVE_INITIAL, OLDER_THAN_LAST = range(6)


def reason_to_skip(row: MarginRow, last: Attestation, observed_at: int, context: Context) -> int:
    """`MarginLane._attest`; 0 is usable. Only a new nonce is held against the ledger."""
    model = context.parameters.snapshot().model
    if not _is_same_portfolio(row, last):
        account = context.ledger.accounts.get(row.account)
        if account is None:
            return UNKNOWN_ACCOUNT
        if account.nonce != row.portfolio_nonce:
            return STALE_NONCE
    if observed_at < last.observed_at:
        return OLDER_THAN_LAST
    ratios = (row.initial_ratio_bps, row.maintenance_ratio_bps)
    if not all(model.ratio_floor_bps <= ratio <= model.ratio_cap_bps for ratio in ratios):
        return OUTSIDE_CORRIDOR
    return MAINTENANCE_ABOVE_INITIAL if ratios[1] > ratios[0] else USABLE


def succeeding(
    row: MarginRow, last: Attestation, observed_at: int, context: Context, *, proofs: int
) -> Attestation:
    """What the contract keeps of a usable row after `last`."""
    snapshot = context.parameters.snapshot()
    ratios = (row.initial_ratio_bps, row.maintenance_ratio_bps)
    return succeed(
        last,
        Attestation(row.portfolio_nonce, *ratios, 0, 0, observed_at, proofs),
        is_same_portfolio=_is_same_portfolio(row, last),
        now=context.time,
        parameters=margin_parameters(snapshot),
        limits=snapshot.limits,
    )


def proven_problems(account: int, said: Attestation, last: Attestation, context: Context) -> list[str]:
    """What does not follow in a verdict that the chain says was proven and kept as `said`."""
    row = _row_of(account, said)
    kept = succeeding(row, last, said.observed_at, context, proofs=last.proofs + 1)
    reason = reason_to_skip(row, last, said.observed_at, context)
    faults = (
        (said != kept, f"event {said}, replay gives {kept}"),
        (reason != USABLE, f"refused for reason {reason}"),
        (said.observed_at <= last.observed_at, "no newer than the last"),
    )
    return [f"attestation of {account}: {fault}" for found, fault in faults if found]


def proves(proof: Proof, account: int, said: Attestation, root: bytes) -> bool:
    """Whether the row sent is what is kept, and its path leads to the root."""
    sent = replace(proof.row, value_at_risk=0, expected_shortfall=0)
    is_said = sent == _row_of(account, said) and proof.observed_at == said.observed_at
    return is_said and root_of(proof.seq, proof.row, proof.path) == root


def _row_of(account: int, said: Attestation) -> MarginRow:
    return MarginRow(account, said.portfolio_nonce, said.initial_ratio_bps, said.maintenance_ratio_bps, 0, 0)


def _is_same_portfolio(row: MarginRow, last: Attestation) -> bool:
    return last.observed_at != 0 and last.portfolio_nonce == row.portfolio_nonce
