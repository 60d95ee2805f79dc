"""A Web3Signer's keys: found by address, used by preimage, believed only after recovery."""

from __future__ import annotations

import dataclasses
import shutil
import ssl
import subprocess

import pytest
from eth_utils.crypto import keccak

from keeper.errors import SignerUnavailable, SigningError
from keeper.signing import KeystoreSigner, Web3Signer, recover, require_sound_url, tls_context
from tests.keeper.signing.fakes import FakeWeb3Signer

SECRET = 0xA11CE
ADDRESS = KeystoreSigner.from_secret(SECRET).address
PREIMAGE = b"\x19\x01" + b"\x07" * 64


async def opened(endpoint, service, **given):
    return await Web3Signer.open(endpoint=endpoint, url=service.url, address=ADDRESS, **given)


async def test_it_signs_what_a_key_in_this_process_signs(endpoint):
    async with FakeWeb3Signer([0xB0B, SECRET]) as service:
        signer = await opened(endpoint, service)
        signature = await signer.sign(PREIMAGE)
    assert signer.address == ADDRESS
    assert recover(keccak(PREIMAGE), signature) == ADDRESS
    assert signature == await KeystoreSigner.from_secret(SECRET).sign(PREIMAGE)  # both by RFC 6979


async def test_a_service_without_the_key_names_those_it_has(endpoint):
    other = KeystoreSigner.from_secret(0xB0B).address
    async with FakeWeb3Signer([0xB0B]) as service:
        with pytest.raises(SigningError, match=f"holds no key of {ADDRESS}; it holds {other}"):
            await opened(endpoint, service)


async def test_a_signature_by_another_key_is_never_used(endpoint):
    async with FakeWeb3Signer([SECRET], signs_with=0xBAD) as service:
        signer = await opened(endpoint, service)
        with pytest.raises(SigningError, match="another key signed"):
            await signer.sign(PREIMAGE)


@pytest.mark.parametrize("trouble", ["reset", "hang", 503, 429, 500])
async def test_trouble_that_passes_is_waited_for(endpoint, trouble):
    async with FakeWeb3Signer([SECRET]) as service:
        signer = await opened(endpoint, service)
        service.troubles = [trouble, trouble]
        assert recover(keccak(PREIMAGE), await signer.sign(PREIMAGE)) == ADDRESS
        assert len(service.requests) == 4


async def test_trouble_that_stays_is_unavailable_after_three_attempts(endpoint):
    async with FakeWeb3Signer([SECRET]) as service:
        signer = await opened(endpoint, service)
        service.troubles = [503] * 5
        with pytest.raises(SignerUnavailable, match="the signer answers 503"):
            await signer.sign(PREIMAGE)
        assert len(service.troubles) == 2
    with pytest.raises(SignerUnavailable, match="cannot be reached"):
        await signer.sign(PREIMAGE)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "eth1 mode"), (400, "answers 400"), (302, "answers 302")]
)
async def test_a_refusal_is_not_asked_for_twice(endpoint, status, words):
    async with FakeWeb3Signer([SECRET]) as service:
        signer = await opened(endpoint, service)
        service.troubles = [status]
        with pytest.raises(SigningError, match=words) as refused:
            await signer.sign(PREIMAGE)
        assert not isinstance(refused.value, SignerUnavailable)
        assert len(service.requests) == 2


async def test_the_token_is_read_anew_for_each_request(endpoint):
    tokens = iter(["first", "second", "first"])
    async with FakeWeb3Signer([SECRET], token="first") as service:
        signer = await opened(endpoint, service, token=lambda: next(tokens))
        with pytest.raises(SigningError, match="token or client certificate") as refused:
            await signer.sign(PREIMAGE)
        assert "second" not in str(refused.value)
        assert recover(keccak(PREIMAGE), await signer.sign(PREIMAGE)) == ADDRESS


@pytest.mark.parametrize(
    "text", ["", "0x12", '{"error": 1}', "0x" + "zz" * 65, "0x" + "00" * 65, "0x" + "ff" * 65]
)
async def test_an_answer_that_is_no_signature_is_refused(endpoint, text):
    class Babbling(FakeWeb3Signer):
        def answer(self, request, body):
            response = super().answer(request, body)
            if request.method == "POST":
                response.text = text
            return response

    async with Babbling([SECRET]) as service:
        signer = await opened(endpoint, service)
        with pytest.raises(SigningError):
            await signer.sign(PREIMAGE)


@pytest.mark.parametrize("text", ["nothing", "{}5", '["0x12"]', "[7]", "x" * 70_000])
async def test_an_answer_that_is_no_list_of_keys_is_refused(endpoint, text):
    class Babbling(FakeWeb3Signer):
        def answer(self, request, body):
            response = super().answer(request, body)
            response.text = text
            return response

    async with Babbling([SECRET]) as service:
        with pytest.raises(SigningError):
            await opened(endpoint, service)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl in PATH to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=signer",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


async def test_both_sides_show_certificates(endpoint, certificate):
    trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate[0])
    trusted.load_cert_chain(*certificate)
    trusted.verify_mode = ssl.CERT_REQUIRED
    shown = tls_context(authority=certificate[0], certificate=certificate[0], key=certificate[1])
    async with FakeWeb3Signer([SECRET], tls=trusted) as service:
        signer = await opened(dataclasses.replace(endpoint, tls=shown), service)
        assert recover(keccak(PREIMAGE), await signer.sign(PREIMAGE)) == ADDRESS
        with pytest.raises(SigningError, match="TLS") as refused:  # the system's authorities do not know it
            await opened(endpoint, service)
        assert not isinstance(refused.value, SignerUnavailable)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://signer", "begins with http"),
        ("http://user:hidden@signer:9000", "credentials"),
        ("https://signer?key=hidden", "credentials"),
        ("http://signer:9000", "in the clear"),
    ],
)
def test_a_url_that_would_leak_is_refused_without_repeating_it(url, words):
    with pytest.raises(SigningError, match=words) as refused:
        require_sound_url(url, carries_token=True)
    assert "hidden" not in str(refused.value)


def test_sound_urls():
    assert require_sound_url("http://127.0.0.1:9000/", carries_token=True) == "http://127.0.0.1:9000"
    assert require_sound_url("https://signer/path/", carries_token=True) == "https://signer/path"
    assert require_sound_url("http://web3signer:9000", carries_token=False) == "http://web3signer:9000"


def test_certificates_that_are_not_there_are_named(tmp_path):
    with pytest.raises(SigningError, match=r"absent\.pem"):
        tls_context(authority=tmp_path / "absent.pem")
