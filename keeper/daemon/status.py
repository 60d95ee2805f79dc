"""What the keeper shows of itself: plain documents for the HTTP face."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from keeper.assess import AccountAssessment
from keeper.daemon.round import Round
from keeper.types import ConsensusPrice, Mode, Rejection

HEALTHY, WARNING, LIQUIDATABLE, UNKNOWN = "healthy", "below_initial", "liquidatable", "unknown"
HEALTHS = (HEALTHY, WARNING, LIQUIDATABLE, UNKNOWN)


def status_document(own: Round | None, *, signer: int, done_number: int) -> dict[str, Any]:
    """Mode, round, block, sequences and prices, and which sources gave nothing; SYNCING before the first round."""
    if own is None:
        return {
            "signer": signer,
            "mode": Mode.SYNCING.value,
            "reason": "no round yet",
            "done_round": done_number,
        }
    view = own.context.view
    return {
        "signer": signer,
        "mode": own.mode.mode.value,
        "reason": own.mode.reason,
        "round": own.context.number,
        "done_round": done_number,
        "now": own.context.now,
        "block": {"number": view.block.number, "hash": view.block.hash},
        "index": None if view.index is None else asdict(view.index),
        "sequences": {str(lane): seq for lane, seq in view.lanes.sequences.items()},
        "prices": [_price(price) for price in own.prices],
        "missing": {str(u): reason for u, reason in own.missing.items()},
        "silent": [_rejection(rejection) for rejection in own.observation.rejections],
    }


def account_table(own: Round | None) -> list[dict[str, Any]]:
    """The last assessed accounts; money as decimal strings."""
    if own is None or own.assessment is None:
        return []
    return [_account(account) for account in own.accounts]


def health_of(account: AccountAssessment) -> str:
    """An account whose data failed is unknown, never healthy."""
    if account.own_requirement is None or account.equity_low is None or account.equity_high is None:
        return UNKNOWN
    maintenance = account.own_requirement * account.maintenance_ratio_bps / 10_000
    initial = account.own_requirement * account.initial_ratio_bps / 10_000
    if account.equity_high < maintenance:
        return LIQUIDATABLE
    return HEALTHY if account.equity_low >= initial else WARNING


def _price(price: ConsensusPrice) -> dict[str, Any]:
    return {
        "underlying": price.underlying,
        "price": str(price.price),
        "confidence": str(price.confidence),
        "observed_at": price.observed_at,
        "dispersion": price.dispersion,
        "accepted": [quote.source for quote in price.accepted],
        "rejected": [_rejection(rejection) for rejection in price.rejected],
    }


def _rejection(rejection: Rejection) -> dict[str, str]:
    return {"source": rejection.source, "reason": rejection.reason.value, "detail": rejection.detail}


def _account(account: AccountAssessment) -> dict[str, Any]:
    def money(value: float | None) -> str | None:
        return None if value is None else f"{value:.6f}"

    return {
        "account": account.account,
        "health": health_of(account),
        "portfolio_nonce": account.portfolio_nonce,
        "equity_low": money(account.equity_low),
        "equity_high": money(account.equity_high),
        "own_requirement": money(account.own_requirement),
        "value_at_risk": money(account.value_at_risk),
        "expected_shortfall": money(account.expected_shortfall),
        "initial_ratio_bps": account.initial_ratio_bps,
        "maintenance_ratio_bps": account.maintenance_ratio_bps,
        "reason": account.reason,
    }
