"""The embedded engine: threads of this process. The kernels release the interpreter's lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from keeper.errors import ConfigurationError


def thread_executor(*, workers: int | None = None) -> ThreadPoolExecutor:
    """A pool of `workers` threads, one for each core this process may use unless given."""
    count = len(os.sched_getaffinity(0)) if workers is None else workers
    if count < 1:
        raise ConfigurationError(f"the engine needs at least 1 worker, got {count}")
    return ThreadPoolExecutor(max_workers=count, thread_name_prefix="accounts")
