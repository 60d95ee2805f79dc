"""What `keeper check` finds about keys: that each signs, and that those that pay can."""

from __future__ import annotations

from eth_utils.crypto import keccak

from keeper.chain import ChainReader
from keeper.cli.finding import Finding, found
from keeper.cli.wiring import WiredKeeper
from keeper.errors import KeeperError
from keeper.outbox import Urgency
from keeper.signing import Signer, verify

# No round and no transaction: both begin with a byte of their own (EIP-191, EIP-2718).
_PROBE = b"tailguard keeper check"
_LEAST_WEI = 10**16


async def key_findings(keeper: WiredKeeper) -> list[Finding]:
    """For the signer and for each urgency, configured or not."""
    findings = [await _signs("signer key", keeper.keys.signer)]
    for urgency in Urgency:
        sender = keeper.keys.senders.get(urgency)
        if sender is None:
            findings.append(
                found(
                    f"{urgency} key",
                    True,
                    f"none: keys.{urgency} is unset, what it would pay for is not done",
                )
            )
            continue
        findings.append(await _signs(f"{urgency} key", sender))
        findings.append(await _pays(f"{urgency} balance", sender.address, keeper.reader))
    return findings


async def _signs(name: str, signer: Signer) -> Finding:
    try:
        verify(bytes(keccak(_PROBE)), await signer.sign(_PROBE), signer.address)
    except KeeperError as error:
        return found(name, False, str(error))
    return found(name, True, f"{signer.address} signs")


async def _pays(name: str, address: str, reader: ChainReader) -> Finding:
    balance = int(await reader.rpc.call("eth_getBalance", address, "latest"), 16)
    return found(name, balance >= _LEAST_WEI, f"{address} has {balance / 1e18:.4f}")
