"""AWS Signature Version 4: the Authorization header of one request, from its published description."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """Who calls. Only the access key's name is ever shown."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AwsScope:
    """What the signature is good for."""

    region: str
    service: str
    at: datetime

    @property
    def timestamp(self) -> str:
        return self.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

    @property
    def path(self) -> str:
        return f"{self.timestamp[:8]}/{self.region}/{self.service}/aws4_request"


def authorization(
    *,
    method: str,
    path: str,
    headers: Mapping[str, str],
    payload: bytes,
    scope: AwsScope,
    credentials: AwsCredentials,
    query: str = "",
) -> str:
    """The value of `Authorization`. `headers` are all to be signed, host and x-amz-date among them.

    `path` and `query` are already in canonical form: percent-encoded, parameters sorted.
    """
    values = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(values))
    lines = "".join(f"{name}:{values[name]}\n" for name in sorted(values))
    request = "\n".join((method, path, query, lines, names, hashlib.sha256(payload).hexdigest()))
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = "\n".join((ALGORITHM, scope.timestamp, scope.path, digest))
    signature = hmac.new(_signing_key(credentials, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    return (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope.path}, SignedHeaders={names}, "
        f"Signature={signature}"
    )


def _signing_key(credentials: AwsCredentials, scope: AwsScope) -> bytes:
    key = b"AWS4" + credentials.secret_key.encode()
    for part in scope.path.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
