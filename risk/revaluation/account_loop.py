"""Book risk over groups of accounts, on whatever executor the caller brings.

Accounts share the profit-and-loss matrix and nothing else, so a group's result does not depend on how the
book is cut or where the group runs: every cut gives the same bits. `account_chunk_risk` is a pure function
of picklable arguments, for threads (the kernels release the interpreter's lock), processes or other hosts.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, Final, Protocol

import numpy as np

from risk._checks import checked_count
from risk.positions import PositionMatrix, as_position_matrix
from risk.revaluation.book_risk import BookRisk, book_risk
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.scenario_index import ScenarioIndex

__all__ = [
    "CHUNK_ACCOUNTS",
    "MapExecutor",
    "account_chunk_risk",
    "account_chunks",
    "book_risk_parallel",
    "joined_book_risk",
]

CHUNK_ACCOUNTS: Final = 4_096


class MapExecutor(Protocol):
    """What is needed of an executor: `concurrent.futures.Executor.map`, results in the order of the calls."""

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]: ...


def account_chunks(*, accounts: int, chunk_accounts: int = CHUNK_ACCOUNTS) -> list[slice]:
    """Consecutive slices of at most `chunk_accounts` that cover range(accounts). Raises InvalidInput."""
    size = checked_count(name="chunk_accounts", value=chunk_accounts, least=1)
    return [slice(first, min(first + size, accounts)) for first in range(0, accounts, size)]


def account_chunk_risk(
    profit_and_loss: ProfitAndLoss | ScenarioIndex,
    positions: PositionMatrix,
    confidence: float,
    previous: BookRisk | None = None,
) -> BookRisk:
    """`book_risk` of one group of accounts, by position so that any `map` can call it."""
    return book_risk(
        profit_and_loss=profit_and_loss, positions=positions, confidence=confidence, previous=previous
    )


def joined_book_risk(parts: Iterable[BookRisk]) -> BookRisk:
    """The groups' results as one, in the order given; no groups: no accounts."""
    groups = list(parts)
    return BookRisk(
        *(
            np.concatenate([np.empty(0), *(getattr(group, name) for group in groups)])
            for name in BookRisk.__slots__
        )
    )


def book_risk_parallel(
    *,
    profit_and_loss: ProfitAndLoss | ScenarioIndex,
    positions: PositionMatrix,
    confidence: float,
    executor: MapExecutor,
    chunk_accounts: int = CHUNK_ACCOUNTS,
    previous: BookRisk | None = None,
) -> BookRisk:
    """`book_risk`, bit for bit, with the accounts in groups on `executor`.

    Shapes, units and errors as `book_risk`; the whole book is checked before the first group starts.
    """
    book = as_position_matrix(positions, instruments=profit_and_loss.shape[0])
    chunks = account_chunks(accounts=book.shape[0], chunk_accounts=chunk_accounts)
    parts = executor.map(
        account_chunk_risk,
        repeat(profit_and_loss, len(chunks)),
        [book[chunk] for chunk in chunks],
        repeat(confidence, len(chunks)),
        [previous if previous is None else previous.part(chunk) for chunk in chunks],
    )
    return joined_book_risk(parts)
