"""Keys behind a Web3Signer in eth1 mode, or whatever speaks its REST interface."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from eth_keys.datatypes import PublicKey
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from keeper.errors import SignerUnavailable, SigningError
from keeper.signing.remote import Answer, RemoteEndpoint
from keeper.signing.signature import SIGNATURE_BYTES, from_scalars

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Web3Signer:
    """Signs by `POST /api/v1/eth1/sign/{public key}`: the service hashes what it gets (keccak-256) and signs that.

    `token` is asked anew for each request, so that a renewed token file is used at once. Every signature is verified
    to be by `address` before it is used: a service that signs with another key is an error, never a wrong round.
    """

    endpoint: RemoteEndpoint
    url: str
    address: str
    identifier: str
    token: Callable[[], str] | None = None

    @classmethod
    async def open(
        cls, *, endpoint: RemoteEndpoint, url: str, address: str, token: Callable[[], str] | None = None
    ) -> Web3Signer:
        """Finds the key of `address` among those that the service lists."""
        unnamed = cls(endpoint, url, address, "", token)
        answer = await unnamed._ask("GET", "/api/v1/eth1/publicKeys")
        keys = _public_keys(endpoint.name, answer)
        for checksummed, identifier in keys.items():
            if checksummed.lower() == address.lower():
                return cls(endpoint, url, checksummed, identifier, token)
        raise SigningError(f"{endpoint.name} holds no key of {address}; it holds {', '.join(keys) or 'none'}")

    async def sign(self, preimage: bytes) -> bytes:
        """65 bytes r || s || v over keccak-256(`preimage`)."""
        body = json.dumps({"data": "0x" + preimage.hex()}).encode()
        answer = await self._ask("POST", f"/api/v1/eth1/sign/{self.identifier}", body)
        text = answer.body.decode("ascii", "replace").strip()
        if not re.fullmatch(rf"0x[0-9a-fA-F]{{{2 * SIGNATURE_BYTES}}}", text):
            raise SigningError(
                f"{self.endpoint.name} answers {answer.text!r}; expected a signature of 65 bytes in hex"
            )
        signature = bytes.fromhex(text[2:])
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        return from_scalars(bytes(keccak(preimage)), r, s, self.address)

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        async def attempt() -> Answer:
            headers = dict(_JSON)
            if self.token is not None:
                headers["Authorization"] = f"Bearer {self.token()}"
            answer = await self.endpoint.ask(method, self.url + path, headers=headers, body=body)
            if answer.status != 200:
                raise self._refusal(answer)
            return answer

        return await self.endpoint.retried(attempt)

    def _refusal(self, answer: Answer) -> SigningError:
        name, status = self.endpoint.name, answer.status
        if status in _BUSY:
            return SignerUnavailable(f"{name} answers {status}: {answer.text}")
        if status in (401, 403):
            return SigningError(f"{name} answers {status}: the token or client certificate is not accepted")
        if status == 404:
            return SigningError(
                f"{name} answers 404: it runs not in eth1 mode, or no longer holds {self.address}"
            )
        return SigningError(f"{name} answers {status}: {answer.text}")


def _public_keys(name: str, answer: Answer) -> dict[str, str]:
    """Checksummed address -> the identifier as the service lists it."""
    try:
        listed = json.loads(answer.body)
        return {PublicKey(bytes.fromhex(key.removeprefix("0x"))).to_checksum_address(): key for key in listed}
    except (ValueError, TypeError, AttributeError, ValidationError) as error:
        raise SigningError(f"{name} answers {answer.text!r}; expected a JSON list of public keys") from error
