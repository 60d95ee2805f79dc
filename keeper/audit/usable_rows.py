"""Which margin rows can be used, and why the others are skipped: `MarginLane._attest`, replayed."""

from __future__ import annotations

from keeper.audit.ledger import Ledger
from keeper.parameters import MarginModel
from keeper.types import Attestation
from keeper.wire import MarginRow

USABLE, UNKNOWN_ACCOUNT, STALE_NONCE, OUTSIDE_CORRIDOR, MAINTENANCE_ABOVE_INITIAL, OLDER_THAN_LAST = range(6)


def is_same_portfolio(row: MarginRow, last: Attestation) -> bool:
    """Whether the row judges the portfolio that was attested last."""
    return last.observed_at != 0 and last.portfolio_nonce == row.portfolio_nonce


def reason_to_skip(
    row: MarginRow, last: Attestation, observed_at: int, ledger: Ledger, model: MarginModel
) -> int:
    """`MarginLane._attest`; 0 is usable. Only a new nonce is held against the ledger."""
    if not is_same_portfolio(row, last):
        account = ledger.accounts.get(row.account)
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
