"""Freed memory, back to the machine: the C library keeps what it may need again, and a keeper runs for months."""

from __future__ import annotations

import ctypes


def give_back_freed() -> bool:
    """Returns whole free pages of every arena of glibc's heap; False where the C library has no such call.

    The text of a round and its bundle is megabytes that live for seconds; what outlives it may lie above, and then the
    pages below stay resident though nobody uses them.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    trim(0)
    return True
