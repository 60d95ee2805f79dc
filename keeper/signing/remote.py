"""How remote signers are asked: with a bound on time and size, again after a pause, and never through a redirect."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
import structlog

from keeper.errors import SignerUnavailable, SigningError

log = structlog.get_logger()
T = TypeVar("T")

LARGEST_ANSWER_BYTES = 64 * 1024  # a signature or a list of public keys; what is longer is no answer
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a signer is waited for: each attempt's bound, how many, and the first pause, doubled each time."""

    timeout_seconds: float = 5.0
    attempts: int = 3
    pause_seconds: float = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The beginning of the body, for messages."""
        return self.body[:200].decode("utf8", "replace").strip()


@dataclass(frozen=True, slots=True)
class RemoteEndpoint:
    """One remote signer's HTTP side. `name` is what messages call it."""

    name: str
    session: aiohttp.ClientSession
    patience: Patience = Patience()
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """One attempt. Raises `SignerUnavailable` without an answer."""
        timeout = aiohttp.ClientTimeout(total=self.patience.timeout_seconds)
        try:
            async with self.session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=timeout,
                ssl=self.tls or True,
                allow_redirects=False,
            ) as response:
                content = await response.content.read(LARGEST_ANSWER_BYTES + 1)
                if len(content) > LARGEST_ANSWER_BYTES:
                    raise SigningError(f"{self.name} answers with more than {LARGEST_ANSWER_BYTES} bytes")
                return Answer(response.status, content, dict(response.headers))
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            raise SigningError(f"{self.name} is not who it should be (TLS): {error}") from error
        except TimeoutError as error:
            raise SignerUnavailable(
                f"{self.name} did not answer within {self.patience.timeout_seconds} s"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SignerUnavailable(
                f"{self.name} cannot be reached: {type(error).__name__} {error}"
            ) from error

    async def retried(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The first attempt that is not `SignerUnavailable`. Signing twice is harmless: one signature is used."""
        pause = self.patience.pause_seconds
        for number in range(1, self.patience.attempts):
            try:
                return await attempt()
            except SignerUnavailable as error:
                log.warning("signer.retried", signer=self.name, attempt=number, reason=str(error))
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries, guards nothing
            pause *= 2
        return await attempt()


def require_sound_url(url: str, *, carries_token: bool) -> str:
    """The URL without a trailing slash. A token travels encrypted, or not beyond this machine; none is in a URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SigningError(
            f"a remote signer's URL begins with http:// or https://; this one does not: {parts.scheme}"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SigningError(
            f"the URL of the signer at {parts.hostname} carries credentials or a query: give a token file instead"
        )
    if carries_token and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SigningError(f"a token would travel in the clear to {parts.hostname}: use https")
    return url.rstrip("/")


def tls_context(
    *, authority: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext | None:
    """Trust in one authority in place of the system's, and a certificate that shows who is asking; None for neither."""
    if authority is None and certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=authority)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SigningError(
            f"certificates {authority}, {certificate}, {key} cannot be loaded: {error}"
        ) from error
    return context
