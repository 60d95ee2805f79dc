"""Fewer collections of cycles: a round of ten thousand accounts makes and drops a million objects, none of them garbage
in cycles, and each full collection walks through all that are alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Net new objects between young collections, young ones between middle ones, middle ones between full ones: a full one
# after four million, and Python's own condition that a quarter is new. What dies young is still found young.
_THRESHOLDS = (10_000, 20, 20)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within, what lives already is taken to live to the end (modules, compiled kernels, artifacts), and what is new
    is walked through less often."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
