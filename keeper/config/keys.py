"""Where each key lies: in an encrypted file, behind a Web3Signer, or in a key service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_ADDRESS = r"^0x[0-9a-fA-F]{40}$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeystoreKey(_Section):
    """A key decrypted into this process's memory."""

    kind: Literal["keystore"]
    file: Path = Field(description="encrypted keystore, version 3")


class _RemoteKey(_Section):
    timeout_seconds: float = Field(default=5.0, gt=0, description="of one attempt")
    attempts: int = Field(default=3, ge=1, le=10)


class Web3SignerKey(_RemoteKey):
    """A key behind a Web3Signer in eth1 mode."""

    kind: Literal["web3signer"]
    url: str
    address: str = Field(pattern=_ADDRESS, description="of the key; every signature is verified to be by it")
    token_file: Path | None = Field(default=None, description="bearer token, read anew for each request")
    certificate_authority: Path | None = Field(default=None, description="trusted in place of the system's")
    client_certificate: Path | None = Field(default=None, description="shown to the signer")
    client_key: Path | None = None


class KmsKey(_RemoteKey):
    """A key that never leaves AWS KMS, or a service that speaks its protocol."""

    kind: Literal["kms"]
    key_id: str = Field(description="id, ARN or alias of an ECC_SECG_P256K1 key for SIGN_VERIFY")
    region: str
    address: str | None = Field(default=None, pattern=_ADDRESS, description="refused if the key has another")
    url: str | None = Field(default=None, description="unset: the region's public endpoint")
    credentials_file: Path | None = Field(
        default=None, description="JSON of a credential process; unset: AWS_ACCESS_KEY_ID and its companions"
    )


Key = Annotated[KeystoreKey | Web3SignerKey | KmsKey, Field(discriminator="kind")]


class KeySettings(_Section):
    """The key that signs rounds, and one that pays for each urgency of transaction; a liquidator has its own.

    Transactions of one key are mined in order, so whatever shares a key waits behind what is stuck.
    """

    signer: Key
    rounds: Key
    liquidation: Key | None = None
    emergency: Key | None = None
    password_file: Path | None = Field(
        default=None, description="of the keystores; else TAILGUARD_KEY_PASSWORD, else a prompt on a terminal"
    )
