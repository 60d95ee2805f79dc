"""Keys and signatures. No other room touches a key."""

from keeper.signing.base import Signer
from keeper.signing.credentials import read_aws_credentials
from keeper.signing.keystore import KeystoreSigner
from keeper.signing.kms import KmsClient, KmsSigner
from keeper.signing.remote import Patience, RemoteEndpoint, require_sound_url, tls_context
from keeper.signing.secrets import read_password, read_secret_file, write_secret_file
from keeper.signing.signature import assemble_quorum, compact, expand, from_scalars, recover, verify
from keeper.signing.sigv4 import AwsCredentials
from keeper.signing.web3signer import Web3Signer

__all__ = [
    "AwsCredentials",
    "KeystoreSigner",
    "KmsClient",
    "KmsSigner",
    "Patience",
    "RemoteEndpoint",
    "Signer",
    "Web3Signer",
    "assemble_quorum",
    "compact",
    "expand",
    "from_scalars",
    "read_aws_credentials",
    "read_password",
    "read_secret_file",
    "recover",
    "require_sound_url",
    "tls_context",
    "verify",
    "write_secret_file",
]
