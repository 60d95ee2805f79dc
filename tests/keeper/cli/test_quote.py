"""quote verify: the genuine one passes, and each way of being wrong has its own words."""

from __future__ import annotations

import pytest

from keeper.quotes import Quote, SignedQuote, quote_digest
from keeper.signing import KeystoreSigner
from tests.keeper.api.api_cases import block

KEY, STRANGER = KeystoreSigner.from_secret(0xD1), KeystoreSigner.from_secret(0xD2)
QUOTE = Quote(
    chain_id=1,
    contract="0x" + "22" * 20,
    block=block(5),
    expires_at=1_800_000_000,
    account=7,
    bidder=0,
    action="nothing",
    witness=None,
    own_requirement="0",
    legs=[],
    offers=[],
    fill=None,
)


@pytest.fixture
def file(tmp_path):
    def write(quote=QUOTE):
        signature = "0x" + KEY.sign_digest(quote_digest(QUOTE)).hex()
        signed = SignedQuote(quote=quote, signer=KEY.address, signature=signature)
        path = tmp_path / "quote.json"
        path.write_text(signed.model_dump_json())
        return path

    return write


def test_a_genuine_quote(tailguard, file):
    result = tailguard(
        "quote", "verify", file(), "--signer", KEY.address.lower(), "--at", QUOTE.expires_at, "--json"
    )
    assert result.code == 0, result.err
    assert result.json == {
        "signer": KEY.address,
        "account": 7,
        "action": "nothing",
        "block": 5,
        "expires_at": QUOTE.expires_at,
    }


def test_another_signer_another_content_and_an_ended_one(tailguard, file):
    genuine = file()
    for arguments, words in (
        ((genuine, "--signer", STRANGER.address, "--at", 5), "another key"),
        ((genuine, "--signer", KEY.address, "--at", QUOTE.expires_at + 1), "ask for a new one"),
    ):
        result = tailguard("quote", "verify", *arguments)
        assert (result.code, words in result.message) == (5, True), result.err
    changed = file(QUOTE.model_copy(update={"account": 8}))
    result = tailguard("quote", "verify", changed, "--signer", KEY.address, "--at", 5)
    assert (result.code, "another key" in result.message) == (5, True)


@pytest.mark.parametrize("content", [b"", b"{", b'{"quote": {}}', b"\xff"])
def test_what_is_no_quote(tailguard, tmp_path, content):
    path = tmp_path / "quote.json"
    path.write_bytes(content)
    result = tailguard("quote", "verify", path, "--signer", KEY.address)
    assert (result.code, "no signed quote" in result.message) == (2, True)
    assert tailguard("quote", "verify", tmp_path / "none.json", "--signer", KEY.address).code == 2
