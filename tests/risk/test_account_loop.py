"""Any cut of the book, on any executor, gives the bits of one pass."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from risk.errors import InvalidInput
from risk.revaluation import BookRisk, account_chunk_risk, account_chunks, book_risk, book_risk_parallel
from risk.revaluation.account_loop import joined_book_risk

CONFIDENCE = 0.99


def inputs(*, accounts: int = 37) -> tuple[np.ndarray, sparse.csr_array]:
    random = np.random.Generator(np.random.Philox(key=11))
    matrix = random.standard_normal((9, 700)).astype(np.float32)
    return matrix, sparse.random_array((accounts, 9), density=0.5, format="csr", rng=random)


def same_bits(first: BookRisk, second: BookRisk) -> bool:
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in BookRisk.__slots__
    )


@pytest.mark.parametrize("chunk_accounts", [1, 5, 36, 37, 1_000])
def test_every_cut_gives_the_same_bits(chunk_accounts: int) -> None:
    matrix, book = inputs()
    whole = book_risk(profit_and_loss=matrix, positions=book, confidence=CONFIDENCE)
    with ThreadPoolExecutor(2) as executor:
        cut = book_risk_parallel(
            profit_and_loss=matrix,
            positions=book,
            confidence=CONFIDENCE,
            executor=executor,
            chunk_accounts=chunk_accounts,
        )
    assert same_bits(whole, cut)


def test_a_group_survives_the_wire() -> None:
    matrix, book = inputs()
    sent = pickle.dumps((account_chunk_risk, (matrix, book[3:8], CONFIDENCE)))
    function, arguments = pickle.loads(sent)  # noqa: S301 (bytes made on the line above)
    back = pickle.dumps(function(*arguments))
    there = pickle.loads(back)  # noqa: S301 (bytes made on the line above)
    here = book_risk(profit_and_loss=matrix, positions=book[3:8], confidence=CONFIDENCE)
    assert same_bits(here, there)


def test_nobody_at_all() -> None:
    assert account_chunks(accounts=0) == []
    assert joined_book_risk([]).value_at_risk.shape == (0,)


def test_chunks_cover_every_account_once() -> None:
    chunks = account_chunks(accounts=10, chunk_accounts=4)
    assert [i for chunk in chunks for i in range(10)[chunk]] == list(range(10))
    with pytest.raises(InvalidInput, match="chunk_accounts"):
        account_chunks(accounts=10, chunk_accounts=0)
