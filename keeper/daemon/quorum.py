"""Collecting endorsements from peers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import structlog
from pydantic import ValidationError

from keeper.errors import SigningError
from keeper.messages import Endorsement, Proposal
from keeper.signing import verify

log = structlog.get_logger()

# A signature a lane and a reason; what is longer is not an answer, and is not read.
_LARGEST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Peer:
    """Another keeper of the quorum: its signer index on chain and where it answers."""

    signer: int
    url: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Verified 65-byte signatures by lane and signer, and what the others said."""

    signatures: dict[int, dict[int, bytes]] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)


async def collect(
    *,
    session: aiohttp.ClientSession,
    peers: Sequence[Peer],
    proposal: Proposal,
    digests: Mapping[int, bytes],
    signers: Sequence[str],
    own: Mapping[int, bytes],
    timeout_seconds: float,
) -> Collected:
    """Asks every peer at once and keeps what verifies against the on-chain signer set.

    `own` are this keeper's signatures by lane. A peer that does not answer, refuses or signs something else is
    recorded with its reason and costs nothing else.
    """
    collected = Collected({lane: {proposal.leader: signature} for lane, signature in own.items()}, {})
    answers = await asyncio.gather(*(_ask(session, peer, proposal, timeout_seconds) for peer in peers))
    for peer, answer in zip(peers, answers, strict=True):
        if isinstance(answer, str):
            collected.refusals[peer.signer] = answer
        else:
            _keep_verified(collected, peer, answer, digests, signers)
    for signer, reason in sorted(collected.refusals.items()):
        log.warning("quorum.no_signature", peer=signer, reason=reason)
    return collected


async def _ask(
    session: aiohttp.ClientSession, peer: Peer, proposal: Proposal, timeout_seconds: float
) -> Endorsement | str:
    try:
        try:
            return await _post(session, peer, proposal, timeout_seconds)
        except aiohttp.ClientConnectionError:
            # A kept-alive connection that the peer has closed meanwhile; asking twice is harmless.
            return await _post(session, peer, proposal, timeout_seconds)
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"unreachable: {type(error).__name__} {error}".rstrip()
    except ValidationError as error:
        return f"answered something that is no endorsement: {error.error_count()} faults"


async def _post(
    session: aiohttp.ClientSession, peer: Peer, proposal: Proposal, timeout_seconds: float
) -> Endorsement | str:
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with session.post(
        f"{peer.url}/v1/proposals", json=proposal.model_dump(), timeout=timeout
    ) as response:
        if response.status != 200:
            return f"answered HTTP {response.status}"
        content = await _bounded(response)
        if content is None:
            return f"answered more than {_LARGEST_ANSWER_BYTES} bytes"
        return Endorsement.model_validate_json(content)


async def _bounded(response: aiohttp.ClientResponse) -> bytes | None:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_LARGEST_ANSWER_BYTES):
        content += chunk
        if len(content) > _LARGEST_ANSWER_BYTES:
            return None
    return bytes(content)


def _keep_verified(
    collected: Collected,
    peer: Peer,
    answer: Endorsement,
    digests: Mapping[int, bytes],
    signers: Sequence[str],
) -> None:
    """Lanes that the peer withholds come with its reason; what it signed beside them counts."""
    if answer.refusal or not answer.signatures:
        collected.refusals[peer.signer] = answer.refusal or "signed nothing and gave no reason"
    for item in answer.signatures:
        digest = digests.get(item.lane)
        if digest is None or peer.signer >= len(signers):
            collected.refusals[peer.signer] = (
                f"signed lane {item.lane}, which was not proposed to a listed signer"
            )
            return
        signature = bytes.fromhex(item.signature[2:])
        try:
            verify(digest, signature, signers[peer.signer])
        except SigningError as error:
            collected.refusals[peer.signer] = f"lane {item.lane}: {error}"
            return
        collected.signatures.setdefault(item.lane, {})[peer.signer] = signature
