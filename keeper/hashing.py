"""keccak-256 where it is counted in the hundred thousands: logs, and the leaves of margin trees.

The compiled reference code of its authors, several times faster on short inputs than the ciphers library that eth-utils
finds; elsewhere eth-utils' own `keccak` is as good.
"""

from __future__ import annotations

from sha3 import keccak_256


def keccak(content: bytes) -> bytes:
    """The 32 bytes of the Ethereum hash."""
    digest: bytes = keccak_256(content).digest()
    return digest
