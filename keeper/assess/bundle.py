"""Assessments as evidence, and inputs back from evidence.

A bundle holds what cannot be read from the chain: quotes, rejected sources, option marks, recent marks, the model; and
the per-account table, for people. Accounts and parameters are the chain's, at the block the bundle names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from keeper.assess.account import AccountAssessment
from keeper.assess.inputs import AssessmentInputs, BlockRef, HourlyMark
from keeper.assess.model import ModelConfig
from keeper.consensus import ConsensusConfig, LastChange
from keeper.errors import ConfigurationError, EvidenceError
from keeper.types import Mode, OptionQuote, Quote, Rejection, RejectionReason
from keeper.wire import MarginRow

FORMAT = 1
# RFC 8785 numbers are IEEE doubles; larger integers travel as decimal strings.
_LARGEST_JSON_INTEGER = 2**53 - 1
_PLACES = 6  # as the accounts' own table shows money
_AS_THEY_ARE = frozenset((str, float, bool, type(None)))
_ACCOUNT_FIELDS = tuple(field.name for field in fields(AccountAssessment))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a bundle says, typed.

    `previous` are the published prices the jump gate compared with, `last_changes` the memory of the frozen gate,
    `mode` the keeper's own: outside NORMAL its ratios could only rise.
    """

    now: int
    block: BlockRef
    model: ModelConfig
    consensus: ConsensusConfig
    quotes: tuple[Quote, ...]
    rejections: tuple[Rejection, ...]
    option_quotes: tuple[OptionQuote, ...]
    previous: dict[int, Decimal]
    last_changes: dict[tuple[str, int], LastChange]
    mode: Mode
    expiries: tuple[int, ...]
    recent: tuple[HourlyMark, ...]


def to_bundle(
    *,
    inputs: AssessmentInputs,
    model: ModelConfig,
    consensus: ConsensusConfig,
    quotes: Sequence[Quote],
    rejections: Sequence[Rejection],
    previous: Mapping[int, Decimal],
    last_changes: Mapping[tuple[str, int], LastChange],
    mode: Mode,
    accounts: Sequence[AccountAssessment],
    margin_rows: Sequence[MarginRow],
) -> dict[str, Any]:
    """The bundle as plain JSON values: decimals as strings, binary floats as numbers.

    `accounts` hold the ratios as assessed, `margin_rows` those after smoothing and widening: both are recorded.
    """
    return {
        "format": FORMAT,
        "now": inputs.now,
        "block": {"number": inputs.block.number, "hash": inputs.block.hash},
        "model": model.canonical(),
        "consensus": _plain(asdict(consensus)),
        "quotes": [_plain(asdict(quote)) for quote in quotes],
        "rejections": [_rejection(rejection) for rejection in rejections],
        "option_quotes": [_plain(asdict(quote)) for quote in inputs.option_quotes],
        "previous": {str(underlying): str(price) for underlying, price in sorted(previous.items())},
        "last_changes": [
            [source, underlying, str(change.price), change.since]
            for (source, underlying), change in sorted(last_changes.items())
        ],
        "mode": mode.value,
        "expiries": list(inputs.expiries),
        "recent": [_plain(asdict(mark)) for mark in inputs.recent],
        "accounts": [_account(account) for account in accounts],
        "smoothed_ratios": [
            [row.account, row.initial_ratio_bps, row.maintenance_ratio_bps] for row in margin_rows
        ],
    }


def from_bundle(document: dict[str, Any]) -> Evidence:
    """Raises EvidenceError when the document is not a bundle of this format."""
    try:
        if document["format"] != FORMAT:
            raise EvidenceError(f"bundle format {document['format']!r}; this version reads {FORMAT}")
        return Evidence(
            now=document["now"],
            block=BlockRef(**document["block"]),
            model=ModelConfig.from_canonical(document["model"]),
            consensus=_consensus(document["consensus"]),
            quotes=tuple(_quote(item) for item in document["quotes"]),
            rejections=tuple(
                Rejection(i["source"], i["underlying"], RejectionReason(i["reason"]), i["detail"])
                for i in document["rejections"]
            ),
            option_quotes=tuple(_option_quote(item) for item in document["option_quotes"]),
            previous={int(u): Decimal(p) for u, p in document["previous"].items()},
            last_changes={(s, u): LastChange(Decimal(p), at) for s, u, p, at in document["last_changes"]},
            mode=Mode(document["mode"]),
            expiries=tuple(document["expiries"]),
            recent=tuple(
                HourlyMark(i["at"], tuple(Decimal(s) for s in i["spots"]), tuple(i["volatilities"]))
                for i in document["recent"]
            ),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, ConfigurationError) as error:
        raise EvidenceError(f"not an evidence bundle: {type(error).__name__} {error}") from error


def _quote(item: dict[str, Any]) -> Quote:
    return Quote(**{**item, "price": Decimal(item["price"]), "half_spread": Decimal(item["half_spread"])})


def _option_quote(item: dict[str, Any]) -> OptionQuote:
    return OptionQuote(**{**item, "strike": Decimal(item["strike"]), "forward": Decimal(item["forward"])})


def _consensus(item: dict[str, Any]) -> ConsensusConfig:
    fields: dict[str, Any] = {k: Decimal(v) if isinstance(v, str) else v for k, v in item.items()}
    fields["max_age_of_domain"] = tuple((domain, age) for domain, age in item["max_age_of_domain"])
    return ConsensusConfig(**fields)


def _rejection(rejection: Rejection) -> dict[str, Any]:
    return {
        "source": rejection.source,
        "underlying": rejection.underlying,
        "reason": rejection.reason.value,
        "detail": rejection.detail,
    }


def _account(account: AccountAssessment) -> dict[str, Any]:
    """A row of the table for people: what is computed in floats to the millionth, for digits of noise are most of a
    bundle's bytes. What is signed of it are the rows, from the unrounded figures."""
    return {name: _rounded(getattr(account, name)) for name in _ACCOUNT_FIELDS}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - a field's value
    if type(value) is float:
        return round(value, _PLACES)
    return [round(item, _PLACES) for item in value] if type(value) is tuple else _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a tree of JSON values
    if type(value) in _AS_THEY_ARE:
        return value
    if type(value) is int:
        return value if -_LARGEST_JSON_INTEGER <= value <= _LARGEST_JSON_INTEGER else str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return value
