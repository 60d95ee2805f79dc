"""Pages that were freed leave the resident set at once, whatever lies above them on the heap."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from keeper.engine import give_back_freed

BLOCK, BLOCKS = 64 * 1024, 512  # below the size from which the C library maps a block by itself


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_holes_below_a_block_that_lives_on_are_given_back():
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [library.malloc(BLOCK) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    kept = blocks.pop()  # the newest, so that the heap's top stays where it is
    for block in blocks:
        library.free(block)
    before = resident_bytes()
    assert give_back_freed()
    assert before - resident_bytes() > BLOCK * BLOCKS // 2
    library.free(kept)
