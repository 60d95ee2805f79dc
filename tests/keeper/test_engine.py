"""Both engines compute what a single pass computes, to the last bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import sparse

from keeper.engine import RayExecutor, ray_cluster, thread_executor
from keeper.errors import ConfigurationError, EngineUnavailable
from risk.errors import InvalidInput
from risk.revaluation import BookRisk, book_risk, book_risk_parallel

CONFIDENCE = 0.99


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayExecutor]:
    pytest.importorskip("ray", reason="the Ray engine is not installed: pip install tailguard[ray]")
    with ray_cluster(workers=2) as executor:
        yield executor


def inputs(dtype: type[np.floating]) -> tuple[np.ndarray, sparse.csr_array]:
    random = np.random.Generator(np.random.Philox(key=6))
    matrix = (100 * random.standard_normal((40, 2_048))).astype(dtype)
    held = random.standard_normal((700, 40)) * (random.random((700, 40)) < 0.3)
    return matrix, sparse.csr_array(held)


def bits(risk: BookRisk) -> list[bytes]:
    return [getattr(risk, name).tobytes() for name in BookRisk.__slots__]


@pytest.mark.parametrize(("dtype", "chunk_accounts"), [(np.float64, 64), (np.float32, 333)])
def test_ray_threads_and_one_pass_agree_to_the_last_bit(
    cluster: RayExecutor, dtype: type[np.floating], chunk_accounts: int
) -> None:
    matrix, book = inputs(dtype)
    single = book_risk(profit_and_loss=matrix, positions=book, confidence=CONFIDENCE)
    before = cluster.shared_bytes
    with thread_executor(workers=2) as threads:
        for executor in (threads, cluster):
            got = book_risk_parallel(
                profit_and_loss=matrix,
                positions=book,
                confidence=CONFIDENCE,
                executor=executor,
                chunk_accounts=chunk_accounts,
            )
            assert bits(got) == bits(single)
    assert cluster.shared_bytes - before == matrix.nbytes  # stored once, however many groups


def test_an_error_on_a_worker_is_the_error_itself(cluster: RayExecutor) -> None:
    matrix, book = inputs(np.float64)
    broken = matrix.copy()
    broken[3, 5] = np.nan
    with pytest.raises(InvalidInput, match="instrument 3, scenario 5"):
        book_risk_parallel(profit_and_loss=broken, positions=book, confidence=CONFIDENCE, executor=cluster)


def test_results_keep_the_order_of_the_calls(cluster: RayExecutor) -> None:
    assert list(cluster.map(divmod, range(10, 20), [3] * 10)) == [divmod(i, 3) for i in range(10, 20)]
    assert list(cluster.map(abs, [])) == []


def test_one_connection_at_a_time(cluster: RayExecutor) -> None:
    with pytest.raises(EngineUnavailable, match="already"), ray_cluster(workers=1):
        pass
    assert list(cluster.map(abs, [-1])) == [1]  # the refused one has not closed it


def test_without_ray_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # what an import of a missing package meets
    with pytest.raises(EngineUnavailable, match=r"pip install tailguard\[ray\]"):
        RayExecutor()


def test_no_workers_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 1 worker"):
        thread_executor(workers=0)
