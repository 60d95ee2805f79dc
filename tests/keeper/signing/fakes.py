"""Local twins of the two remote signers, on real sockets: their wire, their hashing, and their ways to refuse."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
from datetime import UTC, datetime

from aiohttp import web
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from keeper.signing import AwsCredentials
from keeper.signing.signature import CURVE_ORDER
from keeper.signing.sigv4 import AwsScope, authorization

SPKI_PREFIX = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a034200")
CREDENTIALS = AwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session-token")
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


class Served:
    """An HTTP server that hands out prepared troubles first, one for each request, and counts what it is asked."""

    def __init__(self, tls=None):
        self.troubles = []
        self.requests = []
        self._tls = tls
        self._runner = None
        self.url = ""

    async def __aenter__(self):
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _handle(self, request):
        body = await request.read()
        self.requests.append((request.method, request.path, dict(request.headers), body))
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble == "reset":
                request.transport.abort()
                return web.Response()
            if trouble == "hang":
                await asyncio.sleep(30)
            return self.refusal(trouble)
        return self.answer(request, body)

    def refusal(self, status):
        return web.Response(status=status, text="trouble")


class FakeWeb3Signer(Served):
    """Web3Signer in eth1 mode: keys named by public key, keccak-256 of the data signed, 65 bytes of hex as text."""

    def __init__(self, secrets, *, token=None, tls=None, signs_with=None):
        super().__init__(tls)
        self._keys = {
            "0x" + key.public_key.format(compressed=False)[1:].hex(): key
            for key in (PrivateKey(secret.to_bytes(32, "big")) for secret in secrets)
        }
        self._token = token
        self._signs_with = signs_with

    def answer(self, request, body):
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        if request.method == "GET" and request.path == "/api/v1/eth1/publicKeys":
            return web.json_response(list(self._keys))
        found = re.fullmatch(r"/api/v1/eth1/sign/(0x[0-9a-f]{128})", request.path)
        if request.method != "POST" or not found or found[1] not in self._keys:
            return web.Response(status=404)
        if request.headers.get("Content-Type") != "application/json":
            return web.Response(status=400)
        key = self._keys[found[1]]
        if self._signs_with is not None:
            key = PrivateKey(self._signs_with.to_bytes(32, "big"))
        signature = key.sign_recoverable(bytes.fromhex(json.loads(body)["data"][2:]), hasher=keccak)
        text = "0x" + signature[:64].hex() + f"{27 + signature[64]:02x}"
        return web.Response(text=text, content_type="text/plain", charset="utf-8")


def der_integer(value):
    content = value.to_bytes((value.bit_length() + 8) // 8, "big")
    return bytes([0x02, len(content)]) + content


def der_signature(r, s):
    content = der_integer(r) + der_integer(s)
    return bytes([0x30, len(content)]) + content


class FakeKms(Served):
    """AWS KMS with one secp256k1 key: checks SigV4, signs the digest as it is, answers DER, s in either half."""

    def __init__(self, secret, *, region="eu-west-1", now=lambda: datetime.now(UTC)):
        super().__init__()
        self.key = PrivateKey(secret.to_bytes(32, "big"))
        self.spec, self.high_s, self.region, self._now = "ECC_SECG_P256K1", False, region, now

    def refusal(self, trouble):
        status, kind, words = trouble
        document = {"__type": f"com.amazonaws.kms#{kind}", "message": words}
        headers = {"x-amzn-RequestId": "a1b2"}
        return web.Response(status=status, text=json.dumps(document), headers=headers)

    def answer(self, request, body):
        refused = self._unauthorised(request, body)
        if refused:
            return self.refusal(refused)
        operation = request.headers["X-Amz-Target"].removeprefix("TrentService.")
        parameters = json.loads(body)
        if parameters["KeyId"] != KEY_ID:
            return self.refusal((400, "NotFoundException", f"Key '{parameters['KeyId']}' does not exist"))
        document = getattr(self, operation)(parameters)
        return web.Response(text=json.dumps(document), content_type="application/x-amz-json-1.1")

    def _unauthorised(self, request, body):
        given = request.headers.get("Authorization", "")
        if f"Credential={CREDENTIALS.access_key}/" not in given:
            return (
                400,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
        names = re.search(r"SignedHeaders=([^,]+),", given)[1].split(";")
        expected = authorization(
            method="POST",
            path="/",
            headers={name: request.headers[name] for name in names},
            payload=body,
            scope=AwsScope(self.region, "kms", self._now()),
            credentials=CREDENTIALS,
        )
        stamped = AwsScope(self.region, "kms", self._now()).timestamp
        if request.headers["X-Amz-Date"] != stamped or not hmac.compare_digest(expected, given):
            return 400, "InvalidSignatureException", "The request signature we calculated does not match"
        return None

    def GetPublicKey(self, parameters):
        spki = SPKI_PREFIX + self.key.public_key.format(compressed=False)
        return {
            "KeyId": f"arn:aws:kms:{self.region}:111122223333:key/{KEY_ID}",
            "PublicKey": base64.b64encode(spki).decode(),
            "KeySpec": self.spec,
            "KeyUsage": "SIGN_VERIFY",
            "SigningAlgorithms": ["ECDSA_SHA_256"],
        }

    def Sign(self, parameters):
        assert (parameters["MessageType"], parameters["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
        digest = base64.b64decode(parameters["Message"])
        assert len(digest) == 32
        compact = self.key.sign_recoverable(digest, hasher=None)
        r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
        if self.high_s:
            s = CURVE_ORDER - s
        return {
            "KeyId": parameters["KeyId"],
            "Signature": base64.b64encode(der_signature(r, s)).decode(),
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
