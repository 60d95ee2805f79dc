"""What `keeper check` finds around a keeper: the code behind the addresses, peers, gas money, the rhythm of rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp
from eth_utils.crypto import keccak

from keeper.chain import ChainReader, Deployment
from keeper.cli.finding import Finding, found
from keeper.config import KeeperSettings, PeerSettings
from keeper.decide.cause import EXPIRING_BEATS
from keeper.errors import ChainError
from keeper.parameters import LaneLimits

# Prices, surfaces and a handful of verdicts of one round.
_GAS_A_ROUND = 1_500_000
_DAY_SECONDS = 86_400
_LEAST_DAYS = 1.0
_PEER_SECONDS = 5.0


async def code_finding(reader: ChainReader, deployment: Deployment) -> Finding:
    """Whether each address has the very code that was deployed there."""
    addresses = deployment.addresses
    answers = await reader.rpc.batch([("eth_getCode", [a, "latest"]) for a in addresses.values()])
    codes = {}
    for name, answer in zip(addresses, answers, strict=True):
        if isinstance(answer, ChainError):
            raise answer
        codes[name] = answer
    return compare_code({n: c.runtime_hash for n, c in deployment.contracts.items()}, codes)


def compare_code(recorded: Mapping[str, str], codes: Mapping[str, str]) -> Finding:
    """`recorded`: keccak-256 by contract; `codes`: what the chain has. Both 0x-hex."""
    present = {name: "0x" + keccak(hexstr=code).hex() for name, code in codes.items()}
    other = sorted(name for name, digest in recorded.items() if present[name].lower() != digest.lower())
    if other:
        return found(
            "code", False, f"{', '.join(other)}: the chain has other code than the deployment record"
        )
    return found("code", True, f"{len(recorded)} contracts have the recorded code")


def gas_finding(*, balance_wei: int, gas_price_wei: int, heartbeat_seconds: int) -> Finding:
    """How long the balance lasts where one heartbeat after the other is sent at today's price."""
    a_day = _GAS_A_ROUND * max(gas_price_wei, 1) * _DAY_SECONDS // heartbeat_seconds
    days = balance_wei / a_day
    detail = f"lasts {days:,.1f} days of heartbeats at {gas_price_wei / 1e9:.2f} gwei"
    return found("gas money", days >= _LEAST_DAYS, detail)


def rhythm_finding(settings: KeeperSettings, limits: LaneLimits) -> Finding:
    """Whether one missed heartbeat leaves what is on chain inside the contracts' own ages."""
    rounds = settings.rounds
    pairs = (
        ("price_heartbeat_seconds", rounds.price_heartbeat_seconds, limits.reduce_only_age),
        ("attestation_seconds", rounds.attestation_seconds, limits.attestation_max_age),
    )
    late = [
        f"{EXPIRING_BEATS} x {n} = {EXPIRING_BEATS * s} s > {most} s"
        for n, s, most in pairs
        if EXPIRING_BEATS * s > most
    ]
    return found("rhythm", not late, "; ".join(late) or "a missed heartbeat is in time")


async def peer_findings(session: aiohttp.ClientSession, peers: Sequence[PeerSettings]) -> list[Finding]:
    """A peer that does not answer is a warning: keepers start one after the other."""
    return list(await asyncio.gather(*(_peer(session, peer) for peer in peers)))


async def _peer(session: aiohttp.ClientSession, peer: PeerSettings) -> Finding:
    name = f"peer {peer.signer}"
    try:
        timeout = aiohttp.ClientTimeout(total=_PEER_SECONDS)
        async with session.get(f"{peer.url}/livez", timeout=timeout) as response:
            answered = f"{peer.url} answers {response.status}"
            return Finding(name, "ok" if response.status == 200 else "warning", answered)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Finding(name, "warning", f"{peer.url} does not answer: {type(error).__name__}")


async def surroundings(
    reader: ChainReader, deployment: Deployment, settings: KeeperSettings, sender: str
) -> list[Finding]:
    """Everything above, for this keeper."""
    parameters = await reader.parameters(await reader.block())
    balance = int(await reader.rpc.call("eth_getBalance", sender, "latest"), 16)
    price = int(await reader.rpc.call("eth_gasPrice"), 16)
    async with aiohttp.ClientSession() as session:
        peers = await peer_findings(session, settings.peers)
    return [
        await code_finding(reader, deployment),
        gas_finding(
            balance_wei=balance,
            gas_price_wei=price,
            heartbeat_seconds=settings.rounds.price_heartbeat_seconds,
        ),
        rhythm_finding(settings, parameters.limits),
        *peers,
    ]
