"""A key service's keys: digests as they are, DER in both halves, and refusals in its own words."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from eth_utils.crypto import keccak

from keeper.errors import SignerUnavailable, SigningError
from keeper.signing import AwsCredentials, KeystoreSigner, KmsClient, KmsSigner, recover
from keeper.signing.signature import HALF_ORDER
from tests.keeper.signing.fakes import CREDENTIALS, KEY_ID, FakeKms

SECRET = 0xA11CE
ADDRESS = KeystoreSigner.from_secret(SECRET).address
NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def client_of(endpoint, service, credentials=CREDENTIALS, now=NOW):
    return KmsClient(endpoint, service.url, service.region, lambda: credentials, lambda: now)


@pytest.fixture
async def service():
    async with FakeKms(SECRET, now=lambda: NOW) as opened:
        yield opened


@pytest.fixture
async def signer(endpoint, service):
    return await KmsSigner.open(client=client_of(endpoint, service), key_id=KEY_ID, address=ADDRESS)


@pytest.mark.parametrize("high_s", [False, True])
async def test_signatures_recover_and_are_low_whatever_half_they_came_in(service, signer, high_s):
    service.high_s = high_s
    for number in range(24):  # both recovery ids, and r, s with and without a leading zero byte
        preimage = bytes([number]) * 66
        signature = await signer.sign(preimage)
        assert recover(keccak(preimage), signature) == ADDRESS
        assert int.from_bytes(signature[32:64], "big") <= HALF_ORDER
        assert signature == await KeystoreSigner.from_secret(SECRET).sign(preimage)


async def test_the_address_is_that_of_the_public_key(endpoint, service):
    assert (await KmsSigner.open(client=client_of(endpoint, service), key_id=KEY_ID)).address == ADDRESS
    with pytest.raises(SigningError, match=f"is that of {ADDRESS}, not of 0x00"):
        await KmsSigner.open(client=client_of(endpoint, service), key_id=KEY_ID, address="0x" + "00" * 20)


async def test_a_signature_by_another_key_is_never_used(service, signer):
    service.key = FakeKms(0xBAD).key
    with pytest.raises(SigningError, match="another key signed"):
        await signer.sign(b"\x01" * 66)


async def test_a_key_of_another_curve_is_refused(endpoint, service):
    service.spec = "ECC_NIST_P256"
    with pytest.raises(SigningError, match=r"ECC_NIST_P256.*expected ECC_SECG_P256K1"):
        await KmsSigner.open(client=client_of(endpoint, service), key_id=KEY_ID)


async def test_throttling_is_waited_for(service, signer):
    service.troubles = [
        (400, "ThrottlingException", "Rate exceeded"),
        (500, "KMSInternalException", "try again"),
    ]
    assert recover(keccak(b"x"), await signer.sign(b"x")) == ADDRESS
    service.troubles = [(400, "ThrottlingException", "Rate exceeded")] * 3
    with pytest.raises(SignerUnavailable, match="refuses Sign: ThrottlingException: Rate exceeded"):
        await signer.sign(b"x")


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("AccessDeniedException", "allow kms:Sign"),
        ("DisabledException", "enable the key"),
        ("ExpiredTokenException", "renew the credentials"),
        ("ValidationException", "no such thing"),
    ],
)
async def test_a_refusal_is_final_and_says_what_to_do(service, signer, kind, remedy):
    service.troubles = [(400, kind, "no such thing")]
    with pytest.raises(SigningError, match=rf"{kind}: no such thing \(request a1b2\)") as refused:
        await signer.sign(b"x")
    assert remedy in str(refused.value)
    assert not isinstance(refused.value, SignerUnavailable)
    assert len(service.requests) == 2


async def test_an_unknown_key_is_named(endpoint, service):
    with pytest.raises(SigningError, match=r"NotFoundException.*correct the key id"):
        await KmsSigner.open(client=client_of(endpoint, service), key_id="another")


@pytest.mark.parametrize(
    ("credentials", "now", "words"),
    [
        (AwsCredentials("AKIDOTHER", CREDENTIALS.secret_key), NOW, "correct the access key"),
        (AwsCredentials(CREDENTIALS.access_key, "hidden"), NOW, "correct the secret key"),
        (CREDENTIALS, NOW + timedelta(minutes=20), "this machine's clock"),
    ],
)
async def test_wrong_credentials_and_clocks_are_refused_without_showing_them(
    endpoint, service, credentials, now, words
):
    with pytest.raises(SigningError, match=words) as refused:
        await KmsSigner.open(client=client_of(endpoint, service, credentials, now), key_id=KEY_ID)
    assert credentials.secret_key not in str(refused.value)


async def test_renewed_credentials_are_used_at_once(endpoint, service):
    given = iter([CREDENTIALS, AwsCredentials("AKIDOTHER", "x"), CREDENTIALS])
    client = dataclasses.replace(client_of(endpoint, service), credentials=lambda: next(given))
    signer = await KmsSigner.open(client=client, key_id=KEY_ID)
    with pytest.raises(SigningError):
        await signer.sign(b"x")
    assert recover(keccak(b"x"), await signer.sign(b"x")) == ADDRESS


@pytest.mark.parametrize(
    "text", ["", "[]", "<html>", '{"Signature": 7}', '{"Signature": "%%"}', '{"Signature": ""}']
)
async def test_an_answer_that_is_no_signature_is_refused(service, signer, monkeypatch, text):
    original = service.answer

    def babble(request, body):
        response = original(request, body)
        response.text = text
        return response

    service.answer = babble
    with pytest.raises(SigningError):
        await signer.sign(b"x")


async def test_nothing_secret_is_in_any_representation(signer):
    for shown in (repr(signer), repr(signer.client), repr(CREDENTIALS)):
        assert CREDENTIALS.secret_key not in shown
        assert CREDENTIALS.session_token not in shown
