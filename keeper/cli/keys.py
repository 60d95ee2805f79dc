"""Configured keys to signers: opened once, each named in messages by its setting."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path

import aiohttp

from keeper.config import Key, KeySettings, KeystoreKey, KmsKey, Web3SignerKey
from keeper.outbox import Urgency, require_distinct
from keeper.signing import (
    KeystoreSigner,
    KmsClient,
    KmsSigner,
    Patience,
    RemoteEndpoint,
    Signer,
    Web3Signer,
    read_aws_credentials,
    read_password,
    read_secret_file,
    require_sound_url,
    tls_context,
)

PASSWORD_VARIABLE = "TAILGUARD_KEY_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class OpenedKeys:
    """The key that signs rounds, and the one that pays for each configured urgency."""

    signer: Signer
    senders: Mapping[Urgency, Signer]


async def open_keys(settings: KeySettings, session: aiohttp.ClientSession) -> OpenedKeys:
    """Opens every configured key. Remote ones answer now, or this is a `SigningError` that names the setting."""
    open_one = key_opener(settings.password_file, session)
    signer = await open_one("keys.signer", settings.signer)
    senders = {
        urgency: await open_one(f"keys.{urgency}", key)
        for urgency in Urgency
        if (key := getattr(settings, urgency)) is not None
    }
    require_distinct({urgency: sender.address for urgency, sender in senders.items()})
    return OpenedKeys(signer, senders)


async def open_key(settings: KeySettings, urgency: Urgency, session: aiohttp.ClientSession) -> Signer | None:
    """The key of one urgency alone; None where none is configured."""
    key = getattr(settings, urgency)
    return None if key is None else await key_opener(settings.password_file, session)(f"keys.{urgency}", key)


def key_opener(
    password_file: Path | None, session: aiohttp.ClientSession
) -> Callable[[str, Key], Awaitable[Signer]]:
    """Opens keys by the name of their setting and where they lie."""
    password = functools.cache(
        lambda: _password(password_file)
    )  # asked for once, and only if a keystore needs it

    async def open_one(name: str, key: Key) -> Signer:
        match key:
            case KeystoreKey():
                return KeystoreSigner.from_file(key.file, password())
            case Web3SignerKey():
                return await _web3signer(f"the signer of {name}", key, session)
            case KmsKey():
                return await _kms(f"the key service of {name}", key, session)

    return open_one


async def _web3signer(name: str, key: Web3SignerKey, session: aiohttp.ClientSession) -> Signer:
    tls = tls_context(
        authority=key.certificate_authority, certificate=key.client_certificate, key=key.client_key
    )
    patience = Patience(key.timeout_seconds, key.attempts)
    file = key.token_file
    return await Web3Signer.open(
        endpoint=RemoteEndpoint(name, session, patience, tls),
        url=require_sound_url(key.url, carries_token=file is not None),
        address=key.address,
        token=None if file is None else lambda: read_secret_file(file, "token file").strip(),
    )


async def _kms(name: str, key: KmsKey, session: aiohttp.ClientSession) -> Signer:
    url = key.url or f"https://kms.{key.region}.amazonaws.com"
    client = KmsClient(
        endpoint=RemoteEndpoint(name, session, Patience(key.timeout_seconds, key.attempts)),
        url=require_sound_url(url, carries_token=True),
        region=key.region,
        credentials=lambda: read_aws_credentials(key.credentials_file, os.environ),
    )
    return await KmsSigner.open(client=client, key_id=key.key_id, address=key.address)


def _password(password_file: Path | None) -> str:
    return read_password(
        file=password_file,
        variable=PASSWORD_VARIABLE,
        environment=os.environ,
        prompt=getpass if sys.stdin.isatty() else None,
    )
