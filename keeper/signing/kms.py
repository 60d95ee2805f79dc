"""Keys that never leave AWS KMS, or whatever speaks its JSON protocol: a digest goes out, DER comes back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from eth_keys.datatypes import PublicKey
from eth_utils.crypto import keccak

from keeper.errors import SignerUnavailable, SigningError
from keeper.signing.der import public_key_point, signature_scalars
from keeper.signing.remote import Answer, RemoteEndpoint
from keeper.signing.signature import from_scalars
from keeper.signing.sigv4 import AwsCredentials, AwsScope, authorization

KEY_SPEC, SIGNING_ALGORITHM = "ECC_SECG_P256K1", "ECDSA_SHA_256"
# What the service says when the same request may succeed later; a status of 500 and above says the same.
_BUSY = frozenset(
    {
        "ThrottlingException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "DependencyTimeoutException",
        "KMSInternalException",
        "KeyUnavailableException",
    }
)
_REMEDIES = {
    "AccessDeniedException": "allow kms:Sign and kms:GetPublicKey on the key",
    "NotFoundException": "correct the key id and the region",
    "DisabledException": "enable the key",
    "KMSInvalidStateException": "enable the key, or cancel its deletion",
    "InvalidKeyUsageException": "use a key whose usage is SIGN_VERIFY",
    "ExpiredTokenException": "renew the credentials",
    "UnrecognizedClientException": "correct the access key",
    "InvalidSignatureException": "correct the secret key, and this machine's clock",
}


@dataclass(frozen=True, slots=True)
class KmsClient:
    """Signed requests to one region's service. Credentials are asked anew for each, so that renewed ones are used."""

    endpoint: RemoteEndpoint
    url: str
    region: str
    credentials: Callable[[], AwsCredentials]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def call(self, operation: str, parameters: dict[str, str]) -> dict[str, Any]:
        """The operation's answer; refusals are `SigningError`s with the service's own words and the remedy."""
        payload = json.dumps(parameters).encode()

        async def attempt() -> dict[str, Any]:
            headers = self._headers(operation, payload)
            answer = await self.endpoint.ask("POST", self.url + "/", headers=headers, body=payload)
            if answer.status != 200:
                raise self._refusal(operation, answer)
            return self._document(answer)

        return await self.endpoint.retried(attempt)

    def _headers(self, operation: str, payload: bytes) -> dict[str, str]:
        credentials, scope = self.credentials(), AwsScope(self.region, "kms", self.now())
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "Host": urlsplit(self.url).netloc,
            "X-Amz-Date": scope.timestamp,
            "X-Amz-Target": f"TrentService.{operation}",
        }
        if credentials.session_token is not None:
            headers["X-Amz-Security-Token"] = credentials.session_token
        signed = authorization(
            method="POST", path="/", headers=headers, payload=payload, scope=scope, credentials=credentials
        )
        return {**headers, "Authorization": signed}

    def _document(self, answer: Answer) -> dict[str, Any]:
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise SigningError(f"{self.endpoint.name} answers {answer.text!r}; expected a JSON object")
        return document

    def _refusal(self, operation: str, answer: Answer) -> SigningError:
        try:
            document = self._document(answer)
        except SigningError:
            document = {}
        kind = str(document.get("__type", "")).rsplit("#", 1)[-1] or f"status {answer.status}"
        words = document.get("message") or document.get("Message") or answer.text
        request = answer.headers.get("x-amzn-RequestId", "unknown")
        message = f"{self.endpoint.name} refuses {operation}: {kind}: {words} (request {request})"
        if kind in _BUSY or answer.status >= 500 or answer.status == 429:
            return SignerUnavailable(message)
        remedy = _REMEDIES.get(kind)
        return SigningError(f"{message}; {remedy}" if remedy else message)


@dataclass(frozen=True, slots=True)
class KmsSigner:
    """Signs with one asymmetric key of the service; every signature is verified to be by `address` before use."""

    client: KmsClient
    key_id: str
    address: str

    @classmethod
    async def open(cls, *, client: KmsClient, key_id: str, address: str | None = None) -> KmsSigner:
        """Reads the public key. An `address` that is not the key's is refused: another key would pay or sign."""
        answer = await client.call("GetPublicKey", {"KeyId": key_id})
        usage = (answer.get("KeySpec"), answer.get("KeyUsage"))
        if usage != (KEY_SPEC, "SIGN_VERIFY"):
            raise SigningError(
                f"key {key_id} is of type {usage[0]} for {usage[1]}; expected {KEY_SPEC} for SIGN_VERIFY"
            )
        found = PublicKey(public_key_point(_decoded(answer, "PublicKey"))).to_checksum_address()
        if address is not None and address.lower() != found.lower():
            raise SigningError(f"key {key_id} is that of {found}, not of {address}: correct one of them")
        return cls(client, key_id, found)

    async def sign(self, preimage: bytes) -> bytes:
        """65 bytes r || s || v over keccak-256(`preimage`); the service signs the digest as it is."""
        digest = bytes(keccak(preimage))
        answer = await self.client.call(
            "Sign",
            {
                "KeyId": self.key_id,
                "Message": base64.b64encode(digest).decode(),
                "MessageType": "DIGEST",
                "SigningAlgorithm": SIGNING_ALGORITHM,
            },
        )
        r, s = signature_scalars(_decoded(answer, "Signature"))
        return from_scalars(digest, r, s, self.address)


def _decoded(answer: dict[str, Any], field: str) -> bytes:
    try:
        return base64.b64decode(answer[field], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise SigningError(f"the key service's answer has no {field} in base64") from error
