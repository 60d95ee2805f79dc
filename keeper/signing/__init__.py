"""Keys and signatures. No other room touches a key."""

from keeper.signing.base import Signer
from keeper.signing.keystore import KeystoreSigner, read_password, read_secret_file, write_secret_file
from keeper.signing.signature import assemble_quorum, compact, expand, recover, verify

__all__ = [
    "KeystoreSigner",
    "Signer",
    "assemble_quorum",
    "compact",
    "expand",
    "read_password",
    "read_secret_file",
    "recover",
    "verify",
    "write_secret_file",
]
