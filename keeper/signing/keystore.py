"""Keys from encrypted Web3 keystores (version 3). The only class that holds a private key is here."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from eth_account import Account
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from keeper.errors import SigningError
from keeper.signing.secrets import read_secret_file, write_secret_file

KEYSTORE_VERSION = 3


class KeystoreSigner:
    """Signs with one key in memory; neither `repr` nor pickling shows it."""

    __slots__ = ("_key", "address")

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.address = key.public_key.to_checksum_address()

    @classmethod
    def from_file(cls, path: Path, password: str) -> KeystoreSigner:
        """Decrypts a keystore that nobody but its owner may read."""
        content = read_secret_file(path, "key file")
        try:
            keystore = json.loads(content)
        except ValueError as error:
            raise SigningError(f"key file {path} is not JSON: {error}") from error
        return cls._decrypt(keystore, password, path)

    @classmethod
    def from_secret(cls, secret: int) -> KeystoreSigner:
        """A key from a number: for chains that live as long as a test or a demo."""
        try:
            return cls(PrivateKey(secret.to_bytes(32, "big")))
        except (ValidationError, OverflowError) as error:
            raise SigningError("secret is not a private key: expected an int in [1, curve order)") from error

    @classmethod
    def drawn(cls) -> KeystoreSigner:
        """A new key from the system's own randomness."""
        return cls.from_secret(1 + secrets.randbelow(SECPK1_N - 1))

    @classmethod
    def _decrypt(cls, keystore: object, password: str, path: Path) -> KeystoreSigner:
        if not isinstance(keystore, dict) or keystore.get("version") != KEYSTORE_VERSION:
            raise SigningError(
                f"key file {path} is not a version-{KEYSTORE_VERSION} keystore: create it again"
            )
        try:
            key = Account.decrypt(keystore, password)
        except ValueError as error:
            raise SigningError(f"wrong password for key file {path}: {error}") from error
        except (KeyError, TypeError) as error:
            raise SigningError(f"key file {path} is damaged: {error!r}; restore it from its copy") from error
        signer = cls(PrivateKey(bytes(key)))
        claimed = str(keystore.get("address", signer.address[2:])).removeprefix("0x").lower()
        if claimed != signer.address[2:].lower():
            raise SigningError(f"key file {path} claims address {claimed} but holds {signer.address}")
        return signer

    async def sign(self, preimage: bytes) -> bytes:
        """65 bytes r || s || v over keccak-256(`preimage`), at once."""
        return self.sign_digest(bytes(keccak(preimage)))

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r || s || v of a 32-byte digest; deterministic (RFC 6979), low s."""
        if len(digest) != 32:
            raise SigningError(f"digest has {len(digest)} bytes; expected 32")
        signature = self._key.sign_msg_hash(digest)
        return signature.to_bytes()[:64] + bytes([27 + signature.v])

    def write_keystore(self, path: Path, password: str, *, kdf_rounds: int | None = None) -> None:
        """Writes the encrypted key to a new file of mode 600; an existing file is never overwritten.

        `kdf_rounds` lowers the cost of the password hash (scrypt n, a power of two) for disposable keys.
        """
        keystore = Account.encrypt(self._key.to_bytes(), password, kdf="scrypt", iterations=kdf_rounds)
        write_secret_file(path, json.dumps(keystore, indent=2))

    def __repr__(self) -> str:
        return f"KeystoreSigner({self.address})"

    def __reduce__(self) -> str:
        raise SigningError(f"{self!r} may not be pickled: it would write the key in the clear")
