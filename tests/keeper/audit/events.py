"""Audit events made by hand."""

from __future__ import annotations

from keeper.chain import AuditEvent

WAD = 10**18


def event(name, contract="MarginAccounts", block=1, index=0, **arguments):
    return AuditEvent(
        contract=contract,
        address="0x" + "11" * 20,
        name=name,
        arguments=arguments,
        seq=0,
        running_hash=bytes(24),
        payload_hash=bytes(32),
        block_number=block,
        log_index=index,
        transaction_hash="0x" + "22" * 32,
    )


def created(account, owner="0x" + "33" * 20):
    return event("AccountCreated", account=account, owner=owner)


def cash(account, change, after, reason=0):
    return event("CashChanged", account=account, reason=reason, change=change, cashAfter=after)


def position(account, instrument, quantity, nonce, entry=0):
    return event(
        "PositionChanged",
        account=account,
        instrument=instrument,
        quantityAfter=quantity,
        entryValueAfter=entry,
        portfolioNonce=nonce,
    )


def socialised(loss, survival, total):
    return event("LossSocialised", loss=loss, survival=survival, positiveCashBefore=total)
