"""The optional engine: each call of a map is a Ray task, each array that calls share is put into the store once.

Ray keeps one copy of a stored object on each node and its workers read it in place, so a scenario matrix crosses to
a node once however many groups of accounts it prices there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from keeper.errors import EngineUnavailable

_SHARED_BYTES = 64 * 1024  # below this Ray copies an argument into the call, which costs less than a look-up


class RayExecutor:
    """`map` as `concurrent.futures.Executor` has it, on the cluster that this process is connected to.

    `shared_bytes` counts what has been put into the object store so far.
    """

    def __init__(self) -> None:
        self._ray = _ray()
        self._call = self._ray.remote(num_cpus=1, max_retries=3)(_call)
        self.shared_bytes = 0

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the calls. A call's exception is raised as it would be here.

        All calls are submitted before the first result is waited for. Arrays are shared by identity: one that
        several calls name is stored once, and released when the last of the calls has ended.
        """
        stored: dict[int, Any] = {}
        tasks = [
            self._call.remote(function, *(self._shared(value, stored) for value in call))
            for call in zip(*arguments, strict=False)
        ]
        return self._results(tasks)

    def _shared(self, value: Any, stored: dict[int, Any]) -> Any:  # noqa: ANN401 - any argument of any call
        if not isinstance(value, np.ndarray) or value.nbytes < _SHARED_BYTES:
            return value
        if id(value) not in stored:
            # The array is kept beside its reference, so that no other array takes its id meanwhile.
            stored[id(value)] = (self._ray.put(value), value)
            self.shared_bytes += value.nbytes
        return stored[id(value)][0]

    def _results(self, tasks: list[Any]) -> Iterator[Any]:
        for task in tasks:
            try:
                yield self._ray.get(task)
            except self._ray.exceptions.RayTaskError as failed:
                raise failed.cause from failed


@contextmanager
def ray_cluster(*, address: str | None = None, workers: int | None = None) -> Iterator[RayExecutor]:
    """An executor on the cluster at `address`, or on one of `workers` processes that ends with the block.

    Raises EngineUnavailable if Ray is not installed or does not start, or the process is connected already.
    """
    ray = _ray()
    if ray.is_initialized():
        raise EngineUnavailable("this process is connected to a Ray cluster already")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    local = {} if address else {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **local)
    except Exception as error:  # Ray raises a bare one when a node does not start in time
        raise EngineUnavailable(f"no Ray cluster at {address or 'this host'}: {error}") from error
    try:
        yield RayExecutor()
    finally:
        ray.shutdown()


def _call(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - any call
    return function(*arguments)


def _ray() -> Any:  # noqa: ANN401 - a module that need not be installed
    try:
        return import_module("ray")
    except ImportError as error:
        raise EngineUnavailable("the Ray engine is not installed: pip install tailguard[ray]") from error
